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

from record.levels import alternatives, formed, renames, shape_of
from record.probe import Prober, Refused, hollowed

from homelab.software.records.effects import Effect, applied, difference
from homelab.software.records.judged import NAMES_ONLY, Facts
from homelab.software.records.levels import ABSENT, Level, Words, equal, kind_of
from homelab.software.records.record import Assignment, Centre, Key, Pair, Record

LIGHT = NAMES_ONLY | {"CustomResourceDefinition", "PrometheusRule"}
"""Kinds of which little more than the name is kept."""
PSEUDO: dict[str, tuple[object, ...]] = {
    "@kubernetes": tuple(f"1.{minor}" for minor in range(31, 38)),
    "@crds": (False,),
    "@api": (True, ABSENT),
}
"""Keys that are no values, and what is tried for them."""
Pairs = dict[tuple[Key, Key], dict[tuple[int, int], Pair]]


@dataclass
class Learned:
    """What was learned so far."""

    prober: Prober
    keys: frozenset[Key]
    words: Words
    defaults: Assignment
    base: Assignment
    facts: Facts
    levels: dict[Key, tuple[Level, ...]] = field(default_factory=dict)
    examples: dict[tuple[Key, int], tuple[object, ...]] = field(default_factory=dict)
    """Values of each level, the base's left out."""
    pairs: Pairs = field(default_factory=dict)
    centres: list[Centre] = field(default_factory=list)
    refused: int = 0

    names: dict[str, bool] = field(default_factory=dict)
    placed: tuple[str, str] = ("", "")

    def record(self, chart: str, version: str) -> Record:
        """As the product reads it."""
        return Record(
            chart=chart,
            version=version,
            names=self.names,
            placed=self.placed,
            words=self.words,
            base=self.base,
            facts=self.facts,
            governs=governs(self),
            defaults=self.defaults,
            levels_of=lambda key: self.levels.get(key, ()),
            pairs_of=lambda one, other: self.pairs.get((one, other), {}),
            keys=self.keys,
            centres=lambda: tuple(self.centres),
        )


def singles(learned: Learned, observed: dict[Key, list[object]], told: Callable[[str], None]) -> None:
    """Probe every key alone."""
    for key in sorted(learned.keys):
        found = list(_levels(learned, key, observed.get(key, [])))
        learned.levels[key] = tuple(level for level, _ in found)
        learned.examples.update({(key, number): tuple(values) for number, (_, values) in enumerate(found)})
    told(f"{len(learned.keys)} keys, {learned.prober.renders} renders")


def _levels(learned: Learned, key: Key, observed: list[object]) -> Iterator[tuple[Level, list[object]]]:
    now = learned.base.get(key, ABSENT)
    wanted = _distinct([*observed, ABSENT])
    tried = _distinct([*wanted, *(v for value in [*wanted, now] if value is not ABSENT for v in alternatives(value))])
    if key[0] in PSEUDO:
        tried = wanted = list(PSEUDO[key[0]])
    probed: list[tuple[object, Facts]] = []
    for value in tried:
        if equal(value, now):
            continue
        try:
            state = learned.prober.facts(_with(learned.base, key, value))
        except Refused:
            learned.refused += 1
            continue
        if not renames(learned.facts, state):
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
    effect = learned.levels[key][number].effect
    return all(level.effect != effect or not level.paired for level in learned.levels[key][:number])


WORKER: list[Learned] = []


def _begin(learned: Learned) -> None:
    WORKER[:] = [learned]


def _try(task: Task) -> tuple[Task, Pair | None]:
    return task, pair_of(WORKER[0], task)


def pair_of(learned: Learned, task: Task) -> Pair | None:
    """What two keys do together beyond their sum; None where they add up."""
    (one, first), (other, second) = task.one, task.other
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


def narrowed(learned: Learned, folder: Path) -> Learned:
    """The same without the templates of names alone that no two keys touch: they cost time in every probe for nothing."""
    touching: dict[str, set[Key]] = defaultdict(set)
    for key, levels in learned.levels.items():
        for who in {change.who for level in levels for change in level.effect}:
            touching[learned.prober.home.get(who, "")].add(key)
    heavy = {file for who, file in learned.prober.home.items() if who.partition(" ")[0] not in LIGHT}
    idle = {file for file in learned.prober.home.values() if len(touching[file]) < 2} - heavy
    kept = hollowed(learned.prober.folder, folder / "chart", idle)
    prober = replace(learned.prober, folder=kept, _seen={}, _charts={})
    facts = prober.facts(learned.base)
    stay = {who for who, file in learned.prober.home.items() if file not in idle} | facts.keys()

    def less(level: Level) -> Level:
        return replace(level, effect=tuple(change for change in level.effect if change.who in stay))

    levels = {key: tuple(map(less, found)) for key, found in learned.levels.items()}
    prober = replace(learned.prober, folder=kept, _seen={}, _charts={})
    return replace(learned, prober=prober, facts=facts, levels=levels)


def couples(learned: Learned, jobs: int, told: Callable[[str], None]) -> None:
    """Probe every two keys together."""
    todo = list(tasks(learned))
    began = time.monotonic()
    found: Pairs = defaultdict(dict)
    with (
        TemporaryDirectory() as folder,
        ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (narrowed(learned, Path(folder)),)) as pool,
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


def _shared(learned: Learned, found: Pairs) -> None:
    """Levels with the same effect as one that was probed act as that one."""
    for (one, other), pairs in found.items():
        for (a, b), pair in list(pairs.items()):
            for x in _alike(learned, one, a):
                for y in _alike(learned, other, b):
                    pairs.setdefault((x, y), pair)


def _alike(learned: Learned, key: Key, number: int) -> list[int]:
    levels = learned.levels[key]
    return [n for n, level in enumerate(levels) if level.effect == levels[number].effect and level.paired]


def governs(learned: Learned) -> dict[str, str]:
    """Object to the longest part of the values below which most of the keys lie that change it."""
    touching: dict[str, Counter[Key]] = defaultdict(Counter)
    for key, levels in learned.levels.items():
        whos = {change.who for level in levels for change in level.effect}
        if len(whos) <= max(3, len(learned.facts) // 4) and not key[0].startswith("@"):
            for who in whos:
                touching[who].update([key[:n] for n in range(1, len(key) + 1)])
    found = {}
    for who, counted in touching.items():
        whole = sum(count for key, count in counted.items() if len(key) == 1)
        best = max((key for key, count in counted.items() if count * 2 > whole), key=len, default=())
        if best:
            found[who] = ".".join(best)
    return found
