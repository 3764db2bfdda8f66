"""What the worlds with three or more units down weigh, from a sample of them, where bounds alone leave too much open.

Worlds are drawn from exactly these, with their own chances: the next unit that is down is found by its share of what is
left to happen, so that none is drawn in vain. The share of them in which the service is down is a proportion, and has
Wilson's interval. The same seed draws the same worlds.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import NormalDist

from homelab.availability.engine.bounds import Interval, Odds
from homelab.availability.engine.few import Few
from homelab.availability.engine.worlds import Worlds

LEAST = 3
OFTEN = 0.05
"""Where so many worlds have three or more units down, all are drawn and the others are put aside."""
BLOCK = 1 << 16
"""Worlds of a sample, where its work allows."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """One unit: its chance to be up, and its states with the odds among them, cumulated."""

    up: float
    states: Sequence[int]
    odds: Sequence[float]

    def draw(self, source: random.Random) -> int:
        """One of its states."""
        if len(self.states) == 1:
            return self.states[0]
        return self.states[min(bisect_right(self.odds, source.random() * self.odds[-1]), len(self.states) - 1)]


def share(worlds: Worlds, service: str, few: Few, odds: Odds, *, work: int, seed: int = 1) -> Interval:
    """P(the service is down, given that three or more units are), with 95 % confidence; `work` is how many are drawn."""
    units = [
        _Unit(odds.up[unit], own, list(accumulate(odds.state[state] for state in own)))
        for unit, own in few.units
        if odds.up[unit] < 1
    ]
    if len(units) < LEAST:
        return Interval(0.0, 0.0)
    mean = sum(1.0 - unit.up for unit in units)
    count = min(BLOCK, max(int(work / max(mean, LEAST)), 100))
    source = random.Random(seed)  # noqa: S311  # a sample, not a secret
    draw = _Draw(units)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for world in range(count):
        for number in draw.world(source):
            places[units[number].draw(source)].append(world)
    size = (count + 7) // 8
    inside = {state: _marked(where, size) for state, where in places.items()}
    down = worlds.down(inside, (1 << count) - 1)[service].bit_count()
    return wilson(down, count, 0.95)


def _marked(worlds: Sequence[int], size: int) -> int:
    """These worlds, as bits."""
    mask = bytearray(size)
    for world in worlds:
        mask[world >> 3] |= 1 << (world & 7)
    return int.from_bytes(mask, "little")


def wilson(hits: int, tried: int, confidence: float) -> Interval:
    """Wilson's score interval of a proportion."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (hits + z * z / 2) / (tried + z * z)
    half = z / (tried + z * z) * math.sqrt(hits * (tried - hits) / tried + z * z / 4)
    low, high = max(middle - half, 0.0), min(middle + half, 1.0)
    return Interval(low if hits else 0.0, high if hits < tried else 1.0, confidence)


class _Draw:
    """Which units are down, in worlds where at least three are."""

    def __init__(self, units: Sequence[_Unit]) -> None:
        self._hazard = list(accumulate((-math.log(unit.up) for unit in units), initial=0.0))
        calm = [math.exp(-hazard) for hazard in self._hazard]
        tails = [[1.0] * (len(units) + 1)]
        self._next: list[list[float]] = [[]]
        for _ in range(LEAST):
            tail = [0.0] * (len(units) + 1)
            for number in range(len(units) - 1, -1, -1):
                up = units[number].up
                tail[number] = up * tail[number + 1] + (1.0 - up) * tails[-1][number + 1]
            gains = (calm[i] * (1.0 - unit.up) * tails[-1][i + 1] for i, unit in enumerate(units))
            self._next.append(list(accumulate(gains, initial=0.0)))
            tails.append(tail)
        self._chance = tails[LEAST][0]

    def world(self, source: random.Random) -> list[int]:
        """The numbers of the units that are down, ascending."""
        if self._chance > OFTEN:
            while True:
                found = self._free(source, 0)
                if len(found) >= LEAST:
                    return found
        found = []
        place = 0
        for missing in range(LEAST, 0, -1):
            sums = self._next[missing]
            goal = sums[place] + source.random() * (sums[-1] - sums[place])
            place = min(bisect_right(sums, goal), len(sums) - 1)
            found.append(place - 1)
        return found + self._free(source, place)

    def _free(self, source: random.Random, place: int) -> list[int]:
        """The units from a place on that are down, whatever came before."""
        found = []
        last = len(self._hazard) - 1
        while place < last:
            goal = self._hazard[place] + source.expovariate(1.0)
            place = bisect_right(self._hazard, goal)
            if place <= last:
                found.append(place - 1)
        return found
