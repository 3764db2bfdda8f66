"""A Go that compiles nothing: it answers as Go does, and writes a file for each program that it is asked to build."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homelab.tools.run import Call, Result, checked


@dataclass
class Compiler:
    """A Runner that plays Go and every program that it made.

    Attributes:
        says: name of a program to what it answers about its version; by default the version that is linked into it.
        fails: `list` or `build` to what Go complains.
        release: the version of this Go.
        calls: what was called so far.
    """

    says: dict[str, str] = field(default_factory=dict)
    fails: dict[str, str] = field(default_factory=dict)
    release: str = "go1.99.0"
    calls: list[Call] = field(default_factory=list)

    def run(self, call: Call) -> Result:
        """As a Runner promises."""
        self.calls.append(call)
        words = call.argv[3:] if call.program == "nice" else call.argv
        return checked(call, self._go(words) if Path(words[0]).name == "go" else self._program(Path(words[0]).name))

    def _go(self, words: tuple[str, ...]) -> Result:
        verb = words[1]
        if complaint := self.fails.get(verb):
            return Result(1, stderr=complaint.encode())
        if verb == "env":
            return Result(0, f"{self.release}\n\n\n".encode())
        if verb == "build":
            program(Path(words[words.index("-o") + 1]))
        return Result(0, self.says.get("version -m", "").encode() if verb == "version" else b"")

    def _program(self, name: str) -> Result:
        return Result(0, self.says.get(name, "").encode())

    def built(self) -> list[str]:
        """The programs that were built, in their order."""
        return [Path(call.argv[call.argv.index("-o") + 1]).name for call in self.calls if "build" in call.argv]


def program(file: Path) -> Path:
    """A file that can be run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def machine(folder: Path, *programs: str) -> dict[str, Any]:
    """The environment of a machine with an empty cache, on whose PATH these programs are."""
    for name in programs:
        program(folder / "path" / name)
    (folder / "path").mkdir(exist_ok=True)
    return {"HOMELAB_CACHE": str(folder / "cache"), "PATH": str(folder / "path")}
