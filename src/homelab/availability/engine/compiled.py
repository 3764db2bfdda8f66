"""From gates to diagrams: one family for all services, units on adjacent levels, every gate built once, within a budget."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from homelab.availability.engine import fast
from homelab.availability.engine.bdd import Diagrams, TooManyNodesError
from homelab.availability.engine.chains import AgeChain, Chain, StayChain, truth_of
from homelab.availability.engine.harm import Flows, Harm, harms
from homelab.availability.engine.order import exclusive_unit, orders, place, unit_of
from homelab.availability.engine.swift_bdd import SwiftDiagrams
from homelab.availability.gates import (
    All,
    Any_,
    AtLeast,
    Bridged,
    Constant,
    FreshlyDown,
    Gate,
    LongDown,
    Not,
    Settled,
    Up,
    inputs,
    needs,
)
from homelab.availability.system import System


@dataclass(frozen=True, slots=True)
class Budget:
    """What exactness may cost; a service that takes more is answered with bounds.

    Attributes:
        nodes: decision nodes made for one service, beyond those it shares with the ones before.
        together: nodes made for all services.
        spent_in_vain: nodes made for services that then did not fit, after which no larger one is tried.
        seconds: of one service. Nodes come first by far, so that the answer does not depend on the machine.
    """

    nodes: int = 600_000
    together: int = 2_000_000
    spent_in_vain: int = 600_000
    seconds: float = 60.0


BUDGET = Budget()
GARBAGE = 100_000
"""Nodes that are made before it is looked for those that nobody needs any more."""
NODES_A_GATE = 1000
"""A budget of more than that counts as a system of more gates."""
KEPT = 500_000
"""Nodes of a lab upon which the diagrams of a similar one are built; beyond, they are built anew."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The diagrams of a system: its units as chains, the root of each service that fits, and what starts its outages."""

    diagrams: Diagrams
    chains: dict[str, Chain]
    roots: dict[str, int]
    flows: Flows
    harms: dict[str, Harm]

    @property
    def over(self) -> list[str]:
        """The services that did not fit."""
        return [service for service in self.harms if service not in self.roots]


def compile_system(system: System, budget: Budget = BUDGET, previous: Compiled | None = None) -> Compiled:
    """Build all services that fit into the budget, over the order of which most do.

    With `previous`, the diagrams of a similar system are built upon: what did not change is found, not made.
    """
    delays = _delays(system)
    ordered = list(orders(system))
    if previous is not None and not previous.over and len(previous.diagrams) < KEPT:
        known = {unit: chain.first for unit, chain in previous.chains.items()}
        previous.diagrams.known()
        shared = Builder(system, previous.diagrams, _chains(system, ordered[0], delays, known), budget, collects=False)
        if not (found := shared.all()).over:
            return found
    best = _built(system, _chains(system, ordered[0], delays, {}), budget)
    for order in ordered[1:] if best.over else ():
        other = _built(system, _chains(system, order, delays, {}), budget)
        if len(other.over) < len(best.over):
            best = other
    return best


