"""Source: the text a Homelab was read from, and where each of its options stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from homelab.documents.read import Document
from homelab.errors import Mistake, Place
from homelab.spec.option import child, steps

FILE = "homelab.yaml"
"""The name used in places when a Homelab did not come from a file."""


class Problem(NamedTuple):
    """A mistake before it knows its line: the option, what is wrong, the mend, and the option it collides with."""

    option: str
    message: str
    hint: str | None = None
    also: str = ""
    """Option path that ends the message, with its line: `10.0.0.12 is also network.api (line 18)`."""
    at_key: bool = False
    """The key itself is wrong, so the place is the key's and not its value's."""


@dataclass(frozen=True)
class Source:
    """The text of a homelab.yaml, its name, and its document with positions (None for data that was never text)."""

    text: str
    file: str
    document: Document | None = None

    @property
    def data(self) -> Any:
        """The plain data of the document."""
        return self.document.value if self.document else {}

    def place(self, option: str, *, value: bool = False) -> Place:
        """Where an option stands (`value`: where its value begins); its nearest existing ancestor where it is not written."""
        if self.document is None:
            return Place(self.file)
        path = steps(option, self.data)
        return self.document.value_place(path) if value else self.document.place(path)

    def _written(self, option: str) -> bool:
        """Whether an option stands in the file, and not only in its defaults."""
        at = self.data
        for step in steps(option, self.data):
            at = child(at, step)
        return at is not None

    @property
    def _unwritten(self) -> str:
        return " (by default)" if self.document else ""

    def mistake(self, problem: Problem) -> Mistake:
        """A problem with its place, and the line of whoever else is involved."""
        message = problem.message
        if problem.also:
            line = self.place(problem.also).line if self._written(problem.also) else None
            message += f" {problem.also} (line {line})" if line else f" {problem.also}{self._unwritten}"
        return Mistake(self.place(problem.option, value=not problem.at_key), problem.option, message, problem.hint)


def nowhere(file: str = FILE) -> Source:
    """The source of a Homelab that was made from data, as a what-if is."""
    return Source("", file)
