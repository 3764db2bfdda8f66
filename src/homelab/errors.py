"""What stops homelab, and where: the tree of errors.

    HomelabError                   message, where, hint: the only exceptions that reach a person
    ├── UsageError                 a command was called with words that do not fit
    ├── InvalidHomelab             every mistake in a homelab.yaml at once
    ├── UnreadableDocument         a file that is not YAML as Kubernetes reads it
    ├── UnreadableRepository       nothing to judge, or a source that cannot be read
    ├── Unwritable                 the output directory: full, read-only, outside, interrupted
    ├── Undecidable                the model is too large or lacks what a figure needs
    └── ToolError                  a program that is missing, failed or took too long

Errors (cannot go on) and findings (could be better) never mix.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


def pasted(*words: object) -> str:
    """A command as a person may paste it into a shell: whatever a name holds, it stays one word."""
    import shlex

    return shlex.join(map(str, words))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file: the path as the user named it; line and column count from 1, absent when unknown."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """`file:line:column`, as editors and terminals make it clickable."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong: where, at which option path, what is and what was expected, who else, and the mend."""

    place: Place
    path: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        """`file:line:column path: message` and, below it, the hint."""
        head = f"{self.place} {self.path}: {self.message}" if self.path else f"{self.place}: {self.message}"
        return f"{head}\n  hint: {self.hint}" if self.hint else head


class HomelabError(Exception):
    """Base of everything homelab says when it cannot go on."""

    def __init__(self, message: str, *, where: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """The place, the sentence and the hint, each where known."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  hint: {self.hint}" if self.hint else head


class UsageError(HomelabError):
    """A command was called with words that do not fit."""


class InvalidHomelab(HomelabError):
    """A homelab.yaml that cannot be built; `mistakes` holds all of them, in file order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(
            sorted(
                set(mistakes), key=lambda m: (m.place.file, m.place.line or 0, m.place.column or 0, m.path, m.message)
            )
        )
        super().__init__("\n".join(map(str, self.mistakes)))


class UnreadableDocument(HomelabError):
    """A file that is not YAML as Kubernetes reads it."""


class UnreadableRepository(HomelabError):
    """Nothing to judge, or a source that cannot be read."""


class Unwritable(HomelabError):
    """The output directory cannot be written: full, read-only, outside, or left by an interrupted run."""


class Undecidable(HomelabError):
    """The model is too large, or lacks what a figure needs."""


class ToolError(HomelabError):
    """A program that is missing, failed or took too long."""
