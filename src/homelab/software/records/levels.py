"""Levels: the values of a chart's key that were probed, exactly or as a form that at least two of them show."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from homelab.software.records.effects import Effect

EACH = "each"
"""The kind of a shape that is told item by item."""
TEMPLATE = "{{"
"""What a text holds that a chart may take for a template; among the names of a shape: such texts were probed as well."""
ANY = "*"
"""Among the names of a shape: names that nobody probed do as well."""


class Absent(Enum):
    """The value of a key that the user does not set."""

    ABSENT = ""


ABSENT = Absent.ABSENT
SCALAR = (str, int, float, bool, type(None))
PLAIN = re.compile(r"[A-Za-z0-9._/:@*-]+")
"""Texts that every template prints as they stand."""
AMBIGUOUS = re.compile(
    r"(?i)[-+]?[0-9._]+(e[-+]?[0-9]+)?|0[xob][0-9a-f]+|true|false|null|yes|no|on|off|y|n|[-+]?\.(inf|nan)"
)
"""Texts that YAML reads as something else where a template does not quote them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which values a form holds for: those like the probed ones.

    `kind` is `int`, `text`, `list` or `map`; `seen` are the probed ones, as far as the kind needs them: numbers, texts,
    or the names of all keys inside. `each` is a list or a map (in `seen`) of which every item makes objects of its own.
    """

    kind: str
    seen: tuple[Any, ...]

    def fits(self, value: Any, words: Words) -> bool:
        """Whether a value is like the probed ones, and on the same side of whatever the chart compares with."""
        if self.kind == EACH:
            return kind_of(value) in self.seen
        if kind_of(value) != self.kind:
            return False
        if self.kind == "int":
            return any(all(_side(value, n) == _side(p, n) for n in words.numbers) for p in self.seen)
        if self.kind == "text":
            return _fits_text(value, self.seen, words.texts)
        if TEMPLATE not in self.seen and not all(map(_printable, texts(value))):
            return False
        return ANY in self.seen or set(names(value)) <= set(self.seen)


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart's templates compare values with."""

    numbers: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a key, or one form of values, with its effect; `paired` says that it was probed with all other keys.

    Exactly one of `value` (ABSENT for a key that is not set) and `shape` counts: `shape` is None for an exact value.
    """

    value: Any
    shape: Shape | None
    effect: Effect
    paired: bool


def kind_of(value: Any) -> str:
    """The kind of value that forms tell apart; empty for those that only stand for themselves."""
    if isinstance(value, bool) or value is None or value is ABSENT or value in ("", [], {}):
        return ""
    for kind, types in (("int", int), ("text", str), ("list", list), ("map", Mapping)):
        if isinstance(value, types):
            return kind
    return ""


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same in Kubernetes' eyes: 1 is not true, and not "1"."""
    if one is ABSENT or other is ABSENT:
        return one is other
    if isinstance(one, SCALAR) or isinstance(other, SCALAR):
        return type(one) is type(other) and one == other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def names(value: Any) -> Iterator[str]:
    """Every key inside a value, and the kinds of its leaves: what a template may have asked for."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from names(item)
    elif isinstance(value, list):
        for item in value:
            yield from names(item)
    else:
        yield f"={type(value).__name__}"


def texts(value: Any) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def _printable(value: str) -> bool:
    return TEMPLATE not in value


def _side(value: int, number: int) -> int:
    return (value > number) - (value < number)


def _fits_text(value: str, seen: Iterable[str], compared: Iterable[str]) -> bool:
    probed = list(seen)
    letters = {letter for each in probed for letter in each}
    if not all(PLAIN.fullmatch(letter) or letter in letters for letter in value) or not _printable(value):
        return False
    if AMBIGUOUS.fullmatch(value) and not any(AMBIGUOUS.fullmatch(each) for each in probed):
        return False
    return all(any((word in value) == (word in each) for each in probed) for word in compared)
