"""Record: the shape of one chart, probed around our own values, and what it answers for other values.

Nothing is guessed: a value that was not probed, in itself or as a form, is unknown, and so are keys that act together
otherwise than any two of them were seen to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

from homelab.software.records.effects import Effect, applied, difference
from homelab.software.records.judged import Facts
from homelab.software.records.levels import ABSENT, Level, Words, equal

Key = tuple[str, ...]
"""A path in a chart's values; one that begins with `@` is no value: `@kubernetes`, `@crds`, `@api group/version`."""
Assignment = dict[Key, Any]
"""Keys to what they are given; a key that is not in it is not set."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two keys that do not simply add up. Levels are numbered as the keys list them.

    `over` names the key whose effect wins where both say something (`first`, `second`); else `correction` is what is so
    after both effects, with `<value>` for what the key named in `of` was given; no correction: unknown.
    """

    over: str = ""
    correction: Effect | None = None
    of: str = ""


@dataclass(frozen=True, slots=True)
class Centre:
    """Another set of values that was rendered as a whole: where it differs from the base, and what that changes."""

    given: Assignment
    effect: Effect


@dataclass(frozen=True)
class Record:
    """The shape of one version of a chart.

    `base` is what the keys were given where the `facts` were seen; `defaults` are the chart's own values of the keys.
    `levels_of`, `pairs_of` and `centres` read their part of the record when they are asked.
    """

    chart: str
    version: str
    names: Mapping[str, bool]
    """Words that charts look for in the release's name when they name objects, and whether it held them."""
    placed: tuple[str, str]
    """The release and the namespace that it holds for; empty for any."""
    words: Words
    base: Assignment
    facts: Facts
    governs: Mapping[str, str]
    """Object to the part of the values that says most about it."""
    defaults: Assignment
    levels_of: Callable[[Key], tuple[Level, ...]]
    pairs_of: Callable[[Key, Key], Mapping[tuple[int, int], Pair]]
    keys: frozenset[Key]
    centres: Callable[[], tuple[Centre, ...]] = field(default=tuple)

    def answer(self, asked: Assignment) -> Facts | tuple[str, ...]:
        """The facts for an assignment, or the sentences that say why they are not known."""
        wanted = self.normal(asked)
        base = Centre({}, ())
        away = {id(centre): len(self._apart(self._given(centre), wanted)) for centre in (base, *self.centres())}
        refused: tuple[str, ...] = ()
        for centre in sorted((base, *self.centres()), key=lambda centre: away[id(centre)]):
            found = self._near(centre, wanted)
            if not isinstance(found, tuple):
                return found
            refused = found if centre is base else refused
        return refused

    def _given(self, centre: Centre) -> Assignment:
        return {key: value for key, value in {**self.base, **centre.given}.items() if value is not ABSENT}

    def fits(self, release: str, namespace: str) -> str | None:
        """Why the record says nothing of a release of this name in this namespace; None where it does."""
        for word, held in self.names.items():
            if (word in release) != held:
                return (
                    f"is recorded for releases {'with' if held else 'without'} {word} in their name, not for {release}"
                )
        for what, here, there in zip(("release", "namespace"), (release, namespace), self.placed, strict=True):
            if there and here != there:
                return f"is recorded for the {what} {there}, not for {here}"
        return None

    def assigned(
        self, values: Mapping[str, Any], kubernetes: str, apis: frozenset[str], *, crds: bool
    ) -> Assignment | tuple[str, ...]:
        """Values taken apart into keys, with what the chart asks the cluster; or a sentence for each unknown key."""
        strangers: list[str] = []
        found = dict(self._taken(values, (), strangers))
        if strangers:
            return tuple(f"values key {key} is not recorded" for key in strangers)
        for key in self.keys:
            if key[0] == "@api" and (key[1] in apis or key[1].rpartition("/")[0] in apis):
                found[key] = True
        minor = {("@kubernetes",): kubernetes, ("@crds",): crds}
        return {**found, **{key: value for key, value in minor.items() if key in self.keys}}

    def _taken(self, values: Mapping[str, Any], path: Key, strangers: list[str]) -> Iterator[tuple[Key, Any]]:
        for name, value in values.items():
            key = (*path, str(name))
            if key in self.keys:
                yield key, value
            elif key in self._ways and isinstance(value, Mapping):
                yield from self._taken(value, key, strangers)
            elif not (isinstance(value, Mapping) and not value):
                strangers.append(".".join(key))

    @cached_property
    def _ways(self) -> frozenset[Key]:
        return frozenset(key[:length] for key in self.keys for length in range(1, len(key)))

    def normal(self, asked: Assignment) -> Assignment:
        """An assignment without keys that are given what the chart gives them anyway."""
        return {
            key: value
            for key, value in asked.items()
            if value is not ABSENT and not (key in self.defaults and equal(self.defaults[key], value))
        }

    @staticmethod
    def _apart(one: Assignment, other: Assignment) -> list[Key]:
        return sorted(key for key in {*one, *other} if not equal(one.get(key, ABSENT), other.get(key, ABSENT)))

    def _near(self, centre: Centre, wanted: Assignment) -> Facts | tuple[str, ...]:
        """The facts by way of one centre."""
        changed = self._apart(self._given(centre), wanted)
        if not changed:
            return applied(self.facts, [(centre.effect, None)])
        away = [key for key in centre.given if key not in changed]
        levels: dict[Key, int] = {}
        for key in (*changed, *away):
            number = self.level(key, wanted.get(key, ABSENT))
            if number is None:
                return (f"values key {'.'.join(key)} is recorded for other values than this one",)
            levels[key] = number
        unpaired = [key for key, number in levels.items() if number >= 0 and not self.levels_of(key)[number].paired]
        if unpaired and len(levels) > 1:
            return (f"values key {'.'.join(unpaired[0])} was tried with this value only alone",)
        if centre.effect or centre.given:
            return self._beside(centre, changed, away, wanted, levels)
        return self._composed(changed, wanted, levels)

    def level(self, key: Key, value: Any) -> int | None:
        """The number of the level of a key that a value has; -1 for the base's own value, None for none."""
        if equal(self.base.get(key, ABSENT), value):
            return -1
        levels = self.levels_of(key)
        for number, level in enumerate(levels):
            if level.shape is None and equal(level.value, value):
                return number
        for number, level in enumerate(levels):
            if level.shape is not None and level.shape.fits(value, self.words):
                return number
        return None

    def _composed(self, changed: list[Key], wanted: Assignment, levels: Mapping[Key, int]) -> Facts | tuple[str, ...]:
        """The base with the effects of the changed keys, winners last, and the corrections of pairs."""
        relations = list(self._relations(changed, levels))
        order = _ordered(
            changed, [(a, b) if pair.over == "second" else (b, a) for a, b, pair in relations if pair.over]
        )
        if order is None:
            return (_together(changed),)
        corrections = [(a, b, pair) for a, b, pair in relations if not pair.over]
        met = [key for a, b, _ in corrections for key in (a, b)]
        twice = [key for key in met if met.count(key) > 1]
        blank = [(a, b) for a, b, pair in corrections if pair.correction is None]
        if twice or blank:
            return (
                _together(blank[0] if blank else [k for a, b, _ in corrections if twice[0] in (a, b) for k in (a, b)]),
            )
        for a, b, _ in corrections:
            if woken := [
                k for k in changed if k not in (a, b) and k[0] in (a[0], b[0]) and not self._effect(k, levels)
            ]:
                return (_together((a, b, *woken)),)
        effects = [(self._effect(key, levels), wanted.get(key)) for key in order]
        touched = {key: {(c.who, c.path) for c in self._effect(key, levels)} for key in changed}
        for a, b, pair in corrections:
            places = {(c.who, c.path) for c in pair.correction or ()}
            bodies = {who for who, _ in places}
            for key in changed:
                if key not in (a, b) and (places & touched[key] or any((who, ()) in touched[key] for who in bodies)):
                    return (_together((a, b, key)),)
        state = applied(self.facts, effects)
        return applied(
            state, [(p.correction or (), wanted.get(a if p.of == "first" else b)) for a, b, p in corrections]
        )

    def _beside(
        self, centre: Centre, changed: list[Key], away: list[Key], wanted: Assignment, levels: Mapping[Key, int]
    ) -> Facts | tuple[str, ...]:
        """A centre with the effects of further keys, where these touch nothing that the centre's own keys touch."""
        here = {**self.base, **centre.given}
        before: dict[Key, int] = {}
        for key in changed:
            number = self.level(key, here.get(key, ABSENT))
            if number is None:
                return (_together((key,)),)
            before[key] = number
        for key in changed:
            for other in (*away, *changed):
                if other != key and self._meet(
                    key, {before[key], levels[key]}, other, {before.get(other, -1), levels[other]}
                ):
                    return (_together((key, other)),)
        if asleep := self._asleep(changed, away, levels):
            return (_together(asleep),)
        state = applied(self.facts, [(centre.effect, None)])
        state = applied(state, [(self._undone(key, before[key], here.get(key)), None) for key in changed])
        return applied(state, [(self._effect(key, levels), wanted.get(key)) for key in changed])

    def _asleep(self, changed: list[Key], away: list[Key], levels: Mapping[Key, int]) -> list[Key]:
        """Keys that change nothing at the base, beside others of their section that together may wake them."""
        pairs = [(a, b) for a, b in combinations(sorted(away), 2) if self.pairs_of(a, b)]
        sections = {key[0] for pair in pairs for key in pair}
        return [key for key in changed if key[0] in sections and not self._effect(key, levels)]

    def _meet(self, one: Key, ones: set[int], other: Key, others: set[int]) -> bool:
        """Whether two keys act together at any of these levels."""
        pairs = self.pairs_of(min(one, other), max(one, other))
        return any(((a, b) if one < other else (b, a)) in pairs for a in ones for b in others)

    def _undone(self, key: Key, number: int, given: Any) -> Effect:
        """What takes the effect of a level back."""
        if number < 0:
            return ()
        return difference(applied(self.facts, [(self.levels_of(key)[number].effect, given)]), self.facts)

    def _effect(self, key: Key, levels: Mapping[Key, int]) -> Effect:
        return () if levels[key] < 0 else self.levels_of(key)[levels[key]].effect

    def _relations(self, changed: Iterable[Key], levels: Mapping[Key, int]) -> Iterator[tuple[Key, Key, Pair]]:
        for one, other in combinations(sorted(changed), 2):
            pair = self.pairs_of(one, other).get((levels[one], levels[other]))
            if pair is not None:
                yield one, other, pair


def _together(keys: Iterable[Key]) -> str:
    names = sorted({".".join(key) for key in keys})
    return f"values keys {', '.join(names)} act together in a way that was not recorded"


def _ordered(keys: list[Key], after: list[tuple[Key, Key]]) -> list[Key] | None:
    """The keys, each after those that it wins over; None where they go in a circle."""
    from graphlib import CycleError, TopologicalSorter

    graph: TopologicalSorter[Key] = TopologicalSorter({key: set() for key in keys})
    for loser, winner in after:
        graph.add(winner, loser)
    try:
        return list(graph.static_order())
    except CycleError:
        return None
