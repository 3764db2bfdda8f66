"""Record: the shape of one chart, probed around our own values, and what it answers for other values.

Nothing is guessed: a value that was not probed, in itself or as a form, is unknown, and so are keys that act together
otherwise than any two of them were seen to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

from homelab.kube.resource import dig
from homelab.software.records.effects import Change, Effect, How, applied, difference
from homelab.software.records.judged import Facts
from homelab.software.records.levels import ABSENT, EACH, Level, Words, equal

Key = tuple[str, ...]
"""A path in a chart's values; one that begins with `@` is no value: `@kubernetes`, `@crds`, `@api group/version`."""
NAMED = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
"""Names that objects can have; a record is a text, and no other name is ever put into it."""
LONGEST = 53
"""Letters of a release's name, at the most (helm.sh/helm/v3/pkg/chartutil, ValidateReleaseName)."""
NOBODY = "\0"
THREE = 3
WHOLE = ""
"""Stands for the whole of an object's name where the words stand that it begins with."""
KUBERNETES: Key = ("@kubernetes",)
Assignment = dict[Key, Any]
"""Keys to what they are given; a key that is not in it is not set."""
Three = tuple[tuple[Key, int], ...]
"""Three keys in order, each at the first of its levels that do the same."""


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
    """Another set of values that was rendered as a whole: where it differs from an earlier one, and what that changes.

    `after` is the number of the earlier one; -1 for the base.
    """

    given: Assignment
    effect: Effect
    after: int = -1


@dataclass(frozen=True, slots=True)
class Names:
    """Releases for which a record holds.

    `held` are words that charts look for in a release's name when they name objects, and whether it must hold them;
    `joined` are those that objects are named by behind a release that does not hold them, and not behind one that does.
    `cut` has the letters that are left of a name behind one of these, whatever follows, and under `WHOLE` those that are left
    of an object's whole name; `longest` is the number of letters of a release up to which no other name is cut. `release` and
    `namespace` are the only ones; empty for any.
    """

    held: Mapping[str, bool] = field(default_factory=dict)
    joined: tuple[str, ...] = ()
    longest: int = LONGEST
    release: str = ""
    namespace: str = ""
    cut: Mapping[str, int] = field(default_factory=dict)

    def behind(self, release: str, word: str) -> str:
        """What objects are named by instead of `<release>-<word>`."""
        return self._left(release if word in release else f"{release}-{word}", word)

    def named(self, name: str, release: str, stand_in: str) -> str:
        """An object's name for a release, from the one that it has for a stand-in."""
        if stand_in not in name:
            return name
        name = name.replace(stand_in, NOBODY)  # which no name holds, while the release may hold its stand-in
        for word in self.joined:
            name = name.replace(f"{NOBODY}-{word}", self.behind(release, word))
        return self._left(name.replace(NOBODY, release), WHOLE)

    def _left(self, name: str, word: str) -> str:
        return name[: self.cut.get(word, len(name))].rstrip("-")

    def refuses(self, release: str, namespace: str) -> str | None:
        """Why a record says nothing of a release of this name in this namespace; None where it does."""
        for word, held in self.held.items():
            if (word in release) != held:
                return (
                    f"is recorded for releases {'with' if held else 'without'} {word} in their name, not for {release}"
                )
        if len(release) > self.longest:
            return f"is recorded for names of releases of up to {self.longest} letters, not for {release}"
        for what, here, there in (("release", release, self.release), ("namespace", namespace, self.namespace)):
            if there and here != there:
                return f"is recorded for the {what} {there}, not for {here}"
        return None


