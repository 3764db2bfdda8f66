"""The figures of every service: unavailability, outages per year, mean outage, the chance of a year without one.

    evaluate(system)                     once
    Evaluator(system).result(rates=…)    again and again with other rates, on the diagrams built once

Exact where the diagram of a service fits into the budget, for parts that fail independently: U is a sum over the
diagram, W the sum over all flows that can take the service down of their frequency times P(it was up before and is
down after). Where it does not fit, both are intervals: see `few` and `bounds`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, partial

from homelab.availability.engine import fast
from homelab.availability.engine.bounds import Bounds, Interval, Odds
from homelab.availability.engine.chains import AgeChain, Source, chances_of, conditionals_of, flows_of, slopes_of
from homelab.availability.engine.choices import looked_at, rails
from homelab.availability.engine.compiled import BUDGET, Budget, Compiled, compile_system
from homelab.availability.engine.few import Few
from homelab.availability.engine.many import share
from homelab.availability.engine.netlist import Netlist
from homelab.availability.engine.order import exclusive_unit
from homelab.availability.engine.program import Program, crossing
from homelab.availability.engine.swift import Swift
from homelab.availability.engine.worlds import States, Worlds
from homelab.availability.parts import HOURS_PER_YEAR, Exclusive, Rate
from homelab.availability.system import System

WIDE = 1.1
"""Times its lower end that an interval may reach before what it leaves open is sampled."""
WORK = 1_000_000
"""Units that are down in all worlds that are sampled for all services together."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One service: the share of time down, and outages per hour.

    Where these are not exact, they are the middles of `within` and `often`.
    """

    unavailability: float
    frequency: float
    within: Interval | None = None
    often: Interval | None = None

    @property
    def availability(self) -> float:
        """The share of time up."""
        return 1.0 - self.unavailability

    @property
    def downtime_hours(self) -> float:
        """Hours down in a year of 8,760."""
        return HOURS_PER_YEAR * self.unavailability

    @property
    def downtime_minutes(self) -> float:
        """Minutes down in a year."""
        return 60.0 * self.downtime_hours

    @property
    def outages_per_year(self) -> float:
        """W, how often a year the service goes down."""
        return HOURS_PER_YEAR * self.frequency

    @property
    def mean_outage_hours(self) -> float:
        """U / W; zero for a service that never goes down, infinite for one that never comes up."""
        if self.frequency > 0:
            return self.unavailability / self.frequency
        return math.inf if self.unavailability > 0 else 0.0

    @property
    def quiet_year(self) -> float:
        """P(no outage in a year), as if outages came at random: exp(-W)."""
        return math.exp(-self.outages_per_year)


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of all services of a system."""

    services: Mapping[str, Figures]

    def __getitem__(self, service: str) -> Figures:
        return self.services[service]


@dataclass(frozen=True, slots=True)
class Figured:
    """The chance of every level's variable, with the rates (or exclusives) they came from."""

    chances: dict[int, float]
    sources: Mapping[str, Source]


def _other_rates(before: System, now: System) -> dict[str, Rate] | None:
    """The rates in which two systems differ; None when more than rates differs, so that diagrams must be built."""
    same = before.gates == now.gates and before.services == now.services and before.exclusives == now.exclusives
    if not same or before.parts.keys() != now.parts.keys():
        return None
    rates = {}
    for name, part in now.parts.items():
        if part != before.parts[name]:
            if part != replace(before.parts[name], rate=part.rate):
                return None
            rates[name] = part.rate
    return rates


def evaluate(system: System, *, budget: Budget = BUDGET) -> Result:
    """The figures of a system.

    Raises:
        Undecidable: the model is wrong (all mistakes).
    """
    return Evaluator(system, budget=budget).result()


