"""Figures of a service as intervals, from its worlds with at most two units down.

With o the odds of a state against "up", and P0 the chance that everything is up, a world with the states x and y weighs
P0 o(x) o(y). Sums of such products give the lower end, P(three or more down) the distance to the upper one. The same
worlds give outages (a flow of one unit while nothing or one other unit is down), conditional chances, and shares: in a
world with two units down that are needed both, or suffice both, each is booked a half (Shapley's value of that world).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from homelab.availability.engine.bdd import TooManyNodesError
from homelab.availability.engine.chains import Chain, Source, flows_of, shares_by
from homelab.availability.engine.few import Few, World

Noticed = Callable[[str], Iterable[int]]
"""For a unit the flows that matter, as numbers into its `moves`."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a figure lies: for certain, or with the `confidence` of a sample."""

    low: float
    high: float
    confidence: float = 1.0

    @property
    def middle(self) -> float:
        """The figure that is shown where one is wanted."""
        return (self.low + self.high) / 2

    @property
    def ratio(self) -> float:
        """How many times the lower end the upper one is; 1 where both are nothing."""
        if self.high <= 0:
            return 1.0
        return self.high / self.low if self.low > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Odds:
    """The odds of every state against "up" or "none", by number, and the chance of each unit to be up; those of choices apart."""

    state: list[float]
    up: Mapping[str, float]
    chances: Mapping[int, float]

    @classmethod
    def of(cls, chains: Mapping[str, Chain], chances: Mapping[int, float]) -> Odds:
        """From the chances of all levels; the order of the units is that of the states."""
        odds: list[float] = []
        up: dict[str, float] = {}
        for unit, chain in chains.items():
            if chain.chosen:
                continue
            shares = shares_by(chain, chances)
            up[unit] = shares[0]
            odds += [share / shares[0] for share in shares[1:]]
        return cls(odds, up, chances)


class _Side:
    """The odds of the worlds in which a service is down, at the best or the worst choice."""

    def __init__(self, few: Few, odds: list[float], whole: Mapping[str, float], sum_all: float) -> None:
        self.few = few
        self._odds = odds
        self._all = whole
        self._sum_all = sum_all
        self.alone = {unit: sum(odds[s] for s in own if s in few.alone) for unit, own in few.units}
        self.sum_alone = sum(self.alone.values())

    def total(self) -> float:
        """All worlds."""
        return self.few.always + self.sum_alone + self._pairs()

    def _pairs(self) -> float:
        """All pairs that are down: those with a state that is down alone, and the exceptions."""
        few, odds = self.few, self._odds
        rest = self._sum_all - self.sum_alone
        total = self.sum_alone * (self._sum_all + rest)
        total -= sum(alone * (2 * self._all[unit] - alone) for unit, alone in self.alone.items())
        total /= 2
        for one, others in few.more.items():
            total += odds[one] * sum(odds[two] for two in others if two > one)
        for one, others in few.less.items():
            total -= odds[one] * sum(odds[two] for two in others if two > one)
        return total

    def met(self, unit: str, state: int | None) -> float:
        """The other units' states with which it is down, given one unit's state."""
        few, odds = self.few, self._odds
        usual = self.sum_alone - self.alone[unit]
        if state is None:
            return usual
        if state in few.alone:
            usual = self._sum_all - self._all[unit]
        lost = sum(odds[two] for two in few.less.get(state, ()))
        return usual - lost + sum(odds[two] for two in few.more.get(state, ()))


