"""The simulation with compiled loops: the same lives as in `simulate`, drawn unit by unit, sorted by time, and swept.

For the extra `uptime` alone: many events in little time. Draws come in another order than in `simulate`, so that the two agree as
samples do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import accumulate
from typing import Any

from homelab.availability.engine import fast
from homelab.availability.engine.chains import AgeChain, Chain, truth_of
from homelab.availability.engine.compiled import chains_of
from homelab.availability.engine.netlist import Netlist
from homelab.availability.engine.order import unit_of
from homelab.availability.gates import All, Any_, AtLeast, Constant, Gate, Not
from homelab.availability.parts import HOURS_PER_YEAR
from homelab.availability.shapes import Erlang, Exponential, Fixed, Lognormal, Shape
from homelab.availability.simulate import BATCHES, Simulated, estimate
from homelab.availability.system import System
from homelab.errors import Undecidable

EVENTS = 100_000
"""Events drawn and sorted at once."""


def simulate(system: System, *, years: float, seed: int, confidence: float = 0.95) -> dict[str, Simulated]:
    """As `homelab.availability.simulate.simulate`; it needs numba.

    Raises:
        Undecidable: the model is wrong, or has choices or states that follow others, which these loops do not know.
    """
    system.validate()
    for name, each in system.exclusives.items():
        if each.chosen or any(stay.follows for stay in each.stays.values()):
            raise Undecidable(f"the compiled simulation knows no choices and no states that follow: {name} has some")
    span = years * HOURS_PER_YEAR / BATCHES
    life = Life(system, seed)
    life.until(span)
    tallies = []
    for number in range(BATCHES):
        life.clear()
        life.until((number + 2) * span)
        tallies.append(life.tally())
    return {
        service: Simulated(
            estimate([down[place] / span for down, _ in tallies], confidence),
            estimate([outages[place] / span * HOURS_PER_YEAR for _, outages in tallies], confidence),
        )
        for place, service in enumerate(system.services)
    }


class Life:
    """One life of a system: arrays of units and gates, and a clock; `events` counts all changes."""

    def __init__(self, system: System, seed: int) -> None:
        self._np = import_module("numpy")
        self._random = self._np.random.default_rng(seed)
        chains = chains_of(system)
        self._units = _Units.of(chains)
        self._gates = Gates(Netlist.of(system), chains, list(system.services))
        self.events = 0
        self._now = 0.0
        self._rate = max(sum(_changes(chain) for chain in chains.values()), 1e-12)
        units = self._units
        none = [0.0] * len(chains)
        self._moving = fast.real(units.until), fast.whole(units.goal), fast.real(none), fast.real(none)
        self._fixed = (
            *map(fast.real, (units.up, units.mean, units.shape)),
            *(fast.whole(units.delays), fast.real(units.delay)),
            *(fast.real(units.visits), fast.real(units.hours), fast.whole(units.stay)),
        )
        self._first_draws()
        self._since = fast.real([-1.0 if up else 0.0 for up in self._gates.up()])
        self._down, self._outages = fast.empty(len(self._since)), fast.empty(len(self._since))
        self._sweep = self._gates.arrays()
        self._room = self._gates.room()

    def until(self, end: float) -> None:
        """Go on to a time, in hours."""
        while self._now < end:
            before, self._now = self._now, min(end, self._now + EVENTS / self._rate)
            times, units, states = self._draw(self._now)
            heads, taken, order = (self._np.empty(len(times) + more, "int32") for more in (1, 0, 0))
            fast.compiled("sort")(times, (before, self._now), heads, taken, order)
            counts = self._since, self._down, self._outages
            fast.compiled("sweep")(order, (times, units, states), self._sweep, counts, self._room)
            self.events += len(order)

    def clear(self) -> None:
        """Begin to count anew; what is down stays down."""
        self._down[:] = 0.0
        self._outages[:] = 0.0
        self._since[self._since >= 0] = self._now

    def tally(self) -> tuple[list[float], list[float]]:
        """Hours down and outages begun since `clear`, service by service."""
        open_ = self._np.where(self._since >= 0, self._now - self._since, 0.0)
        places = self._gates.places
        return (self._down + open_)[places].tolist(), self._outages[places].tolist()

    def _first_draws(self) -> None:
        """When each unit first leaves up, or none."""
        waits = self._random.standard_exponential(len(self._units.up))
        until = self._moving[0]
        for number, mean in enumerate(self._units.up):
            until[number] = waits[number] * mean if self._units.often[number] else math.inf
        for number in range(len(self._units.up)):
            first, last = self._units.stay[number], self._units.stay[number + 1]
            if last > first and self._units.often[number]:
                pick = self._random.random() * self._units.visits[last - 1]
                self._moving[1][number] = 1 + sum(pick >= each for each in self._units.visits[first : last - 1])

    def _draw(self, end: float) -> tuple[Any, Any, Any]:
        """All changes until a time."""
        unit, found = 0, list[tuple[Any, Any, Any]]()
        while unit < len(self._units.up):
            room = EVENTS + EVENTS // 8
            waits = self._random.standard_exponential(room + room // 8)
            scores = self._random.standard_normal(room if any(shape < 0 for shape in self._units.shape) else 1)
            times, units, states = self._np.empty(room), self._np.empty(room, "int32"), self._np.empty(room, "int32")
            draws, out = (waits, scores), (times, units, states)
            unit, count = fast.compiled("lives")((unit, end), self._moving, self._fixed, draws, out)
            found.append((times[:count], units[:count], states[:count]))
        if len(found) == 1:
            return found[0]
        joined = [self._np.concatenate(each) for each in zip(*found, strict=True)]
        return joined[0], joined[1], joined[2]


@dataclass
class _Units:
    """What the lives of units are drawn from, in arrays."""

    until: list[float] = field(default_factory=list)
    goal: list[int] = field(default_factory=list)
    up: list[float] = field(default_factory=list)
    often: list[bool] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    shape: list[float] = field(default_factory=list)
    delays: list[int] = field(default_factory=lambda: [0])
    delay: list[float] = field(default_factory=list)
    visits: list[float] = field(default_factory=list)
    hours: list[float] = field(default_factory=list)
    stay: list[int] = field(default_factory=lambda: [0])

    @classmethod
    def of(cls, chains: Mapping[str, Chain]) -> _Units:
        """All units, in the order of the chains."""
        made = cls()
        for chain in chains.values():
            made.until.append(0.0)
            made.goal.append(1)
            if isinstance(chain, AgeChain):
                rate = chain.part.rate
                made._add(rate.mttf, rate.mttr, _shape(chain.part.shape), often=math.isfinite(rate.mttf))
                made.delay += chain.delays
            else:
                stays = list(chain.exclusive.stays.values())
                visits = sum(stay.visits for stay in stays)
                free = 1.0 - sum(stay.share for stay in stays)
                made._add(free / visits if visits else math.inf, 0.0, 0.0, often=visits > 0)
                total = 0.0
                for stay in stays:
                    total += stay.visits
                    made.visits.append(total)
                    made.hours.append(stay.share / stay.visits if stay.visits else 0.0)
            made.delays.append(len(made.delay))
            made.stay.append(len(made.visits))
        return made

    def _add(self, up: float, mean: float, shape: float, *, often: bool) -> None:
        self.up.append(up if often else 0.0)
        self.often.append(often)
        self.mean.append(mean)
        self.shape.append(shape)


class Gates:
    """Every gate as a counter: what its true inputs weigh, and from which weight on it is up."""

    def __init__(self, netlist: Netlist, chains: Mapping[str, Chain], services: list[str]) -> None:
        self._netlist = netlist
        self._chains = chains
        self._roots = [netlist.roots[service] for service in services]
        self._least: list[int] = []
        self._reached: list[int] = []
        self._value: list[bool] = []
        self._outputs: list[list[tuple[int, int]]] = [[] for _ in netlist.gates]
        for number, gate in enumerate(netlist.gates):
            self._count(number, gate)

    def _count(self, number: int, gate: Gate) -> None:
        """One gate, with everything up and nothing planned."""
        below = self._netlist.inputs[number]
        if (unit := unit_of(gate)) is not None:
            least, reached = 1, int(truth_of(self._chains[unit], gate)[0])
        else:
            least, weights = _counter(gate)
            reached = sum(weight for weight, each in zip(weights, below, strict=True) if self._value[each])
            for weight, each in zip(weights, below, strict=True):
                self._outputs[each].append((number, weight))
        self._least.append(least)
        self._reached.append(reached)
        self._value.append(reached >= least)

    @property
    def places(self) -> list[int]:
        """Under which number each service is counted."""
        known = {root: place for place, root in enumerate(dict.fromkeys(self._roots))}
        return [known[root] for root in self._roots]

    def up(self) -> list[bool]:
        """Which are up at first, by their numbers."""
        return [self._value[root] for root in dict.fromkeys(self._roots)]

    def arrays(self) -> tuple[Any, ...]:
        """What a sweep reads and keeps, in its order."""
        atoms, atom, atom_first, truth = [0], list[int](), list[int](), list[bool]()
        by_unit: dict[str, list[int]] = {unit: [] for unit in self._chains}
        for number, gate in enumerate(self._netlist.gates):
            if (unit := unit_of(gate)) is not None:
                by_unit[unit].append(number)
        for unit, numbers in by_unit.items():
            for number in numbers:
                atom.append(number)
                atom_first.append(len(truth))
                truth += truth_of(self._chains[unit], self._netlist.gates[number])
            atoms.append(len(atom))
        flat = [each for outputs in self._outputs for each in outputs]
        bounds = list(accumulate((len(outputs) for outputs in self._outputs), initial=0))
        watched = [-1] * len(self._netlist.gates)
        self._watch(watched)
        return (
            *map(fast.whole, ([0] * len(self._chains), atoms, atom, atom_first)),
            fast.flags(truth),
            *map(fast.whole, (bounds, [gate for gate, _ in flat], [weight for _, weight in flat])),
            *map(fast.whole, (self._least, self._reached)),
            fast.flags(self._value),
            fast.whole(watched),
        )

    def _watch(self, watched: list[int]) -> None:
        """Which gate is looked at under which number; services that share one share it."""
        for place, root in enumerate(dict.fromkeys(self._roots)):
            watched[root] = place

    def room(self) -> tuple[Any, Any, Any]:
        """What a sweep works in."""
        wires = sum(map(len, self._outputs)) + len(self._outputs)
        return fast.whole([0] * (4 * wires)), fast.whole([0] * wires), fast.flags([False] * wires)


def _counter(gate: Gate) -> tuple[int, list[int]]:
    """From which weight on a gate is up, and the weights of its inputs."""
    if isinstance(gate, All):
        return len(gate.gates), [1] * len(gate.gates)
    if isinstance(gate, Any_):
        return 1, [1] * len(gate.gates)
    if isinstance(gate, AtLeast):
        return gate.k, list(gate.weights or [1] * len(gate.gates))
    if isinstance(gate, Not):
        return 0, [-1]
    assert isinstance(gate, Constant)
    return int(not gate.value), []


def _shape(shape: Shape) -> float:
    """How outages spread, as one number: stages, none, or the sigma of a lognormal one with a minus."""
    if isinstance(shape, Exponential):
        return 1.0
    if isinstance(shape, Erlang):
        return float(shape.stages)
    if isinstance(shape, Lognormal):
        return -shape.sigma
    assert isinstance(shape, Fixed)
    return 0.0


def _changes(chain: Chain) -> float:
    """Changes of state an hour, at most."""
    if isinstance(chain, AgeChain):
        return (chain.width + 1) * chain.part.rate.frequency
    return 2 * sum(stay.visits for stay in chain.exclusive.stays.values())