@dataclass(frozen=True)
class Record:
    """The shape of one version of a chart.

    `base` is what the keys were given where the `facts` were seen; `defaults` are the chart's own values of the keys.
    `levels_of`, `pairs_of`, `each_of` and `centres` read their part of the record when they are asked.
    """

    chart: str
    version: str
    names: Names
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
    threes: Callable[[], Mapping[Three, Effect | None] | None] = field(default=lambda: None)
    """What three keys do beyond the sum of their pairs, None where that is not known; no three were probed where this is None."""
    acting: frozenset[Key] = frozenset()
    """Keys that do not simply add up with some other."""
    lists: frozenset[Key] = frozenset()
    """Keys whose items make objects of their own."""
    each_of: Callable[[Key, str], Record | None] = field(default=lambda _key, _name: None)
    """What one item of a key's list or map makes, by the name of the item: the keys are those inside the item."""

    def answer(self, asked: Assignment) -> Facts | tuple[str, ...]:
        """The facts for an assignment, or the sentences that say why they are not known."""
        wanted = self.normal(asked)
        away = {number: len(self._apart(self.given(number), wanted)) for number in range(-1, len(self.centres()))}
        refused: tuple[str, ...] = ()
        for number in sorted(away, key=lambda number: (away[number], number)):
            found = self._near(number, wanted)
            if not isinstance(found, tuple):
                return found
            refused = found if number < 0 else refused
        return refused

    def given(self, number: int) -> Assignment:
        """What a centre was given; -1 is the base."""
        return self.normal({**self.base, **self._wholes[number]} if number >= 0 else self.base)

    @cached_property
    def _wholes(self) -> tuple[Assignment, ...]:
        """Where each centre differs from the base."""
        found: list[Assignment] = []
        for centre in self.centres():
            found.append({**(found[centre.after] if centre.after >= 0 else {}), **centre.given})
        return tuple({k: v for k, v in given.items() if not equal(v, self.base.get(k, ABSENT))} for given in found)

    def state(self, number: int) -> Facts:
        """What a centre makes; -1 is the base."""
        if number < 0:
            return self.facts
        centre = self.centres()[number]
        return applied(self.state(centre.after), [(centre.effect, None)])

    def governed(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Object to the part of the values that says most about it; what an item makes, to the item."""
        found = dict(self.governs)
        for key in self.lists:
            for where, made in (self.items(key, dig(values, key, [])) or {}).items():
                found.update(dict.fromkeys(made, f"{'.'.join(key)}.{where}"))
        return found

    def items(self, key: Key, value: Any) -> dict[str, Facts] | None:
        """What the items of a list or a map make, by their place in it; None where that is not known."""
        found: dict[str, Facts] = {}
        whos = set(self.facts)
        for where, name, item in _items(value):
            inner = self.each_of(key, name) if name else None
            if inner is None:
                return None
            asked = inner.assigned(item, "", frozenset(), crds=True)
            made = asked if isinstance(asked, tuple) else inner.answer(asked)
            if isinstance(made, tuple) or whos & made.keys():
                return None
            whos |= made.keys()
            found[where] = made
        return found

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
        minor = {KUBERNETES: kubernetes, ("@crds",): crds}
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
        """An assignment without keys that are given what the chart gives them anyway, or that change nothing at all."""
        return {
            key: value
            for key, value in asked.items()
            if value is not ABSENT
            and not (key in self.defaults and equal(self.defaults[key], value))
            and not (key == KUBERNETES and self._any_kubernetes and self.level(key, value) is not None)
        }

    @cached_property
    def _any_kubernetes(self) -> bool:
        """Whether the chart makes the same for every Kubernetes that was probed, whatever else it is given."""
        return KUBERNETES not in self.acting and not any(level.effect for level in self.levels_of(KUBERNETES))

    @staticmethod
    def _apart(one: Assignment, other: Assignment) -> list[Key]:
        return sorted(key for key in {*one, *other} if not equal(one.get(key, ABSENT), other.get(key, ABSENT)))

    def _near(self, centre: int, wanted: Assignment) -> Facts | tuple[str, ...]:
        """The facts by way of one centre."""
        changed = self._apart(self.given(centre), wanted)
        whole = self._wholes[centre] if centre >= 0 else {}
        if not changed:
            return self.state(centre)
        away = [key for key in whole if key not in changed]
        levels: dict[Key, int] = {}
        for key in (*changed, *away):
            number = self.level(key, wanted.get(key, ABSENT))
            if number is None:
                return (_elsewhere(key, wanted.get(key, ABSENT)),)
            levels[key] = number
        unpaired = [key for key, number in levels.items() if number >= 0 and not self.levels_of(key)[number].paired]
        if unpaired and len(levels) > 1:
            return (f"values key {'.'.join(unpaired[0])} was tried with this value only alone",)
        if centre >= 0:
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
            if level.shape is None or not level.shape.fits(value, self.words):
                continue
            if level.shape.kind != EACH or self.items(key, value) is not None:
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
        if blank := [(a, b) for a, b, pair in corrections if pair.correction is None]:
            return (_together(blank[0]),)
        said = {key: self.effect(key, levels[key], wanted.get(key)) for key in changed}
        probed, unknown = self._threes([(a, b) for a, b, _ in corrections], said, levels)
        if unknown:
            return (_together(unknown),)
        together = [(frozenset({a, b}), pair.correction or ()) for a, b, pair in corrections]
        together += [(frozenset(keys), effect) for keys, effect in probed.items()]
        if torn := _overlapping(together, said):
            return (_together(torn),)
        state = applied(self.facts, [(said[key], wanted.get(key)) for key in order])
        pairs = [(p.correction or (), wanted.get(a if p.of == "first" else b)) for a, b, p in corrections]
        return applied(state, [*pairs, *((effect, None) for effect in probed.values())])

    def _threes(
        self, pairs: list[tuple[Key, Key]], said: Mapping[Key, Effect], levels: Mapping[Key, int]
    ) -> tuple[dict[tuple[Key, ...], Effect], list[Key]]:
        """What the keys do by threes, or keys of which that is not known.

        Two pairs that share a key make three, and so does a pair with a key of its sections that does nothing at the base
        and that it may wake.
        """
        found: dict[tuple[Key, ...], Effect] = {}
        known = self.threes()
        for keys in trios(pairs, said):
            three = tuple((key, self.like(key, levels[key])) for key in keys)
            effect = None if known is None or any(self._each(*each) for each in three) else known.get(three, ())
            if effect is None:
                return {}, list(keys)
            found[keys] = effect
        return found, []

    def like(self, key: Key, number: int) -> int:
        """The first level of a key that does the same as this one."""
        levels = self.levels_of(key)
        if self._each(key, number):
            return number
        return next(
            n
            for n in range(number + 1)
            if n == number
            or (levels[n].paired and not self._each(key, n) and levels[n].effect == levels[number].effect)
        )

    def _each(self, key: Key, number: int) -> bool:
        shape = self.levels_of(key)[number].shape
        return shape is not None and shape.kind == EACH

    def _beside(
        self, centre: int, changed: list[Key], away: list[Key], wanted: Assignment, levels: Mapping[Key, int]
    ) -> Facts | tuple[str, ...]:
        """A centre with the effects of further keys, where these touch nothing that the centre's own keys touch."""
        here = {**self.base, **self._wholes[centre]}
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
        said = {key: self.effect(key, levels[key], wanted.get(key)) for key in changed}
        if asleep := self._asleep(said, away):
            return (_together(asleep),)
        undone = {key: self._undone(key, before[key], here.get(key)) for key in changed}
        if torn := self._torn(undone, {key: (number, wanted.get(key)) for key, number in levels.items()}):
            return (_together(torn),)
        state = applied(self.state(centre), [(effect, None) for effect in undone.values()])
        return applied(state, [(said[key], wanted.get(key)) for key in changed])

    def _torn(self, undone: Mapping[Key, Effect], levels: Mapping[Key, tuple[int, Any]]) -> list[Key]:
        """A key that brings an object of the base back, and another that changes it: the change would be lost."""
        for key, effect in undone.items():
            back = {change.who for change in effect if not change.path and change.how is How.IS}
            for other, (number, value) in levels.items() if back else ():
                if other != key and any(change.who in back for change in self.effect(other, number, value)):
                    return [key, other]
        return []

    def _asleep(self, said: Mapping[Key, Effect], away: list[Key]) -> list[Key]:
        """Keys that change nothing at the base, beside others of their section that together may wake them."""
        pairs = [(a, b) for a, b in combinations(sorted(away), 2) if self.pairs_of(a, b)]
        sections = {key[0] for pair in pairs for key in pair}
        return [key for key, effect in said.items() if key[0] in sections and not effect]

    def _meet(self, one: Key, ones: set[int], other: Key, others: set[int]) -> bool:
        """Whether two keys act together at any of these levels."""
        pairs = self.pairs_of(min(one, other), max(one, other))
        return any(((a, b) if one < other else (b, a)) in pairs for a in ones for b in others)

    def _undone(self, key: Key, number: int, given: Any) -> Effect:
        """What takes the effect of a level back."""
        if number < 0:
            return ()
        return difference(applied(self.facts, [(self.effect(key, number, given), given)]), self.facts)

    def effect(self, key: Key, number: int, value: Any) -> Effect:
        """What a key does at a level; the value counts where it is told item by item."""
        if number < 0:
            return ()
        level = self.levels_of(key)[number]
        if level.shape is None or level.shape.kind != EACH:
            return level.effect
        made = {who: leaves for facts in (self.items(key, value) or {}).values() for who, leaves in facts.items()}
        return tuple(
            change
            for who, leaves in made.items()
            for change in (
                Change(who, (), How.IS, value=True),
                *(Change(who, path, How.IS, leaf) for path, leaf in leaves.items()),
            )
        )

    def _relations(self, changed: Iterable[Key], levels: Mapping[Key, int]) -> Iterator[tuple[Key, Key, Pair]]:
        for one, other in combinations(sorted(changed), 2):
            pair = self.pairs_of(one, other).get((levels[one], levels[other]))
            if pair is not None:
                yield one, other, pair


def trios(pairs: Iterable[tuple[Key, Key]], said: Mapping[Key, Effect]) -> list[tuple[Key, ...]]:
    """The threes among keys that may do more than these pairs of them do; `said` is what each key does alone."""
    found = {tuple(sorted({*one, *other})) for one, other in combinations(pairs, 2) if {*one} & {*other}}
    for a, b in pairs:
        asleep = (key for key, effect in said.items() if not effect and key[0] in (a[0], b[0]))
        found |= {tuple(sorted((a, b, key))) for key in asleep if key not in (a, b)}
    return sorted(found)


def _overlapping(together: list[tuple[frozenset[Key], Effect]], said: Mapping[Key, Effect]) -> list[Key]:
    """Keys whose common effect touches what another key does, or others by threes, though they were not probed with these."""
    for met, effect in together:
        for key in sorted(said.keys() - met):
            if not any(keys >= {*met, key} for keys, _ in together) and _touch(effect, said[key]):
                return sorted({*met, key})
    for (met, effect), (others, second) in combinations(together, 2):
        if len(met | others) > THREE and THREE in (len(met), len(others)) and _touch(effect, second):
            return sorted(met | others)
    return []


def _touch(one: Effect, other: Effect) -> bool:
    """Whether two effects change one place, or one of them something of an object that the other brings or takes."""
    places = {(change.who, change.path) for change in one}
    bodies = {who for who, _ in places}
    return any(
        (change.who, change.path) in places or (change.who, ()) in places or (not change.path and change.who in bodies)
        for change in other
    )


def _items(value: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Place, name (empty where there is none) and the rest of every item of a list or a map."""
    named = [(name, name, item) for name, item in value.items()] if isinstance(value, Mapping) else []
    for index, item in enumerate(value if isinstance(value, list) else ()):
        name = item.get("name") if isinstance(item, Mapping) else None
        named.append((str(index), name if isinstance(name, str) else "", item))
    named = [(where, name if NAMED.fullmatch(str(name)) else "", item) for where, name, item in named]
    for where, name, item in named:
        if not isinstance(item, Mapping):
            yield where, "", {}
        else:
            yield where, name, {k: v for k, v in item.items() if k != "name" or isinstance(value, Mapping)}


def _elsewhere(key: Key, value: Any) -> str:
    if key == KUBERNETES:
        return f"the chart is not recorded for Kubernetes {value}"
    return f"values key {'.'.join(key)} is recorded for other values than this one"


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
