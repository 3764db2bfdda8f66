"""The seam to other programs, one method wide: a Call goes in, a Result comes out, and every failure is a ToolError.

Nothing goes through a shell, nothing inherits more environment than it needs, and a program that takes too long is ended
with everything it started. What is printed of a call passes through `Call.redacted`, the one place that hides secrets.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from homelab.errors import ToolError

HIDDEN = "‹hidden›"
_SECRET_NAME = re.compile(r"(?i)(token|passw|secret|credential|private|apikey|api[-_]key)")
_SECRET_OPTION = re.compile(
    r"^(--?[\w-]*(?:token|password|passphrase|secret|api-key)[\w-]*)=(.+)$", re.IGNORECASE | re.DOTALL
)
_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Call:
    """One run of a program.

    Attributes:
        argv: the program (a name to be found, or a path) and its arguments.
        cwd: the folder to run in; the current one when absent.
        env: variables added to the minimal environment.
        stdin: bytes given on standard input; the input is empty when absent.
        timeout: seconds after which the program and all it started are killed.
        allowed: exit codes that are answers; any other is a ToolError.
        secrets: texts that are never shown, wherever they occur.
        memory: bytes of address space it may take, where the system can bound that; unbounded when absent.
        largest: bytes of the largest file it may write, where the system can bound that.
    """

    argv: tuple[str, ...]
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    stdin: bytes | None = None
    timeout: float = 60.0
    allowed: frozenset[int] = frozenset({0})
    secrets: tuple[str, ...] = ()
    memory: int | None = None
    largest: int | None = None

    @property
    def program(self) -> str:
        """The name of the program, without its folder."""
        return Path(self.argv[0]).name

    def redacted(self, text: str) -> str:
        """The text without any secret of this call: those named, those in telling variables, those in telling options."""
        hidden = {*self.secrets, *(value for name, value in self.env.items() if _SECRET_NAME.search(name))}
        hidden |= {found[2] for argument in self.argv if (found := _SECRET_OPTION.match(argument))}
        for secret in sorted(hidden - {""}, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def __str__(self) -> str:
        """The command as a person can copy it into a shell, without its secrets."""
        where = f"cd {shlex.quote(str(self.cwd))} && " if self.cwd else ""
        names = "".join(f"{name}={shlex.quote(self.redacted(value))} " for name, value in sorted(self.env.items()))
        words = (
            found[1] + "=" + HIDDEN if (found := _SECRET_OPTION.match(word)) else self.redacted(word)
            for word in self.argv
        )
        return where + names + " ".join(word if HIDDEN in word else shlex.quote(word) for word in words)


@dataclass(frozen=True, slots=True)
class Result:
    """What a program answered: exit code, both outputs, seconds it took."""

    code: int
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """Standard output as text; bytes that are not UTF-8 are shown as replacement signs."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def complaint(self) -> str:
        """The end of what the program complained about, or of what it said when it did not complain."""
        said = (self.stderr.strip() or self.stdout.strip()).decode("utf-8", "replace")
        return said if len(said) <= _TAIL else "… " + said[-_TAIL:]


class Runner(Protocol):
    """Whatever can run a Call: the real programs (`process.Programs`), or a transcript of them (`fake.Transcript`)."""

    def run(self, call: Call) -> Result:
        """Run to the end and return the answer.

        Raises:
            ToolError: the program is missing, took too long, said too much, or ended with a code that is not allowed.
        """
        ...


def checked(call: Call, result: Result) -> Result:
    """The result, if its exit code is one of the allowed.

    Raises:
        ToolError: with the end of the program's complaint and the command to repeat.
    """
    if result.code in call.allowed:
        return result
    complaint = call.redacted(result.complaint) or "it says nothing more"
    ended = f"was ended by signal {-result.code}" if result.code < 0 else f"failed with code {result.code}"
    raise ToolError(f"{call.program} {ended}: {complaint}", hint=f"to repeat it: {call}")
