"""Learn: one chart's record, probed around our own values.

The base is the set of our values that makes most objects. Around it each key is probed alone, at the values that our
components give it and at others like them; then every two keys together. What two keys do beyond their sum is kept.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from record.levels import alternatives, formed, renames, shape_of
from record.probe import Prober, Refused, hollowed

from homelab.software.records import text
from homelab.software.records.effects import Effect, applied, difference
from homelab.software.records.judged import NAMES_ONLY, Facts
from homelab.software.records.levels import ABSENT, EACH, Level, Shape, Words, equal, kind_of
from homelab.software.records.record import Assignment, Centre, Key, Names, Pair, Record, Three

LIGHT = NAMES_ONLY | {"CustomResourceDefinition", "PrometheusRule"}
"""Kinds of which little more than the name is kept."""
PSEUDO: dict[str, tuple[object, ...]] = {
    "@kubernetes": tuple(f"1.{minor}" for minor in range(25, 41)),
    "@crds": (False,),
    "@api": (True, ABSENT),
}
"""Keys that are no values, and what is tried for them."""
Pairs = dict[tuple[Key, Key], dict[tuple[int, int], Pair]]


class Probing(Protocol):
    """Whatever says what is made of an assignment: a chart, or one item of a list of it."""

    home: dict[str, str]

    @property
    def renders(self) -> int:
        """What was rendered."""
        ...

    def facts(self, given: Assignment, *, checked: bool = True) -> Facts:
        """The facts of what is made."""
        ...


@dataclass
class Learned:
    """What was learned so far."""

    prober: Probing
    keys: frozenset[Key]
    words: Words
    defaults: Assignment
    base: Assignment
    facts: Facts
    levels: dict[Key, tuple[Level, ...]] = field(default_factory=dict)
    examples: dict[tuple[Key, int], tuple[object, ...]] = field(default_factory=dict)
    """Values of each level, the base's left out."""
    pairs: Pairs = field(default_factory=dict)
    threes: dict[Three, Effect | None] | None = None
    centres: list[Centre] = field(default_factory=list)
    refused: int = 0
    names: Names = field(default_factory=Names)
    each: dict[Key, str] = field(default_factory=dict)
    """What one item of a key makes, as the text of a record."""
    kept: set[str] = field(default_factory=set)
    """Templates that make what items make."""
    renaming: bool = False
    """Whether a value may rename most of what is made."""

    def record(self, chart: str, version: str) -> Record:
        """As the product reads it."""
        return Record(
            chart=chart,
            version=version,
            names=self.names,
            words=self.words,
            base=self.base,
            facts=self.facts,
            governs=governs(self),
            defaults=self.defaults,
            levels_of=lambda key: self.levels.get(key, ()),
            pairs_of=lambda one, other: self.pairs.get((one, other), {}),
            keys=self.keys,
            centres=lambda: tuple(self.centres),
            threes=lambda: self.threes,
            lists=frozenset(self.each),
            acting=frozenset(key for keys in self.pairs for key in keys),
            each_of=self.item,
        )

    def item(self, key: Key, name: str) -> Record | None:
        """The record of one item of a key."""
        return text.read(self.each[key].replace(text.ITEM, name)) if key in self.each else None


def singles(learned: Learned, observed: dict[Key, list[object]], told: Callable[[str], None]) -> None:
    """Probe every key alone."""
    for key in sorted(learned.keys):
        found = list(_levels(learned, key, observed.get(key, [])))
        learned.levels[key] = tuple(level for level, _ in found)
        learned.examples.update({(key, number): tuple(values) for number, (_, values) in enumerate(found)})
    told(f"{len(learned.keys)} keys, {learned.prober.renders} renders")


