"""Versions of charts as Helm compares them: the newest among several, and whether one fits a range such as `^1.2` or `1.x`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import total_ordering

_VERSION = re.compile(r"v?(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_TERM = re.compile(r"(!=|>=|=>|<=|=<|=|>|<|~>|~|\^)?\s*([vV]?[0-9xX*][^\s,]*)")
_SPAN = re.compile(r"(\S+)\s+-\s+(\S+)")
_HIGHEST = 1 << 62


@total_ordering
@dataclass(frozen=True)
class Version:
    """A semantic version; one before its release is lower than the release."""

    numbers: tuple[int, int, int]
    before: tuple[str, ...] = ()

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    @property
    def _key(self) -> tuple[tuple[int, int, int], bool, list[tuple[bool, int, str]]]:
        parts = [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in self.before]
        return self.numbers, not self.before, parts


def parse(text: str) -> Version | None:
    """A version, None where the text is none; missing parts are zero."""
    found = _VERSION.fullmatch(text.strip())
    if found is None or any(part and not part.isdigit() for part in found.groups()[:3]):
        return None
    major, minor, patch, before = found.groups()
    return Version((int(major), int(minor or 0), int(patch or 0)), tuple(before.split(".")) if before else ())


def exact(text: str) -> bool:
    """Whether a version is written out, so that one chart is meant and no range."""
    return re.fullmatch(r"v?\d+\.\d+\.\d+(?:[-+].*)?", text.strip()) is not None


def newest(wanted: str, there: Iterable[str]) -> str | None:
    """The newest version that is meant: the very one, else the newest in the range; nothing stands for any release."""
    there = list(there)
    bare = wanted.strip().removeprefix("v")
    for text in there:
        if bare and text.removeprefix("v") == bare:
            return text
    fitting = [(found, text) for text in there if (found := parse(text)) and fits(found, wanted)]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def fits(version: Version, wanted: str) -> bool:
    """Whether a version lies in a range; one before its release only where the range names such a one."""
    return any(_all(version, part) for part in (wanted.strip() or "*").split("||"))


def _all(version: Version, text: str) -> bool:
    text = _SPAN.sub(r">=\1 <=\2", text)
    terms = list(_TERM.finditer(text))
    if not terms or _TERM.sub("", text).strip(" ,"):
        return False
    if version.before and "-" not in text:
        return False
    return all(any(low <= version < high for low, high in _ranges(found[1] or "", found[2])) for found in terms)


LOWEST, TOP = Version((0, 0, 0), ("0",)), Version((_HIGHEST, 0, 0))


def _ranges(sign: str, text: str) -> Iterator[tuple[Version, Version]]:
    """The half-open ranges that one term allows."""
    if text[0] in "xX*":
        yield LOWEST, TOP
        return
    found = _VERSION.fullmatch(text)
    if found is None:
        return
    given = [int(part) for part in found.groups()[:3] if part and part.isdigit()]
    low = Version(tuple((*given, 0, 0, 0)[:3]), tuple(found[4].split(".")) if found[4] else ())  # type: ignore[arg-type] # three
    after = _after(given, len(given) - 1) if len(given) < 3 else Version(low.numbers, (*low.before, "0")) if low.before else _after(given, 2)  # fmt: skip
    if sign in {"", "="}:
        yield low, after
    elif sign == "!=":
        yield LOWEST, low
        yield after, TOP
    elif sign in {">=", "=>"}:
        yield low, TOP
    elif sign == ">":
        yield after, TOP
    elif sign == "<":
        yield LOWEST, low
    elif sign in {"<=", "=<"}:
        yield LOWEST, after
    elif sign == "^":
        yield low, _after(given, next((n for n, part in enumerate(given) if part), len(given) - 1))
    else:
        yield low, _after(given, min(1, len(given) - 1))


def _after(given: list[int], place: int) -> Version:
    """The first version, its forerunners among it, in which the part at this place is one higher."""
    numbers = [*given[:place], given[place] + 1, 0, 0, 0][:3]
    return Version(tuple(numbers), ("0",))  # type: ignore[arg-type] # three
