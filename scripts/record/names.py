"""Names: for which releases and namespaces a record holds, found out by installing under other names."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from record.probe import SPACE, Prober, Refused, release_name

from homelab.software.records.judged import Facts
from homelab.software.records.record import LONGEST, NOBODY, WHOLE, Assignment, Names

PLAIN = "zqr"
"""The name of a release that holds no chart's name, and that occurs nowhere else; short, so that nothing is cut."""
LIMIT = 63
"""Letters at which charts cut whole names: those of a label's value."""
CUTS = range(16, LIMIT)
ROOM = (20, 21, 23)
"""Letters of releases that are long enough for their names to be cut, and short enough for their ends to be seen; several, as
a dash at the end is cut as well."""
BEGINNING = 48
"""Letters by which names are compared whose ends may be cut."""
"""Letters at which charts cut the name that their objects begin with."""


def anywhere(prober: Prober, assignments: list[Assignment], words: Iterable[str]) -> tuple[Prober, Names]:
    """A prober of another release in another namespace, where the chart makes the same of both; else of our own.

    Charts look into both names: for their own name in that of the release, for the namespace of an operator.
    """
    real, home = prober.release, prober.space
    known = [(given, prober.facts(given)) for given in assignments]
    held = {word: word in real for word in words}
    plain = _named(_elsewhere(prober, PLAIN, home), assignments[0], sorted(held))
    ways = [
        (PLAIN, replace(plain, held={word: False for word in held if word not in plain.joined})),
        (release_name(real), Names(held)),
        (real, Names(held, release=real)),
    ]
    for release, found in ways:
        for space in (SPACE, home):
            other, names = _completed(_elsewhere(prober, release, space), found, known, (real, home))
            if all(_alike(other, given, facts, names, (real, home)) for given, facts in known):
                names = replace(names, namespace="" if space == SPACE else space)
                return other, replace(names, longest=_longest(other, assignments[0], names))
    return prober, Names(held, release=real, namespace=home)


def _named(plain: Prober, given: Assignment, words: list[str]) -> Names:
    """The words behind which a release's name stands alone, as soon as it holds them, and what is left of names behind them.

    Names are compared without their ends: these differ with the room that a release leaves. Words are gone through twice, as
    a release with one of them may be so long that a name behind another is cut.
    """
    names = Names()
    with suppress(Refused):
        facts = plain.facts(given)
        for word in (*words, *words):
            more = replace(names, joined=tuple(sorted({*names.joined, word}, key=lambda word: (-len(word), word))))
            release = release_name(word)
            with suppress(Refused):
                there = _elsewhere(plain, release, plain.space).facts(given)
                if word not in names.joined and _loose(_moved(facts, PLAIN, release, more)) == _loose(there):
                    names = _cut(plain, given, more, word)
    return names


def _cut(plain: Prober, given: Assignment, names: Names, word: str) -> Names:
    """The names with the letters that are left of one behind this word, where that is why a long release makes others."""
    facts = plain.facts(given)
    found = [(other.release, _loose(there)) for other, there in (_longer(plain, given, letters) for letters in ROOM)]
    for letters in (0, *CUTS):
        way = replace(names, cut={**names.cut, word: letters}) if letters else names
        if all(_loose(_moved(facts, PLAIN, release, way)) == there for release, there in found):
            return way
    return names


def _loose(facts: Facts) -> Facts:
    """Facts of objects whose names are compared by their beginnings."""
    heads = {who: who.rpartition("/") for who in facts}
    return {f"{head}/{name[:BEGINNING]}": facts[who] for who, (head, _, name) in heads.items()}


def _elsewhere(prober: Prober, release: str, space: str) -> Prober:
    return replace(prober, release=release, space=space, home={}, whole={}, _seen={}, _charts={})


def _alike(other: Prober, given: Assignment, facts: Facts, names: Names, real: tuple[str, str]) -> bool:
    try:
        there = other.facts(given)
    except Refused:
        return False
    return renamed(_moved(there, other.release, real[0], names), other.space, real[1]) == facts


def _moved(facts: Facts, release: str, other: str, names: Names) -> Facts:
    """Facts of one release as those of another."""
    heads = {who: who.rpartition("/") for who in facts}
    moved = {f"{head}/{names.named(name, other, release)}": facts[who] for who, (head, _, name) in heads.items()}
    # by way of what stands nowhere, as one name may hold the other
    bodies = [renamed({"": leaves}, release, NOBODY)[""] for leaves in moved.values()]
    for word in names.joined:
        bodies = [renamed({"": leaves}, f"{NOBODY}-{word}", names.behind(other, word))[""] for leaves in bodies]
    return dict(zip(moved, (renamed({"": leaves}, NOBODY, other)[""] for leaves in bodies), strict=True))


def _completed(
    other: Prober, names: Names, known: list[tuple[Assignment, Facts]], real: tuple[str, str]
) -> tuple[Prober, Names]:
    """The prober with whole names where it cuts those that our own release, which leaves more room, shows longer."""
    whole: dict[str, str] = {}
    for given, facts in known if not names.release else ():
        with suppress(Refused):
            for who in other.facts(given):
                there = next(iter(renamed(_moved({who: {}}, other.release, real[0], names), other.space, real[1])))
                longer = [one for one in facts if one.startswith(there) and len(_name(one)) == LIMIT]
                if there not in facts and len(_name(who)) == LIMIT and len(longer) == 1:
                    whole[who] = who + longer[0][len(there) :]
    if not whole:
        return other, names
    return replace(other, whole=whole, home={}, _seen={}, _charts={}), replace(names, cut={**names.cut, WHOLE: LIMIT})


def _name(who: str) -> str:
    return who.rpartition("/")[2]


def _longer(prober: Prober, given: Assignment, letters: int) -> tuple[Prober, Facts]:
    """A prober of a release whose name has more letters, and what the chart makes there."""
    name = prober.release + "x" * (letters - len(prober.release))
    other = _elsewhere(prober, name, prober.space)
    return other, other.facts(given)


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