def _levels(learned: Learned, key: Key, observed: list[object]) -> Iterator[tuple[Level, list[object]]]:
    if key in learned.each:
        yield from _itemised(learned, key, _distinct([*observed, ABSENT]))
        return
    now = learned.base.get(key, ABSENT)
    wanted = _distinct([*observed, ABSENT])
    tried = _distinct([*wanted, *(v for value in [*wanted, now] if value is not ABSENT for v in alternatives(value))])
    if key[0] in PSEUDO:
        tried = wanted = list(PSEUDO[key[0]])
    probed: list[tuple[object, Facts]] = []
    for value in tried:
        if equal(value, now):
            continue
        state = _alone(learned, key, value)
        if state is not None and (learned.renaming or not renames(learned.facts, state)):
            probed.append((value, state))
    held: list[object] = []
    for kind in ("int", "text", "list", "map") if not key[0].startswith("@") else ():
        group = [(v, s) for v, s in probed if kind_of(v) == kind]
        level, shown = _form(learned, group, now if kind_of(now) == kind else ABSENT)
        if level is not None:
            held += [v for v in shown if level.shape and level.shape.fits(v, learned.words)]
            first = [v for v in shown if any(equal(v, each) for each in wanted)]
            yield level, _distinct([*first, *reversed(shown)])
    for value, state in probed:
        seen = any(equal(value, each) for each in wanted)
        if not any(equal(value, each) for each in held) and (seen or not kind_of(value)):
            effect = difference(learned.facts, state)
            yield Level(value, None, effect, paired=seen or isinstance(value, bool)), [value]


def _alone(learned: Learned, key: Key, value: object) -> Facts | None:
    """What one key makes with a value; None where Helm refuses it."""
    try:
        return learned.prober.facts(_with(learned.base, key, value))
    except Refused:
        learned.refused += 1
        return None


def _itemised(learned: Learned, key: Key, values: list[object]) -> Iterator[tuple[Level, list[object]]]:
    """The level of lists or maps that are told item by item; those that come out otherwise stand for themselves."""
    record, told, rest = learned.record("", ""), list[object](), list[tuple[object, Facts]]()
    for value in values:
        if equal(value, learned.base.get(key, ABSENT)):
            continue
        state = _alone(learned, key, value)
        if state is None:
            continue
        made = record.items(key, value) if kind_of(value) else None
        if made is not None and state == {
            **learned.facts,
            **{w: f for facts in made.values() for w, f in facts.items()},
        }:
            told.append(value)
        else:
            rest.append((value, state))
    told.sort(key=lambda value: -len(str(value)))
    yield Level(None, Shape(EACH, tuple({kind_of(value) for value in told})), (), paired=True), told
    for value, state in rest:
        yield Level(value, None, difference(learned.facts, state), paired=True), [value]


def _form(learned: Learned, group: list[tuple[object, Facts]], now: object) -> tuple[Level | None, list[object]]:
    """The form that most of a group show, and the values that show it; for numbers, those from some value on."""
    ordered = sorted(group, key=lambda probe: int(str(probe[0]))) if group and kind_of(group[0][0]) == "int" else group
    for chosen in _subsets(ordered):
        effect = formed([(value, learned.facts, state) for value, state in chosen])
        if effect is not None:
            held = [value for value, _ in chosen]
            still = now is not ABSENT and applied(learned.facts, [(effect, now)]) == learned.facts
            return Level(None, shape_of([*held, *([now] if still else [])]), effect, paired=True), held
    return None, []


def _subsets(group: list[tuple[object, Facts]]) -> Iterator[list[tuple[object, Facts]]]:
    yield group
    for start in range(1, len(group)):
        yield group[start:]
    for index in range(len(group)):
        yield [*group[:index], *group[index + 1 :]]


def _distinct(values: Iterable[object]) -> list[object]:
    found: list[object] = []
    for value in values:
        if not any(equal(value, each) for each in found):
            found.append(value)
    return found


def _with(base: Assignment, key: Key, value: object) -> Assignment:
    return {**{k: v for k, v in base.items() if k != key}, **({} if value is ABSENT else {key: value})}


@dataclass(frozen=True)
class Task:
    """Two keys at levels, with what each is given, and once more with other values where one of them is a form."""

    one: tuple[Key, int]
    other: tuple[Key, int]
    given: tuple[tuple[object, object], ...]


