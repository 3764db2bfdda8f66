"""Choices in worlds with few failures: a service at its worst and its best choice, and exactly where a few choices matter.

A choice is no failure: it is always made, one way or another. Once the failures of a world are given, the service is a
function of choices alone, mostly of none or a few. Two rails through the gates say whether it is up whatever is chosen,
and whether it may be; in the worlds in between a small diagram over the choices says how likely it is down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from homelab.availability.engine.bdd import Diagrams, TooManyNodesError
from homelab.availability.engine.chains import Chain, truth_of
from homelab.availability.engine.few import Few, Open, World, few
from homelab.availability.engine.netlist import Netlist
from homelab.availability.engine.order import unit_of
from homelab.availability.engine.worlds import States, Worlds
from homelab.availability.gates import All, Any_, AtLeast, Constant, Gate, Not
from homelab.availability.system import System

NODES = 100_000
"""Nodes of the diagrams over the choices of one service."""
GATES = 1_000_000
"""Gates that are evaluated for the worlds of one service in which choices matter."""
PAIRS = 500_000
"""Pairs of states that are looked through for such worlds."""
SURELY, PERHAPS = "surely", "perhaps"


def looked_at(system: System, chains: Mapping[str, Chain], services: list[str]) -> dict[str, Few]:
    """The worlds with few failures of some services; where choices matter, at their best, and what is open."""
    states = States.of(chains)
    doubled = rails(system, services)
    found = few(Worlds(Netlist.of(doubled), chains, states), states, doubled.services)
    result: dict[str, Few] = {}
    for service in services:
        worst, best = found[f"{SURELY}/{service}"], found.get(f"{PERHAPS}/{service}")
        result[service] = worst
        if best is not None:
            result[service] = replace(best, open=_opened(system, chains, service, worst, best))
    return result


def rails(system: System, services: Iterable[str]) -> System:
    """Each service twice where it hangs on choices: whether it is up surely, and perhaps; a negation crosses over."""
    netlist = Netlist.of(system, services)
    choices = {name for name, exclusive in system.exclusives.items() if exclusive.chosen}
    gates: dict[str, Gate] = {}
    name: list[dict[bool, str]] = []
    for number, gate in enumerate(netlist.gates):
        below = netlist.inputs[number]
        choice = getattr(gate, "exclusive", None) in choices
        both = choice or any(name[each][True] != name[each][False] for each in below)
        name.append({sure: f"{SURELY if sure or not both else PERHAPS}/{number}" for sure in (True, False)})
        for sure in (True, False) if both else (True,):
            inputs = tuple(name[each][sure != isinstance(gate, Not)] for each in below)
            gates[name[number][sure]] = Constant(value=not sure) if choice else _above(gate, inputs)
    found: dict[str, str] = {}
    for service, root in netlist.roots.items():
        found[f"{SURELY}/{service}"] = name[root][True]
        if name[root][True] != name[root][False]:
            found[f"{PERHAPS}/{service}"] = name[root][False]
    return System(system.parts, gates, found, system.exclusives)


def _above(gate: Gate, inputs: tuple[str, ...]) -> Gate:
    """The same gate above other inputs."""
    if isinstance(gate, All | Any_ | AtLeast):
        return replace(gate, gates=inputs)
    return Not(inputs[0]) if isinstance(gate, Not) else gate


def _opened(system: System, chains: Mapping[str, Chain], service: str, worst: Few, best: Few) -> Open:
    """What decides in the worlds in between, as far as it can be said cheaply."""
    diagrams, roots = Diagrams(NODES), dict[World, int]()
    try:
        circuit = _Circuit(Netlist.of(system, [service]), chains, worst.states, diagrams)
        for world in _between(worst, best):
            roots[world] = circuit.root(world)
            if circuit.evaluated > GATES:
                break
    except TooManyNodesError:
        pass
    diagrams.allow(NODES)
    return Open(worst, diagrams, roots)


def _between(worst: Few, best: Few) -> Iterator[World]:
    """The worlds in which a service is down at its worst choice and not at its best."""
    if worst.always and not best.always:
        yield ()
    yield from ((state,) for state in worst.relevant if state in worst.alone and state not in best.alone)
    if len(worst.relevant) ** 2 > 2 * PAIRS:
        return
    unit = worst.states.unit
    for place, one in enumerate(worst.relevant):
        for two in worst.relevant[place + 1 :]:
            if unit[one] != unit[two] and worst.down(one, two) and not best.down(one, two):
                yield one, two


class _Circuit:
    """The gates of a service as diagrams over its choices, in one world after another."""

    def __init__(self, netlist: Netlist, chains: Mapping[str, Chain], states: States, diagrams: Diagrams) -> None:
        self.diagrams = diagrams
        self.evaluated = 0
        self._netlist = netlist
        self._chains = chains
        self._states = states
        (self._root,) = netlist.roots.values()
        self._below: list[frozenset[str]] = []
        self._above: dict[str, list[int]] = {}
        for number, gate in enumerate(netlist.gates):
            unit = unit_of(gate)
            below = frozenset([unit] if unit else []).union(*(self._below[each] for each in netlist.inputs[number]))
            self._below.append(below)
            for each in below:
                self._above.setdefault(each, []).append(number)
        self._usual: list[int] = []
        for number in range(len(netlist.gates)):
            self._usual.append(self._join(number, {}, {}))

    def root(self, world: World) -> int:
        """The service in a world."""
        inside = {self._states.unit[state]: self._states.number[state] for state in world}
        found: dict[int, int] = {}
        for number in sorted({number for unit in inside for number in self._above.get(unit, ())}):
            found[number] = self._join(number, inside, found)
        self.evaluated += len(found) + 1
        return found.get(self._root, self._usual[self._root])

    def _join(self, number: int, inside: Mapping[str, int], found: Mapping[int, int]) -> int:
        """One gate from its inputs."""
        gate, diagrams = self._netlist.gates[number], self.diagrams
        if (unit := unit_of(gate)) is not None:
            chain = self._chains[unit]
            truth = truth_of(chain, gate)
            return chain.diagram(diagrams, truth) if chain.chosen else int(truth[inside.get(unit, 0)])
        items = [found[each] if each in found else self._usual[each] for each in self._netlist.inputs[number]]
        if isinstance(gate, All):
            return diagrams.conjunction(items)
        if isinstance(gate, Any_):
            return diagrams.disjunction(items)
        if isinstance(gate, AtLeast):
            return diagrams.threshold(gate.k, items, gate.weights)
        if isinstance(gate, Not):
            return diagrams.negation(items[0])
        assert isinstance(gate, Constant)
        return int(gate.value)
