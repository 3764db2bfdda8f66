"""Gates laid out as a list, inputs before outputs, each gate once however often and under whatever name it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from homelab.availability.gates import Gate, Up, inputs, needs
from homelab.availability.system import System


@dataclass(slots=True)
class Netlist:
    """Everything below some services: the gates, the numbers of their inputs, and the gate of each service."""

    gates: list[Gate] = field(default_factory=list)
    inputs: list[list[int]] = field(default_factory=list)
    roots: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, system: System, services: Iterable[str] | None = None) -> Netlist:
        """Lay out these services, or all."""
        made, number = cls(), dict[Gate | str, int]()
        for service in system.services if services is None else services:
            made.roots[service] = made._add(system.gates, system.services[service], number)
        return made

    def _add(self, named: Mapping[str, Gate], root: Gate | str, number: dict[Gate | str, int]) -> int:
        """Number a gate and everything below it."""
        todo = [root]
        while todo:
            item = todo[-1]
            waiting = [] if item in number else [each for each in needs(named, item) if each not in number]
            if waiting:
                todo.extend(waiting)
                continue
            todo.pop()
            if item in number:
                continue
            if isinstance(item, str):
                number[item] = number[named.get(item, Up(item))]
            else:
                number[item] = len(self.gates)
                self.gates.append(item)
                self.inputs.append([number[each] for each in inputs(item)])
        return number[root]
