"""Programs played from a transcript: tests without the program, and a recorder that makes their transcripts from the real one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homelab.errors import ToolError
from homelab.tools.run import Call, Result, Runner, checked


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange: what was called, and what was answered. `...` as last word of argv stands for any further words."""

    argv: tuple[str, ...]
    result: Result
    stdin: bytes | None = None

    def answers(self, call: Call) -> bool:
        """Whether this exchange is about the call; an entry without stdin does not look at it."""
        words = (call.program, *call.argv[1:])
        fits = words[: len(self.argv) - 1] == self.argv[:-1] if self.argv[-1] == "..." else words == self.argv
        return fits and (self.stdin is None or self.stdin == (call.stdin or b""))


@dataclass(slots=True)
class Transcript:
    """A Runner that answers in the order of its entries and refuses anything else.

    Attributes:
        entries: what is still to be said, in order.
        calls: what was called so far, for tests to look at.
    """

    entries: list[Entry] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> Transcript:
        """A transcript from a JSON file, as `Recorder.write` makes it."""
        return cls([_entry(item) for item in json.loads(file.read_text(encoding="utf-8"))])

    def run(self, call: Call) -> Result:
        """The recorded answer.

        Raises:
            ToolError: the answer has a code that is not allowed, as with the real program.
            AssertionError: the transcript does not expect this call now.
        """
        self.calls.append(call)
        if not self.entries:
            raise AssertionError(f"the transcript is over, and this is called: {call}")
        entry = self.entries.pop(0)
        if not entry.answers(call):
            raise AssertionError(f"the transcript expects `{' '.join(entry.argv)}`, and this is called: {call}")
        return checked(call, entry.result)


class Absent:
    """A Runner on a machine where no program is installed."""

    def run(self, call: Call) -> Result:
        """Never an answer.

        Raises:
            ToolError: always: the program is not installed.
        """
        raise ToolError(f"{call.program} is not installed")


@dataclass(slots=True)
class Recorder:
    """A Runner that lets the real one answer and keeps what was said."""

    runner: Runner
    entries: list[Entry] = field(default_factory=list)

    def run(self, call: Call) -> Result:
        """The real answer, kept. Calls that carry secrets are kept without them.

        Raises:
            ToolError: as the real runner does; a failed call is not kept.
        """
        result = self.runner.run(call)
        words = tuple(call.redacted(word) for word in (call.program, *call.argv[1:]))

        def kept(part: bytes) -> bytes:
            return call.redacted(part.decode("utf-8", "replace")).encode()

        stdin = None if call.stdin is None else kept(call.stdin)
        self.entries.append(Entry(words, Result(result.code, kept(result.stdout), kept(result.stderr)), stdin))
        return result

    def write(self, file: Path) -> None:
        """The transcript so far as JSON, one exchange after the other."""
        file.write_text(
            json.dumps([_item(entry) for entry in self.entries], indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def said(*argv: str, stdout: str = "", stderr: str = "", code: int = 0) -> Entry:
    """One exchange, written by hand in a test."""
    return Entry(argv, Result(code, stdout.encode(), stderr.encode()))


def play(*entries: Entry) -> Transcript:
    """A transcript of exchanges written by hand."""
    return Transcript(list(entries))


def _item(entry: Entry) -> dict[str, Any]:
    texts: Iterable[tuple[str, bytes | None]] = (
        ("stdin", entry.stdin),
        ("stdout", entry.result.stdout),
        ("stderr", entry.result.stderr),
    )
    return {
        "argv": list(entry.argv),
        "code": entry.result.code,
        **{name: part.decode() for name, part in texts if part},
    }


def _entry(item: dict[str, Any]) -> Entry:
    stdin = item["stdin"].encode() if "stdin" in item else None
    result = Result(item.get("code", 0), item.get("stdout", "").encode(), item.get("stderr", "").encode())
    return Entry(tuple(item["argv"]), result, stdin)
