"""Names: for which releases and namespaces a record holds, found out by installing under other names."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from record.probe import SPACE, Prober, Refused, release_name

from homelab.software.records.judged import Facts
from homelab.software.records.record import LONGEST, Assignment, Names

PLAIN = "zqrel"
"""The name of a release that holds no chart's name, and that occurs nowhere else."""


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
                found = replace(names, namespace="" if space == SPACE else space)
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
    for word in names.joined:
        if word in real[0]:
            there = renamed(there, f"{other.release}-{word}", other.release)
    return renamed(renamed(there, other.release, real[0]), other.space, real[1]) == facts


def _longest(prober: Prober, given: Assignment, names: Names) -> int:
    """The letters that a release's name may have before a chart cuts the names of objects."""
    if names.release:
        return LONGEST
    facts = prober.facts(given)
    low, high = len(prober.release), LONGEST
    while low < high:
        middle = (low + high + 1) // 2
        longer = prober.release + "x" * (middle - len(prober.release))
        there = renamed(_elsewhere(prober, longer, prober.space).facts(given), longer, prober.release)
        low, high = (middle, high) if there == facts else (low, middle - 1)
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
