"""Many worlds at once: every gate is a whole number whose bits are its values in as many states of the system.

One `&` of two such numbers evaluates a gate in tens of thousands of worlds, whatever gates and however many: no
diagram, no limit on size, and the time is that of writing the numbers down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from homelab.availability.chains import Chain, truth_of
from homelab.availability.gates import All, Any_, AtLeast, Constant, Not
from homelab.availability.netlist import Netlist
from homelab.availability.order import unit_of


@dataclass(frozen=True, slots=True)
class States:
    """All states of all units but "up" and "none", numbered; those of one unit stand together."""

    first: Mapping[str, int]
    unit: Sequence[str]
    number: Sequence[int]

    @classmethod
    def of(cls, chains: Mapping[str, Chain]) -> States:
        """Number them."""
        first: dict[str, int] = {}
        unit: list[str] = []
        number: list[int] = []
        for name, chain in chains.items():
            first[name] = len(unit)
            unit += [name] * chain.width
            number += range(1, chain.width + 1)
        return cls(first, unit, number)

    def __len__(self) -> int:
        return len(self.unit)


class Worlds:
    """The gates of some services, ready to be evaluated in many worlds."""

    def __init__(self, netlist: Netlist, chains: Mapping[str, Chain], states: States) -> None:
        self.netlist = netlist
        self._atoms: dict[int, tuple[bool, tuple[int, ...]]] = {}
        self.below: list[int] = []
        for number, gate in enumerate(netlist.gates):
            mask = 0
            if (unit := unit_of(gate)) is not None:
                truth = truth_of(chains[unit], gate)
                first = states.first[unit]
                differs = tuple(first + state for state, value in enumerate(truth[1:]) if value != truth[0])
                self._atoms[number] = truth[0], differs
                mask = ((1 << chains[unit].width) - 1) << first
            for each in netlist.inputs[number]:
                mask |= self.below[each]
            self.below.append(mask)

    def down(self, inside: Mapping[int, int], every: int) -> dict[str, int]:
        """For each service the worlds in which it is down.

        Args:
            inside: for each state that occurs the worlds in which its unit is in it.
            every: all worlds.
        """
        values: list[int] = []
        for number, gate in enumerate(self.netlist.gates):
            if number in self._atoms:
                usual, differs = self._atoms[number]
                there = reduce(or_, [inside.get(state, 0) for state in differs], 0)
                values.append(every ^ there if usual else there)
            elif isinstance(gate, All):
                values.append(reduce(and_, [values[each] for each in self.netlist.inputs[number]], every))
            elif isinstance(gate, Any_):
                values.append(reduce(or_, [values[each] for each in self.netlist.inputs[number]], 0))
            elif isinstance(gate, AtLeast):
                below = [values[each] for each in self.netlist.inputs[number]]
                values.append(at_least(gate.k, below, gate.weights, every))
            elif isinstance(gate, Not):
                values.append(every ^ values[self.netlist.inputs[number][0]])
            else:
                assert isinstance(gate, Constant)
                values.append(every if gate.value else 0)
        return {service: every ^ values[root] for service, root in self.netlist.roots.items()}


def at_least(least: int, values: Sequence[int], weights: Sequence[int] | None, every: int) -> int:
    """The worlds in which the true values weigh `least` or more: a binary counter for each world, and one comparison."""
    digits: list[int] = []
    for value, weight in zip(values, weights or [1] * len(values), strict=True):
        for place in range(weight.bit_length()):
            if weight >> place & 1:
                _add(digits, place, value)
    result = every
    for place in range(max(len(digits), max(least, 0).bit_length())):
        digit = digits[place] if place < len(digits) else 0
        result = result & digit if max(least, 0) >> place & 1 else result | digit
    return result


def _add(digits: list[int], place: int, carry: int) -> None:
    """Count one at a binary place in the worlds of `carry`."""
    while carry:
        digits.extend([0] * (place + 1 - len(digits)))
        digits[place], carry = digits[place] ^ carry, digits[place] & carry
        place += 1


def bits(mask: int) -> list[int]:
    """The numbers of the bits that are set, ascending."""
    text = bin(mask)[:1:-1]
    found: list[int] = []
    place = text.find("1")
    while place >= 0:
        found.append(place)
        place = text.find("1", place + 1)
    return found


def spread(mask: int, places: Iterable[int]) -> int:
    """A mask repeated at several places."""
    return reduce(or_, [mask << place for place in places], 0)
