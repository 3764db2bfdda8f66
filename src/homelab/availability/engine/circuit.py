"""Gates evaluated as they are written, one state of the world at a time: the road that knows nothing of diagrams.

The simulation walks it, and tests use it to try all states of small systems. A change of one part re-evaluates only
the gates above it, and those only as far as something changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homelab.availability.engine.chains import Chain, truth_of
from homelab.availability.engine.netlist import Netlist
from homelab.availability.engine.order import unit_of
from homelab.availability.gates import All, Any_, AtLeast, Constant, Not
from homelab.availability.system import System


class Circuit:
    """All gates below the services as a flat list, inputs before outputs, with the value each has now."""

    def __init__(self, system: System, chains: Mapping[str, Chain]) -> None:
        netlist = Netlist.of(system)
        self._gates, self._inputs, self.roots = netlist.gates, netlist.inputs, netlist.roots
        self._truths: dict[str, list[tuple[int, tuple[bool, ...]]]] = {unit: [] for unit in chains}
        self._outputs: list[list[int]] = [[] for _ in self._gates]
        for number, below in enumerate(self._inputs):
            for child in below:
                self._outputs[child].append(number)
        for number, gate in enumerate(self._gates):
            if (unit := unit_of(gate)) is not None:
                self._truths[unit].append((number, truth_of(chains[unit], gate)))
        self._values: list[bool] = [False] * len(self._gates)
        self.reset()

    def reset(self) -> None:
        """Everything up, nothing planned."""
        for truths in self._truths.values():
            for number, truth in truths:
                self._values[number] = truth[0]
        for number, gate in enumerate(self._gates):
            if unit_of(gate) is None:
                self._values[number] = self._evaluate(number)

    def up(self, service: str) -> bool:
        """Whether a service is up now."""
        return self._values[self.roots[service]]

    def set(self, unit: str, state: int) -> None:
        """Put a unit into a state."""
        dirty: set[int] = set()
        for number, truth in self._truths[unit]:
            if self._values[number] != truth[state]:
                self._values[number] = truth[state]
                dirty.update(self._outputs[number])
        while dirty:
            number = min(dirty)
            dirty.remove(number)
            value = self._evaluate(number)
            if value != self._values[number]:
                self._values[number] = value
                dirty.update(self._outputs[number])

    def _evaluate(self, number: int) -> bool:
        """One gate from the values of its inputs."""
        gate = self._gates[number]
        values = [self._values[child] for child in self._inputs[number]]
        if isinstance(gate, AtLeast):
            return _weight(values, gate.weights) >= gate.k
        if isinstance(gate, All):
            return all(values)
        if isinstance(gate, Any_):
            return any(values)
        if isinstance(gate, Not):
            return not values[0]
        assert isinstance(gate, Constant)
        return gate.value


def _weight(values: Sequence[bool], weights: Sequence[int] | None) -> int:
    """What the true ones weigh; one each by default."""
    return sum(weight for value, weight in zip(values, weights or [1] * len(values), strict=True) if value)
