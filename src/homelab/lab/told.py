"""Told: who hears what long work is doing, and how much of how much is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol


class Told(Protocol):
    """Whoever hears what is going on."""

    def __call__(self, what: str, done: int = 0, of: int = 0) -> None:
        """`what` is going on, `done` of `of` are done; `of` is 0 where nobody knows how much there is."""
        ...


def silent(what: str, done: int = 0, of: int = 0) -> None:
    """Nobody hears."""


@dataclass
class Tally:
    """Counts what is done, and tells."""

    told: Told = silent
    of: int = 0
    done: int = field(default=0, init=False)
    lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def next(self, what: str) -> None:
        """Begin one more: all before it are done."""
        with self.lock:
            self.done += 1
        self.within(what)

    def within(self, what: str) -> None:
        """Something that is part of the one that is being done."""
        self.told(what, max(0, min(self.done - 1, self.of)), self.of)