class Evaluator:
    """A system compiled once; every question after that is a pass over the same diagrams, or the same few worlds."""

    def __init__(self, system: System, *, budget: Budget = BUDGET, previous: Evaluator | None = None) -> None:
        system.validate()
        self.system = system
        self.compiled: Compiled = compile_system(system, budget, previous.compiled if previous else None)
        self._budget = budget
        self._program = Program.of(self.compiled.diagrams, list(self.compiled.roots.values()))
        self._root = dict(zip(self.compiled.roots, self._program.roots, strict=True))
        self.few = self._look()
        self._own: dict[str, Program] = {}
        self._groups = self._group()
        self._base = self._figure()
        self._leans: dict[str, float] | None = None

    def _look(self) -> dict[str, Few]:
        """The worlds with few failures of the services that are not exact."""
        over = self.compiled.over
        if not over:
            return {}
        return looked_at(self.system, self.compiled.chains, over)

    @property
    def size(self) -> int:
        """Nodes of all diagrams together."""
        return self._program.size

    def changed(self, system: System) -> Evaluator:
        """An evaluator of a similar system, built upon these diagrams: what did not change is not built again.

        Raises:
            Undecidable: as `evaluate`.
        """
        if (rates := _other_rates(self.system, system)) is not None:
            system.validate()
            again = copy(self)
            again._answer_for(system, self.figured(rates))  # noqa: SLF001 -- our own copy
            return again
        return Evaluator(system, budget=self._budget, previous=self)

    def _answer_for(self, system: System, figured: Figured) -> None:
        """Take another system's chances for these diagrams."""
        self.system, self._base = system, figured

    def result(
        self, rates: Mapping[str, Rate] | None = None, exclusives: Mapping[str, Exclusive] | None = None
    ) -> Result:
        """The figures with some parts' rates, or some exclusives' shares, replaced for this question."""
        figured = self.figured(rates, exclusives)
        failure = self._program.failure(figured.chances)
        figures = {}
        for harmful, services in self._groups:
            drift = self._program.drift(figured.chances, self._slopes(figured, harmful), failure)
            for service in services:
                root = self._root[service]
                frequency = drift[root] + sum(self.mixed_shares(service, figured).values())
                figures[service] = Figures(failure[root], max(frequency, 0.0))
        figures |= self._bounded(figured)
        return Result({service: figures[service] for service in self.system.services})

    def unavailabilities(self, figured: Figured, *, times: int = 1) -> dict[str, float]:
        """U of every service alone, in half the time of `result`, and in a tenth where the extra `uptime` compiles it.

        `times` is how often it is asked with other chances: often enough, and the compiler is worth its import.
        """
        odds = self._odds(figured)
        if (swift := self._compiled(times)) is not None:
            failures = swift.failures(figured.chances)
            exact = dict(zip(self._root, failures, strict=True))
            ends = zip(self.few, *swift.intervals(odds), strict=True)
            rough = {service: self._towards(service, low, beyond) for service, low, beyond in ends}
        else:
            failure = self._program.failure(figured.chances)
            exact = {service: failure[root] for service, root in self._root.items()}
            rough = {service: self.middle(service, Bounds(known, odds)) for service, known in self.few.items()}
        return {service: (exact if service in exact else rough)[service] for service in self.system.services}

    def _compiled(self, times: int) -> Swift | None:
        """Compiled loops, where they are installed and there is much to do."""
        plain = not any(known.open for known in self.few.values())
        return self._swift if plain and fast.installed() and self._work * times >= fast.MUCH else None

    @cached_property
    def _work(self) -> int:
        """Nodes and pairs that one question looks at."""
        return self.size + sum(len(others) for known in self.few.values() for others in known.more.values())

    @cached_property
    def _swift(self) -> Swift:
        """All diagrams and few worlds as arrays."""
        return Swift(self._program, self.few)

    def figured(
        self, rates: Mapping[str, Rate] | None = None, exclusives: Mapping[str, Exclusive] | None = None
    ) -> Figured:
        """The chances that follow from the system, with some sources replaced."""
        if not rates and not exclusives:
            return self._base
        changed: dict[str, Source] = {**(rates or {})}
        changed |= {exclusive_unit(name): exclusive for name, exclusive in (exclusives or {}).items()}
        chances = dict(self._base.chances)
        for unit, source in changed.items():
            if unit in self.compiled.chains:
                chain = self.compiled.chains[unit]
                chances.update(enumerate(chances_of(chain, source), chain.first))
        return Figured(chances, {**self._base.sources, **changed})

    def own(self, service: str) -> Program:
        """The diagram of one service alone, laid out once."""
        if service not in self._own:
            self._own[service] = Program.of(self.compiled.diagrams, [self.compiled.roots[service]])
        return self._own[service]

    def bounds(self, service: str, figured: Figured) -> Bounds:
        """A service that is not exact, with the odds of these chances."""
        return Bounds(self.few[service], self._odds(figured))

    def given(self, service: str, figured: Figured) -> dict[str, list[float]]:
        """P(down) given each state of every unit that matters; where it is not exact, with at most one other unit down."""
        chains = self.compiled.chains
        if service in self.few:
            bounds = self.bounds(service, figured)
            return {unit: bounds.given(unit, own) for unit, own in self.few[service].units}
        program = self.own(service)
        failure = program.failure(figured.chances)
        gradient = program.gradient(program.roots[0], figured.chances, failure)
        found = {}
        for unit, chain in chains.items():
            levels = range(chain.first, chain.first + chain.width)
            if any(level in gradient for level in levels):
                slopes = [gradient.get(level, 0.0) for level in levels]
                found[unit] = conditionals_of(chain, figured.sources[unit], failure[program.roots[0]], slopes)
        return found

    def harmful(self, service: str, unit: str) -> tuple[int, ...]:
        """The flows of a unit that can only harm a service."""
        return self.compiled.flows.numbers(unit, self.compiled.harms[service].harmful)

    def mixed_shares(self, service: str, figured: Figured) -> dict[str, float]:
        """Outages an hour by flows that harm in some cases and help in others, by the unit that flows."""
        found: dict[str, float] = {}
        compiled = self.compiled
        for unit, number in compiled.flows.units(compiled.harms[service].mixed):
            chain = compiled.chains[unit]
            before, after = (chain.fixing(state) for state in chain.moves[number])
            flow = flows_of(chain, figured.sources[unit])[number]
            lost = crossing(compiled.diagrams, compiled.roots[service], (before, after), figured.chances)
            found[unit] = found.get(unit, 0.0) + flow * lost
        return found

    def _figure(self) -> Figured:
        """The chances of the system as it is."""
        chances: dict[int, float] = {}
        sources: dict[str, Source] = {}
        for unit, chain in self.compiled.chains.items():
            source = chain.part.rate if isinstance(chain, AgeChain) else chain.exclusive
            sources[unit] = source
            chances.update(enumerate(chances_of(chain, source), chain.first))
        return Figured(chances, sources)

    def _group(self) -> list[tuple[int, list[str]]]:
        """Services that agree on which flows harm share one pass; mostly that is all of them."""
        groups: list[tuple[int, int, list[str]]] = []
        for service in self._root:
            harm = self.compiled.harms[service]
            for number, (harmful, noticed, services) in enumerate(groups):
                if not (harmful ^ harm.harmful) & noticed & harm.cared:
                    groups[number] = harmful | harm.harmful, noticed | harm.cared, services
                    services.append(service)
                    break
            else:
                groups.append((harm.harmful, harm.cared, [service]))
        return [(harmful, services) for harmful, _, services in groups]

    def _slopes(self, figured: Figured, harmful: int) -> dict[int, float]:
        """How all chances drift while probability flows along the harmful moves."""
        slopes: dict[int, float] = {}
        for unit, chain in self.compiled.chains.items():
            moves = self.compiled.flows.numbers(unit, harmful)
            slopes.update(enumerate(slopes_of(chain, figured.sources[unit], moves), chain.first))
        return slopes

    def _odds(self, figured: Figured) -> Odds:
        """The odds of all states, where a service needs them."""
        return Odds.of(self.compiled.chains if self.few else {}, figured.chances)

    def middle(self, service: str, bounds: Bounds) -> float:
        """U of a service that is not exact: where its interval is wide, as far up as a sample at the first rates says."""
        within = bounds.unavailability()
        return self._towards(service, within.low, within.high - within.low)

    def _towards(self, service: str, low: float, beyond: float) -> float:
        """The same from the ends."""
        return low + self._leaning().get(service, 0.5) * min(beyond, 1.0 - low)

    def _leaning(self) -> dict[str, float]:
        """For the services with wide intervals, the share of what is left open in which they are down."""
        if self._leans is None:
            self._leans = {}
            self._bounded(self._base)
        return self._leans

    def _bounded(self, figured: Figured) -> dict[str, Figures]:
        """The intervals of U and W of all services that are not exact."""
        compiled, odds = self.compiled, self._odds(figured)
        found: dict[str, Figures] = {}
        for service, known in self.few.items():
            flows = partial(compiled.flows.numbers, bits=compiled.harms[service].noticed)
            bounds = Bounds(known, odds)
            harmful = partial(compiled.flows.numbers, bits=compiled.harms[service].harmful)
            often = bounds.frequency(compiled.chains, figured.sources, flows, harmful)
            within = bounds.unavailability()
            found[service] = Figures(within.middle, often.middle, within, often)
        wide = [service for service, each in found.items() if each.within and each.within.ratio > WIDE]
        for service in wide:
            within = self._sampled(service, odds, WORK // len(wide))
            found[service] = replace(found[service], unavailability=within.middle, within=within)
        return found

    def _sampled(self, service: str, odds: Odds, work: int) -> Interval:
        """An interval that is too wide, by a sample of what it leaves open."""
        bounds = Bounds(self.few[service], odds)
        within, beyond = bounds.unavailability(), bounds.beyond()
        both = rails(self.system, [service])
        worlds = Worlds(Netlist.of(both), self.compiled.chains, States.of(self.compiled.chains))
        worst, *best = (share(worlds, rail, self.few[service], odds, work=work) for rail in both.services)
        low = within.low + (best[0] if best else worst).low * beyond
        high = min(within.high, max(within.high - (1.0 - worst.high) * beyond, low))
        found = Interval(low, high, worst.confidence)
        if self._leans is not None and within.high > within.low:
            self._leans.setdefault(service, (found.middle - within.low) / (within.high - within.low))
        return found