def tasks(learned: Learned) -> Iterator[Task]:
    """Every two keys at every two levels that are probed together."""
    paired = [
        (key, number)
        for key in sorted(learned.keys)
        for number, level in enumerate(learned.levels[key])
        if level.paired and learned.examples[key, number] and _first_of_its_kind(learned, key, number)
    ]
    for one, other in combinations(paired, 2):
        if one[0] != other[0]:
            ones, others = learned.examples[one], learned.examples[other]
            given = [(ones[0], others[0])]
            given += [(ones[1 % len(ones)], others[0])] * (learned.levels[one[0]][one[1]].shape is not None)
            given += [(ones[0], others[1 % len(others)])] * (learned.levels[other[0]][other[1]].shape is not None)
            yield Task(one, other, tuple(given))


def _first_of_its_kind(learned: Learned, key: Key, number: int) -> bool:
    """Levels of one key with the same effect are probed once."""
    return not any(_same(learned, key, number, other) for other in range(number))


def _same(learned: Learned, key: Key, one: int, other: int) -> bool:
    """Whether two levels of a key have the same effect, and both were probed with other keys."""
    levels = learned.levels[key][one], learned.levels[key][other]
    told = any(level.shape is not None and level.shape.kind == EACH for level in levels)
    return all(level.paired for level in levels) and levels[0].effect == levels[1].effect and not told


WORKER: list[Learned] = []


def _begin(learned: Learned) -> None:
    WORKER[:] = [learned]


def _try(task: Task) -> tuple[Task, Pair | None]:
    return task, pair_of(WORKER[0], task)


def pair_of(learned: Learned, task: Task) -> Pair | None:
    """What two keys do together beyond their sum; None where they add up."""
    (one, first), (other, second) = task.one, task.other
    if any(_each(learned, *each) for each in (task.one, task.other)):
        return _beside(learned, task)
    effects = learned.levels[one][first].effect, learned.levels[other][second].effect
    states: list[tuple[tuple[object, object], Facts]] = []
    for given in task.given:
        try:
            state = learned.prober.facts(_with(_with(learned.base, one, given[0]), other, given[1]), checked=False)
        except Refused:
            return Pair()
        states.append((given, state))
        if given == task.given[0]:
            forward = applied(learned.facts, [(effects[0], given[0]), (effects[1], given[1])])
            back = applied(learned.facts, [(effects[1], given[1]), (effects[0], given[0])])
            if forward == back == state:
                return None
            if state == forward:
                return Pair(over="second")
            if state == back:
                return Pair(over="first")
    return _corrected(learned, effects, states)


def _each(learned: Learned, key: Key, number: int) -> bool:
    shape = learned.levels[key][number].shape
    return shape is not None and shape.kind == EACH


def _beside(learned: Learned, task: Task) -> Pair | None:
    """Items add up with another key, or it is not known what they do together: corrections would name these items."""
    (one, first), (other, second) = task.one, task.other
    record = learned.record("", "")
    for a, b in task.given:
        effects = [(record.effect(one, first, a), a), (record.effect(other, second, b), b)]
        try:
            state = learned.prober.facts(_with(_with(learned.base, one, a), other, b), checked=False)
        except Refused:
            return Pair()
        if not applied(learned.facts, effects) == applied(learned.facts, effects[::-1]) == state:
            return Pair()
    return None


def _corrected(
    learned: Learned, effects: tuple[Effect, Effect], states: list[tuple[tuple[object, object], Facts]]
) -> Pair:
    """A correction that every probe of the pair shows, as a form of one of the two values at the most."""
    summed = [applied(learned.facts, [(effects[0], a), (effects[1], b)]) for (a, b), _ in states]
    probes = [(given, before, after) for before, (given, after) in zip(summed, states, strict=True)]
    constant = difference(summed[0], states[0][1])
    if all(applied(before, [(constant, None)]) == after for _, before, after in probes):
        return Pair(correction=constant)
    for of, index in (("first", 0), ("second", 1)):
        still = [
            (g[index], before, after) for g, before, after in probes if equal(g[1 - index], states[0][0][1 - index])
        ]
        effect = formed(still)
        if effect is not None and all(applied(before, [(effect, g[index])]) == after for g, before, after in probes):
            return Pair(correction=effect, of=of)
    return Pair()