def _built(system: System, chains: dict[str, Chain], budget: Budget) -> Compiled:
    """One attempt, with compiled operations where they are installed and there is much to build."""
    if not fast.installed() or max(len(system.gates), budget.nodes // NODES_A_GATE) < fast.GATES:
        return Builder(system, Diagrams(), chains, budget).all()
    levels = (chain.first + step for chain in chains.values() for step in range(chain.width))
    return Builder(system, SwiftDiagrams(levels), chains, budget).all()


def _delays(system: System) -> dict[str, set[float]]:
    """The ages at which somebody wants to know how long a part has been down."""
    found: dict[str, set[float]] = {}
    todo: list[Gate | str] = list(system.gates.values())
    while todo:
        item = todo.pop()
        if isinstance(item, FreshlyDown | LongDown | Settled | Bridged):
            found.setdefault(item.part, set()).add(item.delay_hours)
        elif not isinstance(item, str):
            todo.extend(inputs(item))
    return found


def _chains(
    system: System, order: list[str], delays: dict[str, set[float]], known: Mapping[str, int]
) -> dict[str, Chain]:
    """A run of adjacent levels for every unit; where none are known yet, in the order given."""
    exclusives = {exclusive_unit(name): exclusive for name, exclusive in system.exclusives.items()}
    levels = place(order, known)
    chains: dict[str, Chain] = {}
    for unit in sorted(order, key=levels.__getitem__):
        if unit in exclusives:
            chains[unit] = StayChain(exclusives[unit], levels[unit])
        else:
            chains[unit] = AgeChain(system.parts[unit], levels[unit], tuple(sorted(delays.get(unit, ()))))
    return chains


def chains_of(system: System) -> dict[str, Chain]:
    """The units the services look at, with the states that gates tell apart."""
    return _chains(system, next(orders(system)), _delays(system), {})


class Builder:
    """Builds gates bottom-up, each once, however often and under whatever name it is used; forgets those used up."""

    def __init__(
        self,
        system: System,
        diagrams: Diagrams,
        chains: dict[str, Chain],
        budget: Budget = BUDGET,
        *,
        collects: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.diagrams = diagrams
        self.roots: dict[str, int] = {}
        self._system = system
        self._chains = chains
        self._budget = budget
        self._clock = clock
        self._end = 0.0
        self._built: dict[Gate | str, int] = {}
        self._uses = _uses(system)
        self._hopeless: set[Gate | str] = set()
        self._vain = self._made = 0
        self._kept = len(diagrams)
        self._collects = collects

    def all(self) -> Compiled:
        """Every service that fits."""
        for service, name in self._system.services.items():
            self._attempt(service, name)
        flows = Flows.of(self._chains)
        return Compiled(
            self.diagrams.finished(), self._chains, self.roots, flows, harms(self._system, self._chains, flows)
        )

    def _attempt(self, service: str, name: str) -> None:
        """Build the diagram of a service, unless it does not fit, or stands on a gate that did not."""
        budget = self._budget
        allowed = min(budget.nodes, budget.together - self._made, budget.spent_in_vain - self._vain)
        if allowed <= 0:
            return
        self.diagrams.allow(allowed)
        self._end = self._clock() + budget.seconds
        try:
            self.roots[service] = self.build(name)
            self._used(name)
        except TooManyNodesError:
            self._vain += allowed - self.diagrams.allowed
        self._made += allowed - self.diagrams.allowed

    def build(self, root: Gate | str) -> int:
        """The diagram of a gate or name.

        Raises:
            TooManyNodesError: it does not fit.
        """
        todo = [root]
        while todo:
            item = todo[-1]
            if item in self._built:
                todo.pop()
                continue
            if item in self._hopeless:
                self._hopeless.update(todo)
                raise TooManyNodesError
            waiting = [child for child in needs(self._system.gates, item) if child not in self._built]
            if waiting:
                todo.extend(waiting)
                continue
            todo.pop()
            self._built[item] = self._tried(item)
            for child in needs(self._system.gates, item):
                self._used(child)
            self._tidy()
        return self._built[root]

    def _tried(self, item: Gate | str) -> int:
        """One gate in time; or it is remembered as one that does not fit."""
        self._hopeless.add(item)
        if self._clock() > self._end:
            raise TooManyNodesError
        node = self._join(item)
        self._hopeless.remove(item)
        return node

    def _used(self, item: Gate | str) -> None:
        """One of those who need a gate has it now; after the last its diagram is kept only as part of others."""
        self._uses[item] -= 1
        if not self._uses[item]:
            del self._built[item]

    def _tidy(self) -> None:
        """Collect garbage where it may be more than what is needed."""
        if self._collects and len(self.diagrams) - self._kept > max(GARBAGE, self._kept):
            numbers = self.diagrams.collect([*self.roots.values(), *self._built.values()])
            self.roots = {service: numbers[root] for service, root in self.roots.items()}
            self._built = {item: numbers[node] for item, node in self._built.items()}
            self._kept = len(self.diagrams)

    def _join(self, item: Gate | str) -> int:
        """One gate, all inputs of which are built."""
        if isinstance(item, str):
            return self._built[self._system.gates.get(item, Up(item))]
        if isinstance(item, Constant):
            return int(item.value)
        if isinstance(item, All | Any_ | AtLeast | Not):
            return self._gate(item, [self._built[gate] for gate in inputs(item)])
        chain = self._chains[unit_of(item) or ""]
        return chain.diagram(self.diagrams, truth_of(chain, item))

    def _gate(self, gate: All | Any_ | AtLeast | Not, items: list[int]) -> int:
        """Its inputs, joined."""
        if isinstance(gate, All):
            return self.diagrams.conjunction(items)
        if isinstance(gate, Any_):
            return self.diagrams.disjunction(items)
        if isinstance(gate, AtLeast):
            return self.diagrams.threshold(gate.k, items, gate.weights)
        return self.diagrams.negation(items[0])


def _uses(system: System) -> Counter[Gate | str]:
    """How many gates and services need each gate or name."""
    uses: Counter[Gate | str] = Counter(system.services.values())
    todo: list[Gate | str] = list(uses)
    while todo:
        for child in needs(system.gates, todo.pop()):
            if child not in uses:
                todo.append(child)
            uses[child] += 1
    return uses
