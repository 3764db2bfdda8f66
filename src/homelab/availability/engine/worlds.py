"""Many worlds at once: every gate is a whole number whose bits are its values in as many states of the system.

One `&` of two such numbers evaluates a gate in tens of thousands of worlds, whatever gates and however many: no
diagram, no limit on size, and the time is that of writing the numbers down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from homelab.availability.engine.chains import Chain, truth_of
from homelab.availability.engine.netlist import Netlist
from homelab.availability.engine.order import unit_of
from homelab.availability.gates import All, Any_, AtLeast, Constant, Not


@dataclass(frozen=True, slots=True)
class States:
    """All states of all units but "up" and "none", numbered; those of one unit stand together. Choices have none."""

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
            if chain.chosen:
                continue
            first[name] = len(unit)
            unit += [name] * chain.width
            number += range(1, chain.width + 1)
        return cls(first, unit, number)

    def __len__(self) -> int:
        return len(self.unit)

    def own(self, state: int) -> int:
        """All states of the unit that one state belongs to, as bits."""
        first = end = self.first[self.unit[state]]
        while end < len(self.unit) and self.unit[end] == self.unit[state]:
            end += 1
        return (1 << end) - (1 << first)


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

    def values(self, inside: Mapping[int, int], every: int) -> list[int]:
        """The value of every gate.

        Args:
            inside: for each state that occurs the worlds in which its unit is in it.
            every: all worlds.
        """
        found: list[int] = []
        for number in range(len(self.netlist.gates)):
            found.append(self._value(number, found.__getitem__, inside, every))
        return found

    def down(self, inside: Mapping[int, int], every: int) -> dict[str, int]:
        """For each service the worlds in which it is down."""
        values = self.values(inside, every)
        return {service: every ^ values[root] for service, root in self.netlist.roots.items()}

    def above(self, states: int, usual: Sequence[bytes], rows: int, inside: Mapping[int, int]) -> dict[str, int]:
        """As `down`, in rows of worlds that differ by some states, for the services that look at these.

        Args:
            states: the states, as bits; only gates above them are evaluated.
            usual: the value of every gate in the one row without them, in whole bytes.
            rows: how many rows there are.
            inside: for each state of a unit among them the worlds in which it is in it, over all rows.
        """
        every = (1 << 8 * len(usual[0]) * rows) - 1
        found: dict[int, int] = {}

        def known(number: int) -> int:
            """A gate that none of the states reaches is in each row what it is in one."""
            value = found.get(number)
            if value is None:
                value = found[number] = int.from_bytes(usual[number] * rows, "little")
            return value

        for number, below in enumerate(self.below):
            if below & states:
                found[number] = self._value(number, known, inside, every)
        roots = self.netlist.roots.items()
        return {service: every ^ found[root] for service, root in roots if self.below[root] & states}

    def _value(self, number: int, known: Callable[[int], int], inside: Mapping[int, int], every: int) -> int:
        """One gate from the values of its inputs."""
        gate, below = self.netlist.gates[number], self.netlist.inputs[number]
        if number in self._atoms:
            usual, differs = self._atoms[number]
            there = reduce(or_, [inside.get(state, 0) for state in differs], 0)
            return every ^ there if usual else there
        if isinstance(gate, All):
            return reduce(and_, [known(each) for each in below], every)
        if isinstance(gate, Any_):
            return reduce(or_, [known(each) for each in below], 0)
        if isinstance(gate, AtLeast):
            return at_least(gate.k, [known(each) for each in below], gate.weights, every)
        if isinstance(gate, Not):
            return every ^ known(below[0])
        assert isinstance(gate, Constant)
        return every if gate.value else 0


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
