"""Bounds for what is too large to be exact: every world with at most two units down, and what all others can weigh.

Units rarely fail, so nearly all downtime happens while one or two of them are down. These worlds are all looked at, each
once and for all services at the same time; what they weigh is a certain lower bound of the downtime. The worlds with
three or more units down, of which nothing is asked, weigh P(three or more), a sum of products without subtraction; with
them all counted as down it is a certain upper bound. Gates may be of any kind.

For most worlds the answer follows from those with one unit down (either alone is enough, or neither matters). Only the
others are kept: pairs that fail together and not alone, and pairs of which one undoes the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from homelab.availability.engine.bdd import Diagrams
from homelab.availability.engine.worlds import States, Worlds, bits, spread

BLOCK = 1 << 16
"""Worlds that are evaluated at once: numbers of this many bits stay in a processor's cache."""
World = tuple[int, ...]
"""The states that are away from "up" or "none", ascending; at most two."""


@dataclass(frozen=True, slots=True)
class Open:
    """The worlds of a service in which choices matter.

    Attributes:
        worst: the service at its worst choice.
        roots: for worlds in between what decides there, a diagram over the choices; those left out are not known.
    """

    worst: Few
    diagrams: Diagrams
    roots: Mapping[World, int]

    def lost(self, before: int, after: int) -> int:
        """What is false where a service is up before and down after."""
        return self.diagrams.disjunction([self.diagrams.negation(before), after])

    def weigh(self, chances: Mapping[int, float], found: list[float]) -> list[float]:
        """For each node the chance of ending in false, beyond those that are found."""
        diagrams = self.diagrams
        for node in range(len(found), len(diagrams)):
            q = chances[diagrams.level[node]]
            found.append(q * found[diagrams.high[node]] + (1.0 - q) * found[diagrams.low[node]])
        return found


@dataclass
class Few:
    """One service with nothing, one state, or two states of different units away from "up".

    `more` holds, for a state, the other states with which it is down though neither is alone; `less` those with which
    it is up though one of them is down alone. Where choices matter, all this is at their best, and `open` has the rest.
    """

    always: bool
    relevant: list[int]
    alone: set[int]
    states: States
    more: dict[int, tuple[int, ...]] = field(default_factory=dict)
    less: dict[int, tuple[int, ...]] = field(default_factory=dict)
    open: Open | None = None

    @cached_property
    def units(self) -> list[tuple[str, list[int]]]:
        """The units that matter, each with the numbers of its states."""
        found: dict[str, list[int]] = {}
        for state in self.relevant:
            found.setdefault(self.states.unit[state], []).append(state)
        return list(found.items())

    def down(self, one: int | None, two: int | None = None) -> bool:
        """Whether the service is down in a world with these states."""
        if one is None or two is None:
            state = two if one is None else one
            return self.always if state is None else state in self.alone
        if one in self.alone or two in self.alone:
            return two not in self.less.get(one, ())
        return two in self.more.get(one, ())

    def exceptions(self, state: int) -> Iterator[int]:
        """The states whose world with this one does not follow from the two alone."""
        yield from self.more.get(state, ())
        yield from self.less.get(state, ())


def few(worlds: Worlds, states: States, wanted: Iterable[str]) -> dict[str, Few]:
    """Look at all worlds with at most two states, for these services."""
    width = (len(states) // 8 + 1) * 8
    row = (1 << width) - 1
    relevant = {service: worlds.below[worlds.netlist.roots[service]] for service in wanted}
    usual = worlds.values({state: 1 << state for state in range(len(states))}, row)
    single = {service: row ^ usual[worlds.netlist.roots[service]] for service in relevant}
    found = {
        service: Few(bool(single[service] >> len(states) & 1), bits(mask), set(bits(single[service] & mask)), states)
        for service, mask in relevant.items()
    }
    firsts = bits(reduce(or_, relevant.values(), 0))
    height = max(BLOCK // width, 1)
    texts = [value.to_bytes(width // 8, "little") for value in usual]
    for begin in range(0, len(firsts), height):
        block = _Block(states, firsts[begin : begin + height], width)
        for service, down in worlds.above(block.mask, texts, len(block.places), block.inside()).items():
            block.note(found[service], relevant[service], single[service] & relevant[service], down)
    return found


class _Block:
    """A row of worlds for each of some states: that state with each other one."""

    def __init__(self, states: States, firsts: list[int], width: int) -> None:
        self._states = states
        self._firsts = firsts
        self._width = width
        self.places = range(0, len(firsts) * width, width)
        self.mask = spread(1, firsts)
        self._own = [states.own(state) for state in firsts]

    def inside(self) -> dict[int, int]:
        """The worlds in which each state of these units is."""
        column = spread(1, self.places)
        touched = bits(reduce(or_, self._own, 0))
        inside = {state: column << state for state in touched}
        for place, state in zip(self.places, self._firsts, strict=True):
            inside[state] |= ((1 << self._width) - 1) << place
        return inside

    def note(self, result: Few, relevant: int, alone: int, down: int) -> None:
        """Keep the worlds of a service whose answer does not follow from those with one state."""
        size = self._width // 8
        text = down.to_bytes(size * len(self._firsts), "little")
        for number, state in enumerate(self._firsts):
            if not relevant >> state & 1:
                continue
            said = int.from_bytes(text[number * size : number * size + size], "little")
            expected = relevant if alone >> state & 1 else alone
            differs = (said ^ expected) & relevant & ~self._own[number]
            if differs & said:
                result.more[state] = tuple(bits(differs & said))
            if differs & ~said:
                result.less[state] = tuple(bits(differs & ~said))
