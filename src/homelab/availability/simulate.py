"""The second road: the same system lived through, event by event, with confidence intervals.

Every part alternates between up and down, every exclusive wanders between none and its stays; gates are evaluated as
written. Nothing is shared with the exact road but the model, so that the two check each other. It answers what is too
large for diagrams as well, slowly: 1 % of relative error takes about 10,000 (1 + cv²) outages.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from homelab.availability.engine.chains import AgeChain, Chain, StayChain
from homelab.availability.engine.circuit import Circuit
from homelab.availability.engine.compiled import chains_of
from homelab.availability.parts import HOURS_PER_YEAR, Stay
from homelab.availability.system import System

BATCHES = 30
AGE = HOURS_PER_YEAR
"""Mean hours between two draws of a choice."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with the half-width of its confidence interval."""

    mean: float
    half_width: float

    def covers(self, value: float) -> bool:
        """Whether the interval holds the value."""
        return abs(self.mean - value) <= self.half_width


@dataclass(frozen=True, slots=True)
class Simulated:
    """One service: unavailability, and outages per year."""

    unavailability: Estimate
    outages_per_year: Estimate


def simulate(system: System, *, years: float, seed: int, confidence: float = 0.95) -> dict[str, Simulated]:
    """Live through `years`, in 30 equal batches after one that is thrown away, and estimate every service.

    Raises:
        Undecidable: the model is wrong.
    """
    system.validate()
    span = years * HOURS_PER_YEAR / BATCHES
    run = Run(system, random.Random(seed))  # noqa: S311  # a sample, not a secret
    run.until(span)
    batches: list[dict[str, tuple[float, int]]] = []
    for number in range(BATCHES):
        run.clear()
        run.until((number + 2) * span)
        batches.append(run.tally())
    result = {}
    for service in system.services:
        down = estimate([batch[service][0] / span for batch in batches], confidence)
        outages = estimate([batch[service][1] / span * HOURS_PER_YEAR for batch in batches], confidence)
        result[service] = Simulated(down, outages)
    return result


class Run:
    """One life of a system: a clock, a heap of what happens next, and for each service what it was down so far."""

    def __init__(self, system: System, source: random.Random) -> None:
        chains = chains_of(system)
        self._circuit = Circuit(system, chains)
        self._services = list(system.services)
        self._now = 0.0
        self._since: dict[str, float | None] = {}
        self._down = dict.fromkeys(self._services, 0.0)
        self._outages = dict.fromkeys(self._services, 0)
        self._lives = {unit: _life(chain, source) for unit, chain in chains.items()}
        self._heap: list[tuple[float, str, int]] = []
        for unit in chains:
            self._schedule(unit, 0.0)
        for service in self._services:
            self._since[service] = None if self._circuit.up(service) else 0.0

    def until(self, end: float) -> None:
        """Go on to a time, in hours."""
        while self._heap and self._heap[0][0] <= end:
            self._now, unit, state = heapq.heappop(self._heap)
            self._circuit.set(unit, state)
            self._schedule(unit, self._now)
            self._look()
        self._now = end

    def clear(self) -> None:
        """Begin to count anew; what is down stays down."""
        for service in self._services:
            self._down[service] = 0.0
            self._outages[service] = 0
            if self._since[service] is not None:
                self._since[service] = self._now

    def tally(self) -> dict[str, tuple[float, int]]:
        """Hours down and outages begun since `clear`, by service."""
        open_ = {service: self._now - since for service, since in self._since.items() if since is not None}
        return {
            service: (self._down[service] + open_.get(service, 0.0), self._outages[service])
            for service in self._services
        }

    def _schedule(self, unit: str, now: float) -> None:
        """What happens to a unit next, if anything ever does."""
        wait, state = next(self._lives[unit])
        if math.isfinite(wait):
            heapq.heappush(self._heap, (now + wait, unit, state))

    def _look(self) -> None:
        """Note which services went down or came back."""
        for service in self._services:
            since = self._since[service]
            if self._circuit.up(service):
                if since is not None:
                    self._down[service] += self._now - since
                    self._since[service] = None
            elif since is None:
                self._outages[service] += 1
                self._since[service] = self._now


def _life(chain: Chain, source: random.Random) -> Iterator[tuple[float, int]]:
    """The states of a unit for ever: how long until the next one, and which it is."""
    return _ages(chain, source) if isinstance(chain, AgeChain) else _stays(chain, source)


def _ages(chain: AgeChain, source: random.Random) -> Iterator[tuple[float, int]]:
    """Up for an exponential time; then down, through all ages that the outage lives to see."""
    rate = chain.part.rate
    while True:
        yield source.expovariate(1.0) * rate.mttf, 1
        length = chain.part.shape.draw(source, rate.mttr)
        before = 0.0
        for state, delay in enumerate(chain.delays, 2):
            if length <= delay:
                break
            yield delay - before, state
            before = delay
        yield length - before, 0


def _stays(chain: StayChain, source: random.Random) -> Iterator[tuple[float, int]]:
    """None for an exponential time; then a stay, drawn by how often it is visited, of its mean length."""
    stays = list(chain.exclusive.stays.values())
    if chain.exclusive.chosen:
        yield from _choices(stays, source)
    visits = [stay.visits for stay in stays]
    free = 1.0 - sum(stay.share for stay in stays)
    after = {list(chain.exclusive.stays).index(stay.follows): at for at, stay in enumerate(stays) if stay.follows}
    while sum(visits) > 0:
        state: int | None = source.choices(range(len(stays)), visits)[0]
        often = visits[state or 0]
        wait = source.expovariate(sum(visits)) * free
        while state is not None:
            yield wait, state + 1
            wait, state = stays[state].share / often, after.get(state)
        yield wait, 0
    yield math.inf, 0


def _choices(stays: list[Stay], source: random.Random) -> Iterator[tuple[float, int]]:
    """One of them from the beginning, and drawn anew so rarely that drawing itself starts no outage worth counting."""
    wait = 0.0
    while True:
        yield wait, source.choices(range(len(stays)), [stay.share for stay in stays])[0] + 1
        wait = source.expovariate(1.0) * AGE


def estimate(values: list[float], confidence: float) -> Estimate:
    """Mean and half-width of Student's interval over batches."""
    error = stdev(values) / math.sqrt(len(values))
    return Estimate(fmean(values), student(confidence, len(values) - 1) * error)


def student(confidence: float, freedom: int) -> float:
    """The two-sided quantile of Student's t, by the expansion in 1/freedom (1e-3 at 29 degrees)."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    first = (z**3 + z) / (4 * freedom)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return z + first + second
