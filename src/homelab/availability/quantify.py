"""The figures of every service: unavailability, outages per year, mean outage, the chance of a year without one.

    evaluate(system)                     once
    Evaluator(system).result(rates=…)    again and again with other rates, on the diagrams built once

All exact, for parts that fail independently: U is a sum over the diagram, W the sum over all flows that can take the
service down of their frequency times P(it was up before and is down after).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace

from homelab.availability.chains import AgeChain, Source, chances_of, flows_of, slopes_of
from homelab.availability.compiled import Compiled, compile_system
from homelab.availability.order import exclusive_unit
from homelab.availability.parts import HOURS_PER_YEAR, Exclusive, Rate
from homelab.availability.program import Program
from homelab.availability.system import System
from homelab.errors import Undecidable

NODE_LIMIT = 2_000_000
PLAIN = (0,)
"""The harmful flow of a part nobody asks for its age: up → down."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One service: the share of time down, and outages per hour."""

    unavailability: float
    frequency: float

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


def evaluate(system: System, *, node_limit: int = NODE_LIMIT) -> Result:
    """The figures of a system.

    Raises:
        Undecidable: the model is wrong (all mistakes) or too large (the service is named).
    """
    return Evaluator(system, node_limit=node_limit).result()


class Evaluator:
    """A system compiled once; every question after that is a pass over the same diagrams.

    Without `frequencies` only `unavailabilities` can be asked, in a fraction of the time: what a what-if compares.
    """

    def __init__(
        self,
        system: System,
        *,
        node_limit: int = NODE_LIMIT,
        previous: Evaluator | None = None,
        frequencies: bool = True,
    ) -> None:
        system.validate()
        self.system = system
        before = previous.compiled if previous else None
        self.compiled: Compiled = compile_system(system, node_limit, before, frequencies=frequencies)
        self.frequencies = frequencies
        self._node_limit = node_limit
        roots = [*self.compiled.roots.values(), *self.compiled.starts.values()]
        self._program = Program.of(self.compiled.diagrams, roots)
        self._root = dict(zip(self.compiled.roots, self._program.roots, strict=False))
        self._starts = dict(zip(self.compiled.starts, self._program.roots[len(self._root) :], strict=True))
        self._own: dict[str, Program] = {}
        self._groups = self._group()
        self._base = self._figure()

    @property
    def size(self) -> int:
        """Nodes of all diagrams together."""
        return self._program.size

    def changed(self, system: System) -> Evaluator:
        """An evaluator of a similar system, built upon these diagrams: what did not change is not built again.

        Raises:
            Undecidable: as `evaluate`.
        """
        if not self.frequencies and (rates := _other_rates(self.system, system)) is not None:
            system.validate()
            again = copy(self)
            again._answer_for(system, self.figured(rates))  # noqa: SLF001 -- our own copy
            return again
        return Evaluator(system, node_limit=self._node_limit, previous=self, frequencies=self.frequencies)

    def _answer_for(self, system: System, figured: Figured) -> None:
        """Take another system's chances for these diagrams."""
        self.system, self._base = system, figured

    def result(
        self, rates: Mapping[str, Rate] | None = None, exclusives: Mapping[str, Exclusive] | None = None
    ) -> Result:
        """The figures with some parts' rates, or some exclusives' shares, replaced for this question.

        Raises:
            Undecidable: the evaluator was made without frequencies.
        """
        if not self.frequencies:
            raise Undecidable("how often a service fails was left out of this model")
        figured = self.figured(rates, exclusives)
        failure = self._program.failure(figured.chances)
        figures = {}
        for moves, services in self._groups:
            drift = self._program.drift(figured.chances, self._slopes(figured, moves), failure)
            for service in services:
                root = self._root[service]
                frequency = drift[root] + sum(self._mixed(service, figured, failure).values())
                figures[service] = Figures(failure[root], max(frequency, 0.0))
        return Result({service: figures[service] for service in self._root})

    def unavailabilities(self, figured: Figured) -> dict[str, float]:
        """U of every service alone, in half the time of `result`."""
        failure = self._program.failure(figured.chances)
        return {service: failure[root] for service, root in self._root.items()}

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

    def _figure(self) -> Figured:
        """The chances of the system as it is."""
        chances: dict[int, float] = {}
        sources: dict[str, Source] = {}
        for unit, chain in self.compiled.chains.items():
            source = chain.part.rate if isinstance(chain, AgeChain) else chain.exclusive
            sources[unit] = source
            chances.update(enumerate(chances_of(chain, source), chain.first))
        return Figured(chances, sources)

    def _group(self) -> list[tuple[dict[str, tuple[int, ...]], list[str]]]:
        """Services that agree on which flows harm share one pass; mostly that is all of them."""
        groups: list[tuple[dict[str, tuple[int, ...]], list[str]]] = []
        for service, harm in self.compiled.harms.items():
            for moves, services in groups:
                if all(moves.get(unit, numbers) == numbers for unit, numbers in harm.harmful.items()):
                    moves.update(harm.harmful)
                    services.append(service)
                    break
            else:
                groups.append((dict(harm.harmful), [service]))
        return groups

    def _slopes(self, figured: Figured, moves: Mapping[str, tuple[int, ...]]) -> dict[int, float]:
        """How all chances drift while probability flows along the harmful moves."""
        slopes: dict[int, float] = {}
        for unit, chain in self.compiled.chains.items():
            slopes.update(enumerate(slopes_of(chain, figured.sources[unit], moves.get(unit, PLAIN)), chain.first))
        return slopes

    def mixed_shares(self, service: str, figured: Figured) -> dict[str, float]:
        """Outages an hour by flows that harm in some cases and help in others, by the unit that flows."""
        return self._mixed(service, figured, self._program.failure(figured.chances))

    def _mixed(self, service: str, figured: Figured, failure: list[float]) -> dict[str, float]:
        """As `mixed_shares`, from failure probabilities that are known already."""
        found: dict[str, float] = {}
        for unit, number in self.compiled.harms[service].mixed:
            flow = flows_of(self.compiled.chains[unit], figured.sources[unit])[number]
            found[unit] = found.get(unit, 0.0) + flow * failure[self._starts[service, unit, number]]
        return found