class Bounds:
    """One service under given odds."""

    def __init__(self, few: Few, odds: Odds) -> None:
        self._few = few
        self._odds = odds.state
        self._up = odds.up
        self.calm = 1.0
        """P0."""
        for unit, _ in few.units:
            self.calm *= odds.up[unit]
        self._all = {unit: sum(self._odds[s] for s in own) for unit, own in few.units}
        self._sum_all = sum(self._all.values())
        self._best = self._worst = _Side(few, self._odds, self._all, self._sum_all)
        self._open: dict[World, float] = {}
        """P(down) in worlds in which choices matter, where it is known."""
        self._chances = odds.chances
        if few.open is not None:
            self._worst = _Side(few.open.worst, self._odds, self._all, self._sum_all)
            self._weights = few.open.weigh(odds.chances, [1.0, 0.0])
            self._open = {world: self._weights[root] for world, root in few.open.roots.items()}
            self._met_with = defaultdict[int | None, list[int]](list)
            for world in self._open:
                for state in world:
                    self._met_with[state] += [other for other in world if other != state]
                if len(world) == 1:
                    self._met_with[None].append(world[0])

    def unavailability(self) -> Interval:
        """U."""
        low = self._best.total() + sum(self._weight(world) * p for world, p in self._open.items())
        high = low
        if self._worst is not self._best:
            high = self._worst.total() - sum(self._weight(world) * (1.0 - p) for world, p in self._open.items())
        low, high = self.calm * low, self.calm * max(low, high)
        return Interval(low, min(high + self.beyond(), 1.0))

    def _weight(self, world: World) -> float:
        """The odds of a world."""
        return math.prod(self._odds[state] for state in world)

    def calmly(self) -> float:
        """P(down) while everything is up; at the best choice where that is not known."""
        return self._open.get((), float(self._few.always))

    def beyond(self, most: int = 2, without: str | None = None) -> float:
        """P(more than `most` units down), one unit left out."""
        exact = [1.0] + [0.0] * most
        over = 0.0
        for unit, _ in self._few.units:
            if unit == without:
                continue
            up = self._up[unit]
            q = self._all[unit] * up
            over += exact[most] * q
            for count in range(most, 0, -1):
                exact[count] = exact[count] * up + exact[count - 1] * q
            exact[0] *= up
        return over

    def frequency(
        self, chains: Mapping[str, Chain], sources: Mapping[str, Source], noticed: Noticed, harmful: Noticed
    ) -> Interval:
        """Outages an hour: flows that take it down while nothing else, or one other unit, is down.

        `noticed` gives the flows of a unit that start an outage in some world, `harmful` those that never end one; what
        they may start beyond these worlds is slack.
        """
        low = high = slack = 0.0
        for unit, own in self._few.units:
            flows, moves = flows_of(chains[unit], sources[unit]), chains[unit].moves
            sure = set(harmful(unit)) if self._open else set()
            for number in noticed(unit):
                one, two = (own[0] + state - 1 if state else None for state in moves[number])
                scale = flows[number] / self._up[unit]
                least = self._started(unit, one, two, self._worst, self._best)
                most = least if self._worst is self._best else self._started(unit, one, two, self._best, self._worst)
                found, left = self._decided(unit, one, two, sure=number in sure) if self._open else (0.0, 0.0)
                low += scale * (least + found)
                high += scale * max(least + found, most - left)
                slack += flows[number]
        return Interval(self.calm * low, self.calm * high + slack * self.beyond(1))

    def given(self, unit: str, own: list[int]) -> list[float]:
        """P(down, and at most one other unit is) given each state of a unit, "up" or "none" first; the middle."""
        scale = self.calm / self._up[unit]
        sides = self._best, self._worst
        rest = [
            sum(side.few.down(state) + side.met(unit, state) for side in sides) / 2 + self._leaning(unit, state)
            for state in (None, *own)
        ]
        return [scale * each for each in rest]

    def _leaning(self, unit: str, state: int | None) -> float:
        """By how much the odds of the worlds that are known differ from the middle, given one unit's state."""
        unit_of = self._few.states.unit
        found = 0.0
        for world, p in self._open.items():
            others = tuple(each for each in world if each != state)
            if (state is None or len(others) < len(world)) and not any(unit_of[each] == unit for each in others):
                found += self._weight(others) * (p - 0.5) if len(others) < 2 else 0.0
        return found

    def shares(self) -> dict[int, float]:
        """The lower end of U, booked on the states; what is down by design is left out."""
        few, found = self._few, dict[int, float]()
        part = defaultdict[int, float](float)
        same = defaultdict[str, float](float)
        for world, p in self._open.items():
            if len(world) == 1:
                same[few.states.unit[world[0]]] += self._odds[world[0]] * p
            for one, two in (world, world[::-1]) if len(world) == 2 else ():
                part[one] += self._odds[two] * p
        nothing, singles = self._open.get((), 0.0), sum(same.values())
        for unit, own in few.units:
            others = self._sum_all - self._all[unit]
            before = self._best.sum_alone - self._best.alone[unit] + singles - same[unit]
            for state in own:
                gain = (state in few.alone) - few.always + self._open.get((state,), 0.0) - nothing
                pairs = (self._best.met(unit, state) + part[state] - before + gain * others) / 2
                found[state] = self.calm * self._odds[state] * (gain + pairs)
        return found

    def _started(self, unit: str, before: int | None, after: int | None, up: _Side, down: _Side) -> float:
        """The odds of nothing or one other state with which one side is up before a flow and the other down after it."""
        odds, held, gone = self._odds, up.few, down.few
        total = float(gone.down(after) and not held.down(before))
        falls = before not in held.alone
        fatal = falls and after in gone.alone
        if fatal:
            total += self._sum_all - self._all[unit] - up.sum_alone + up.alone[unit]
        elif falls and down is not up:
            total += sum(odds[two] for two in gone.alone - held.alone if self._few.states.unit[two] != unit)
        strange = {
            two
            for side in (held, gone)
            for state in (before, after)
            if state is not None
            for two in side.exceptions(state)
        }
        for two in strange:
            really = gone.down(after, two) and not held.down(before, two)
            usual = falls and two not in held.alone and (after in gone.alone or two in gone.alone)
            total += odds[two] * (really - usual)
        return total

    def _decided(self, unit: str, before: int | None, after: int | None, *, sure: bool) -> tuple[float, float]:
        """Where choices matter and are known: the odds with which a flow takes it down, and with which it does not.

        `sure` says that the flow never brings it back.
        """
        found = left = 0.0
        met = {None, *self._met_with[before], *self._met_with[after]}
        for other in met:
            if other is not None and self._few.states.unit[other] == unit:
                continue
            worlds = _world(before, other), _world(after, other)
            if not any(world in self._open for world in worlds):
                continue
            p = self._falls(*worlds, sure=sure)
            if p is None:
                continue
            weight = 1.0 if other is None else self._odds[other]
            most = self._worst.few.down(after, other) and not self._best.few.down(before, other)
            found += weight * p
            left += weight * (most - p)
        return found, left

    def _falls(self, before: World, after: World, *, sure: bool) -> float | None:
        """P(up in the one world and down in the other), if that is known."""
        known = self._few.open
        roots = self._root(before), self._root(after)
        if known is None or roots[0] is None or roots[1] is None:
            return None
        if sure:
            return max(self._weights[roots[1]] - self._weights[roots[0]], 0.0)
        try:
            node = known.lost(roots[0], roots[1])
        except TooManyNodesError:
            return None
        return known.weigh(self._chances, self._weights)[node]

    def _root(self, world: World) -> int | None:
        """What decides in a world; false or true where choices do not matter, nothing where it is not known."""
        known = self._few.open
        if known is not None and world in known.roots:
            return known.roots[world]
        one, two = (*world, None, None)[:2]
        down = self._best.few.down(one, two)
        return int(not down) if down == self._worst.few.down(one, two) else None


def _world(one: int | None, two: int | None) -> World:
    """The world with these states."""
    return tuple(sorted(state for state in (one, two) if state is not None))