def narrowed(learned: Learned, prober: Prober, folder: Path) -> Learned:
    """The same without the templates of names alone that no two keys touch: they cost time in every probe for nothing."""
    touching: dict[str, set[Key]] = defaultdict(set)
    for key, levels in learned.levels.items():
        for who in {change.who for level in levels for change in level.effect}:
            touching[prober.home.get(who, "")].add(key)
    heavy = {file for who, file in prober.home.items() if who.partition(" ")[0] not in LIGHT} | learned.kept
    kept = folder / "chart"
    idle = hollowed(prober.folder, kept, {f for f in prober.home.values() if len(touching[f]) < 2} - heavy)
    less_prober = replace(prober, folder=kept, _seen={}, _charts={})
    facts = less_prober.facts(learned.base)

    def less(level: Level) -> Level:
        return replace(level, effect=tuple(c for c in level.effect if prober.home.get(c.who) not in idle))

    levels = {key: tuple(map(less, found)) for key, found in learned.levels.items()}
    return replace(learned, prober=replace(prober, folder=kept, _seen={}, _charts={}), facts=facts, levels=levels)


def couples(learned: Learned, prober: Prober, jobs: int, told: Callable[[str], None]) -> None:
    """Probe every two keys together."""
    todo = list(tasks(learned))
    began = time.monotonic()
    found: Pairs = defaultdict(dict)
    with (
        TemporaryDirectory() as folder,
        ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (narrowed(learned, prober, Path(folder)),)) as pool,
    ):
        for number, (task, pair) in enumerate(pool.map(_try, todo, chunksize=16)):
            if pair is not None:
                found[task.one[0], task.other[0]][task.one[1], task.other[1]] = pair
            if number % 500 == 499:
                told(f"{number + 1} of {len(todo)} pairs, {time.monotonic() - began:.0f} s")
    _shared(learned, found)
    learned.pairs = dict(found)
    count = Counter(
        "over" if p.over else "corrected" if p.correction else "unknown" for d in found.values() for p in d.values()
    )
    told(f"{len(todo)} pairs in {time.monotonic() - began:.0f} s: {dict(count)}")


def trebled(learned: Learned, prober: Prober, jobs: int, told: Callable[[str], None]) -> None:
    """Probe keys by threes, where pairs of them say that they may act together."""
    todo = list(threes(learned))
    began = time.monotonic()
    learned.threes = {}
    with (
        TemporaryDirectory() as folder,
        ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (narrowed(learned, prober, Path(folder)),)) as pool,
    ):
        for three, effect in zip(todo, pool.map(_try_three, todo, chunksize=16), strict=True):
            if effect != ():
                learned.threes[three] = effect
    told(f"{len(todo)} threes in {time.monotonic() - began:.0f} s, {len(learned.threes)} of them beyond their pairs")


def threes(learned: Learned) -> Iterator[Three]:
    """The threes that a record is asked about."""
    paired = [
        (key, number, level.effect)
        for key in sorted(learned.keys)
        for number, level in enumerate(learned.levels[key])
        if level.paired and learned.examples[key, number] and _first_of_its_kind(learned, key, number)
        if not _each(learned, key, number)
    ]
    acting: dict[tuple[Key, int], set[tuple[Key, int]]] = defaultdict(set)
    for (one, other), pairs in learned.pairs.items():
        for (a, b), pair in pairs.items():
            if pair.correction is not None:
                acting[one, a].add((other, b))
                acting[other, b].add((one, a))
    first = {(key, number) for key, number, _ in paired}
    found: set[Three] = set()
    for one in acting.keys() & first:
        for other in acting[one] & first:
            for key, number, effect in paired:
                beside = (key, number) in acting[one] or (not effect and key[0] in (one[0][0], other[0][0]))
                if beside and key not in (one[0], other[0]):
                    found.add(tuple(sorted((one, other, (key, number)))))
    yield from sorted(found)


