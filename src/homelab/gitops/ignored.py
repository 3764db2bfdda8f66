"""Ignored: what Git leaves out of a repository, by the rules of its `.gitignore` files (https://git-scm.com/docs/gitignore).

A rule is matched a part of the path at a time, so that what a stranger writes there costs no more than its length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import zip_longest
from pathlib import PurePosixPath

FILE = ".gitignore"
ANY = "**"
"""Any number of folders."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: the folder that it is about, the parts of its pattern, whether only folders are meant, whether it takes back."""

    base: str
    parts: tuple[str, ...]
    folders: bool
    back: bool

    def fits(self, path: str) -> bool:
        """Whether the rule means a file, or a folder that it lies in."""
        if not path.startswith(self.base):
            return False
        below = PurePosixPath(path[len(self.base) :]).parts
        ends = range(1, len(below) + (not self.folders))
        return any(_fits(self.parts, below[:end]) for end in ends)


def rules(base: str, text: str) -> Iterator[Rule]:
    """The rules of a file in the folder `base`, which is empty or ends in a stroke."""
    for line in text.splitlines():
        said = line.rstrip()
        if not said or said.startswith("#"):
            continue
        back = said.startswith("!")
        pattern = said.removeprefix("!").removeprefix("\\")
        split = [part for part in pattern.split("/") if part]
        parts = tuple(part for part, after in zip_longest(split, split[1:]) if not part == after == ANY)
        if parts:
            anchored = "/" in pattern.rstrip("/")
            yield Rule(base, parts if anchored else (ANY, *parts), pattern.endswith("/"), back)


def ignored(found: Iterable[Rule], path: str) -> bool:
    """Whether the rules leave a file out; the last one that means it decides."""
    said = False
    for rule in found:
        if rule.back is said and rule.fits(path):
            said = not rule.back
    return said


def _fits(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a pattern means a path, part by part; at its end `**` stands for one part at least."""
    at = _passed(pattern, {0})
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        stay = {place for place in at if place < len(pattern) and pattern[place] == ANY}
        ahead = {place + 1 for place in at - stay if place < len(pattern) and fnmatchcase(part, pattern[place])}
        if last and len(pattern) - 1 in stay:
            return True
        at = _passed(pattern, stay | ahead)
    return len(pattern) in at


def _passed(pattern: Sequence[str], places: set[int]) -> set[int]:
    """The places that are reached by letting `**` stand for nothing; not where it ends the pattern."""
    return places | {place + 1 for place in places if place < len(pattern) - 1 and pattern[place] == ANY}
