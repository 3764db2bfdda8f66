"""From gates to diagrams: one family for all services, units on adjacent levels, every gate built once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homelab.availability.bdd import Diagrams, TooManyNodesError
from homelab.availability.chains import AgeChain, Chain, StayChain, truth_of
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
)
from homelab.availability.harm import Harm, harms
from homelab.availability.order import exclusive_unit, orders, place, unit_of
from homelab.availability.system import System
from homelab.errors import Undecidable


@dataclass(frozen=True, slots=True)
class Compiled:
    """The diagrams of a system: its units as chains, the root of each service, and what can start its outages.

    `starts` maps a service and a mixed flow (unit, number of the move) to the root whose failure probability is
    P(service up before, down after).
    """

    diagrams: Diagrams
    chains: dict[str, Chain]
    roots: dict[str, int]
    harms: dict[str, Harm]
    starts: dict[tuple[str, str, int], int]


def compile_system(
    system: System, node_limit: int, previous: Compiled | None = None, *, frequencies: bool = True
) -> Compiled:
    """Build all services over the first order that stays within the limit.

    With `previous`, the diagrams of a similar system are built upon: what did not change is found, not made. Without
    `frequencies` what starts outages is left out, which is most of the work where much is planned.

    Raises:
        Undecidable: no order does; the service that was too much is named.
    """
    delays = _delays(system)
    culprit = ""
    for order, diagrams, known in _attempts(system, node_limit, previous):
        chains = _chains(system, order, delays, known)
        builder = Builder(system, diagrams, chains)
        dangers = harms(system, chains) if frequencies else {}
        roots: dict[str, int] = {}
        starts: dict[tuple[str, str, int], int] = {}
        try:
            for culprit, name in system.services.items():
                roots[culprit] = builder.build(name)
                for unit, number in dangers[culprit].mixed if dangers else ():
                    starts[culprit, unit, number] = builder.start(roots[culprit], unit, number)
        except TooManyNodesError:
            continue
        return Compiled(diagrams, chains, roots, dangers, starts)
    raise Undecidable(
        f"service {culprit}: its uptime takes more than {node_limit} decision nodes",
        hint="simulate it instead, or group parts that only ever fail together",
    )


def _attempts(
    system: System, node_limit: int, previous: Compiled | None
) -> Iterator[tuple[list[str], Diagrams, Mapping[str, int]]]:
    """Orders to try, each with the diagrams to build in and the levels that are settled already."""
    ordered = list(orders(system))
    if previous and 2 * len(previous.diagrams.level) < node_limit:
        yield ordered[0], previous.diagrams, {unit: chain.first for unit, chain in previous.chains.items()}
    for order in ordered:
        yield order, Diagrams(node_limit), {}


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
    """Builds gates bottom-up, each once, however often and under whatever name it is used."""

    def __init__(self, system: System, diagrams: Diagrams, chains: dict[str, Chain]) -> None:
        self.diagrams = diagrams
        self._system = system
        self._chains = chains
        self._built: dict[Gate | str, int] = {}

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
            waiting = [child for child in self._needs(item) if child not in self._built]
            if waiting:
                todo.extend(waiting)
            else:
                self._built[item] = self._join(item)
                todo.pop()
        return self._built[root]

    def start(self, root: int, unit: str, number: int) -> int:
        """The diagram that is false where the service is up before a flow and down after it."""
        chain = self._chains[unit]
        before, after = (self.diagrams.restriction(root, chain.fixing(state)) for state in chain.moves[number])
        return self.diagrams.disjunction([self.diagrams.negation(before), after])

    def _needs(self, item: Gate | str) -> Iterator[Gate | str]:
        """What has to be built before."""
        if isinstance(item, str):
            yield self._system.gates.get(item, Up(item))
        else:
            yield from inputs(item)

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
