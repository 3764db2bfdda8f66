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
from functools import cached_property

from homelab.availability.worlds import States, Worlds, bits, spread

BLOCK = 1 << 16
"""Worlds that are evaluated at once: numbers of this many bits stay in a processor's cache."""


@dataclass
class Few:
    """One service with nothing, one state, or two states of different units away from "up".

    `more` holds, for a state, the other states with which it is down though neither is alone; `less` those with which
    it is up though one of them is down alone.
    """

    always: bool
    relevant: list[int]
    alone: set[int]
    states: States
    more: dict[int, tuple[int, ...]] = field(default_factory=dict)
    less: dict[int, tuple[int, ...]] = field(default_factory=dict)

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
    single = worlds.down({state: 1 << state for state in range(len(states))}, row)
    found = {
        service: Few(bool(single[service] >> len(states) & 1), bits(mask), set(bits(single[service] & mask)), states)
        for service, mask in relevant.items()
    }
    every = 0
    for mask in relevant.values():
        every |= mask
    firsts = bits(every)
    height = max(BLOCK // width, 1)
    for begin in range(0, len(firsts), height):
        some = firsts[begin : begin + height]
        _block(worlds, states, some, width, {s: (found[s], m, single[s]) for s, m in relevant.items()})
    return found


def _block(
    worlds: Worlds, states: States, firsts: list[int], width: int, wanted: Mapping[str, tuple[Few, int, int]]
) -> None:
    """A row of worlds for each of some states: that state with each other one."""
    places = range(0, len(firsts) * width, width)
    row = (1 << width) - 1
    column = spread(1, places)
    inside = {state: column << state for state in range(len(states))}
    for place, state in zip(places, firsts, strict=True):
        inside[state] |= row << place
    down = worlds.down(inside, row * column)
    size = width // 8
    own = [_own(states, state) for state in firsts]
    for service, (result, mask, single) in wanted.items():
        usual = single & mask
        if not any(mask >> state & 1 for state in firsts):
            continue
        text = down[service].to_bytes(size * len(firsts), "little")
        for number, state in enumerate(firsts):
            if not mask >> state & 1:
                continue
            said = int.from_bytes(text[number * size : number * size + size], "little")
            expected = mask if state in result.alone else usual
            differs = (said ^ expected) & mask & ~own[number]
            if differs & said:
                result.more[state] = tuple(bits(differs & said))
            if differs & ~said:
                result.less[state] = tuple(bits(differs & ~said))


def _own(states: States, state: int) -> int:
    """The states of the unit that one state belongs to."""
    unit = states.unit[state]
    first = states.first[unit]
    count = 0
    while first + count < len(states) and states.unit[first + count] == unit:
        count += 1
    return ((1 << count) - 1) << first