def _try_three(three: Three) -> Effect | None:
    return three_of(WORKER[0], three)


def three_of(learned: Learned, three: Three) -> Effect | None:
    """What three keys do beyond the sum of their pairs; None where that is not one thing for all values of their levels."""
    record = replace(learned.record("", ""), threes=dict)
    found: list[tuple[Facts, Facts]] = []
    for index in range(2):
        given = learned.base
        for key, number in three:
            examples = learned.examples[key, number]
            given = _with(given, key, examples[index % len(examples)])
        try:
            state = learned.prober.facts(given, checked=False)
        except Refused:
            return None
        answer = record.answer(given)
        if isinstance(answer, tuple):
            return None
        found.append((answer, state))
    effect = difference(*found[0])
    return effect if all(applied(answer, [(effect, None)]) == state for answer, state in found) else None


def coupled(learned: Learned) -> None:
    """Probe every two keys together, here and now."""
    found: Pairs = defaultdict(dict)
    for task in tasks(learned):
        pair = pair_of(learned, task)
        if pair is not None:
            found[task.one[0], task.other[0]][task.one[1], task.other[1]] = pair
    _shared(learned, found)
    learned.pairs = dict(found)


def centred(learned: Learned, assignments: Iterable[Assignment]) -> int:
    """Make a centre of every assignment that is not answered, or answered wrongly; how many were wrong."""
    wrong = 0
    record, states = learned.record("", ""), [learned.facts]
    for assignment in assignments:
        try:
            state = learned.prober.facts(assignment)
        except Refused:
            continue
        answer = record.answer(assignment)
        if answer == state:
            continue
        wrong += not isinstance(answer, tuple)
        learned.centres.append(_centre(learned.record("", ""), states, record.normal(assignment), state))
        states.append(state)
        record = learned.record("", "")  # it answers by way of this centre, too, from now on
    return wrong


def _centre(record: Record, states: list[Facts], given: Assignment, state: Facts) -> Centre:
    """A state, told from the one before it from which it differs least."""
    ways = [difference(before, state) for before in states]
    number = min(range(len(ways)), key=lambda number: len(ways[number]))
    before = record.given(number - 1)
    away = {
        key: given.get(key, ABSENT)
        for key in {*given, *before}
        if not equal(given.get(key, ABSENT), before.get(key, ABSENT))
    }
    return Centre(away, ways[number], number - 1)


def _shared(learned: Learned, found: Pairs) -> None:
    """Levels with the same effect as one that was probed act as that one."""
    for (one, other), pairs in found.items():
        for (a, b), pair in list(pairs.items()):
            for x in _alike(learned, one, a):
                for y in _alike(learned, other, b):
                    pairs.setdefault((x, y), pair)


def _alike(learned: Learned, key: Key, number: int) -> list[int]:
    return [n for n in range(len(learned.levels[key])) if n == number or _same(learned, key, n, number)]


def governs(learned: Learned) -> dict[str, str]:
    """Object to the part of the values that says most about it, as far down as one part below says more than half."""
    touching: dict[str, Counter[Key]] = defaultdict(Counter)
    for key, levels in learned.levels.items():
        whos = {change.who for level in levels for change in level.effect}
        if key[0].startswith("@"):
            continue
        for who in whos:
            # a key that changes many objects says little about each
            touching[who].update({key[:n]: 1 / len(whos) for n in range(1, len(key) + 1)})
    found = {}
    for who, counted in touching.items():
        path = max(sorted(key for key in counted if len(key) == 1), key=lambda key: counted[key])
        while below := [key for key in counted if key[:-1] == path and counted[key] * 2 > counted[path]]:
            (path,) = below
        found[who] = ".".join(path)
    return found
