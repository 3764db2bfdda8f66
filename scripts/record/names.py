"""Names: for which releases and namespaces a record holds, found out by installing under other names."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from record.probe import SPACE, Prober, Refused, release_name

from homelab.software.records.judged import Facts
from homelab.software.records.record import LONGEST, Assignment, Names

PLAIN = "zqr"
"""The name of a release that holds no chart's name, and that occurs nowhere else; short, so that nothing is cut."""
CUTS = range(16, 63)
"""Letters at which charts cut the name that their objects begin with."""


def anywhere(prober: Prober, assignments: list[Assignment], words: Iterable[str]) -> tuple[Prober, Names]:
    """A prober of another release in another namespace, where the chart makes the same of both; else of our own.

    Charts look into both names: for their own name in that of the release, for the namespace of an operator.
    """
    real, home = prober.release, prober.space
    known = [(given, prober.facts(given)) for given in assignments]
    held = {word: word in real for word in words}
    joined = _joined(_elsewhere(prober, PLAIN, home), assignments[0], words)
    ways = [
        (PLAIN, Names({word: False for word in held if word not in joined}, joined)),
        (release_name(real), Names(held)),
        (real, Names(held, release=real)),
    ]
    for release, names in ways:
        for space in (SPACE, home):
            other = _elsewhere(prober, release, space)
            if all(_alike(other, given, facts, names, (real, home)) for given, facts in known):
                found = _cut(other, assignments[0], replace(names, namespace="" if space == SPACE else space))
                return other, replace(found, longest=_longest(other, assignments[0], found))
    return prober, Names(held, release=real, namespace=home)


def _joined(plain: Prober, given: Assignment, words: Iterable[str]) -> tuple[str, ...]:
    """The words behind which a release's name stands alone, as soon as it holds them; longer ones first."""
    try:
        facts = plain.facts(given)
    except Refused:
        return ()
    found = []
    for word in words:
        release = release_name(word)
        there = renamed(renamed(facts, f"{PLAIN}-{word}", release), PLAIN, release)
        with suppress(Refused):
            if _elsewhere(plain, release, plain.space).facts(given) == there:
                found.append(word)
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


def _elsewhere(prober: Prober, release: str, space: str) -> Prober:
    return replace(prober, release=release, space=space, home={}, _seen={}, _charts={})


def _alike(other: Prober, given: Assignment, facts: Facts, names: Names, real: tuple[str, str]) -> bool:
    try:
        there = other.facts(given)
    except Refused:
        return False
    return renamed(_moved(there, other.release, real[0], names), other.space, real[1]) == facts


def _moved(facts: Facts, release: str, other: str, names: Names) -> Facts:
    """Facts of one release as those of another."""
    for word in names.joined:
        facts = renamed(facts, f"{release}-{word}", names.behind(other, word))
    return renamed(facts, release, other)


def _longer(prober: Prober, given: Assignment, letters: int) -> tuple[Prober, Facts]:
    """A prober of a release whose name has more letters, and what the chart makes there."""
    name = prober.release + "x" * (letters - len(prober.release))
    other = _elsewhere(prober, name, prober.space)
    return other, other.facts(given)


def _cut(prober: Prober, given: Assignment, names: Names) -> Names:
    """The names with the letters that are left of one of them, where that is why a long release makes others."""
    if names.release:
        return names
    facts = prober.facts(given)
    other, there = _longer(prober, given, LONGEST)
    if _moved(facts, prober.release, other.release, names) == there:
        return names
    ways = (replace(names, cut={word: letters}) for word in names.joined for letters in CUTS)
    return next((way for way in ways if _moved(facts, prober.release, other.release, way) == there), names)


def _longest(prober: Prober, given: Assignment, names: Names) -> int:
    """The letters that a release's name may have before a chart cuts the names of objects otherwise."""
    if names.release:
        return LONGEST
    facts = prober.facts(given)
    low, high = len(prober.release), LONGEST
    while low < high:
        middle = (low + high + 1) // 2
        other, there = _longer(prober, given, middle)
        alike = _moved(facts, prober.release, other.release, names) == there
        low, high = (middle, high) if alike else (low, middle - 1)
    return low


def renamed(facts: Facts, old: str, new: str) -> Facts:
    """Facts in which a name is another, wherever it stands."""
    if old == new:
        return facts

    def other(value: object) -> object:
        if isinstance(value, str):
            return value.replace(old, new)
        if isinstance(value, list):
            return [other(item) for item in value]
        if isinstance(value, dict):
            return {key.replace(old, new): other(item) for key, item in value.items()}
        return value

    return {
        who.replace(old, new): {
            tuple(step.replace(old, new) for step in path): other(value) for path, value in leaves.items()
        }
        for who, leaves in facts.items()
    }
