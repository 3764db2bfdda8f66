"""A part, or an exclusive, as a chain of Booleans in the diagram: exact for any number of states.

An outage that gates look at by age has the states up, age in [0, D1), [D1, D2), … and Dn or more. In the diagram this
is a chain of adjacent variables, "down", "D1 or older, given down", "D2 or older, given D1 or older", each independent
of everything, with the conditional probability that makes the joint one exact. An exclusive is the same trick on the
other branch: "in the first state", "in the second, given not in the first", …

Frequencies follow from the flow between states. For an alternating renewal part with failure frequency nu and outage
survival S: up → fresh at nu, age D reached at nu S(D), repaired from [D, D') at nu (S(D) - S(D')). All of it depends
on the process of that part alone, so at each such instant the other parts are in their stationary state, and the
frequency with which a service goes down is the sum over flows of frequency times P(up before and down after).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from homelab.availability.engine.bdd import Diagrams
from homelab.availability.gates import Bridged, Down, ExclusiveAtom, FreshlyDown, Gate, In, LongDown, PartAtom, Settled
from homelab.availability.parts import Exclusive, Part, Rate


@dataclass(frozen=True, slots=True)
class AgeChain:
    """A part: state 0 is up, state k is an outage of age [D(k-1), D(k)), D0 = 0; a high branch leads to older states."""

    part: Part
    first: int
    delays: tuple[float, ...]

    @property
    def chosen(self) -> bool:
        """Whether it is a choice, which no part is."""
        return False

    @property
    def width(self) -> int:
        """How many variables the chain takes."""
        return len(self.delays) + 1

    @property
    def moves(self) -> list[tuple[int, int]]:
        """The flows between states, in the order of `flows`."""
        last = self.width
        return [*((state, state + 1) for state in range(last)), *((state, 0) for state in range(1, last + 1))]

    def truth(self, atom: PartAtom) -> tuple[bool, ...]:
        """In which states the atom holds."""
        down = (False, *(True for _ in range(self.width)))
        if isinstance(atom, FreshlyDown | LongDown | Settled | Bridged):
            fresh_states = self.delays.index(atom.delay_hours) + 1
            fresh = tuple(0 < state <= fresh_states for state in range(self.width + 1))
            if isinstance(atom, FreshlyDown):
                return fresh
            if isinstance(atom, Settled):
                return tuple(not value for value in fresh)
            long = tuple(state > fresh_states for state in range(self.width + 1))
            return long if isinstance(atom, LongDown) else tuple(not value for value in long)
        return down if isinstance(atom, Down) else tuple(not value for value in down)

    def diagram(self, diagrams: Diagrams, truth: Sequence[bool]) -> int:
        """The diagram that is true in the states where `truth` is."""
        result = int(truth[-1])
        for step in range(self.width - 1, -1, -1):
            result = diagrams.node(self.first + step, int(truth[step]), result)
        return result

    def fixing(self, state: int) -> dict[int, bool]:
        """The variables that put the part into a state."""
        return {self.first + step: step < state for step in range(min(state + 1, self.width))}

    def flows(self, rate: Rate) -> list[float]:
        """Stationary frequencies of `moves`, per hour."""
        nu = rate.frequency
        alive = [1.0, *(self.part.shape.survival(delay, rate.mttr) for delay in self.delays), 0.0]
        return [*(nu * share for share in alive[:-1]), *(nu * (a - b) for a, b in pairwise(alive))]

    def tails(self, rate: Rate) -> list[float]:
        """P(state k or older) for every k: 1, q, P(age >= D1) and so on."""
        limited, nu = self.part.shape.limited_mean, rate.frequency
        older = [max(nu * (rate.mttr - limited(delay, rate.mttr)), 0.0) for delay in self.delays]
        return [1.0, rate.unavailability, *older]

    def chances(self, rate: Rate) -> list[float]:
        """The probability of each variable of the chain, given those before it."""
        if not self.delays:
            return [rate.unavailability]
        tails = self.tails(rate)
        return [b / a if a > 0 else 0.0 for a, b in pairwise(tails)]

    def slopes(self, rate: Rate, moves: Sequence[int]) -> list[float]:
        """How the chances change while probability flows along the chosen moves (numbers into `moves`), per hour."""
        if not self.delays and moves == (0,):
            return [rate.frequency]
        gain = _gain(self.moves, self.flows(rate), moves, self.width + 1)
        rise = [sum(gain[state:]) for state in range(self.width + 1)]
        tails, chances = self.tails(rate), self.chances(rate)
        return [
            (rise[step + 1] - chances[step] * rise[step]) / tails[step] if tails[step] > 0 else 0.0
            for step in range(self.width)
        ]

    def conditionals(self, rate: Rate, mean: float, gradient: Sequence[float]) -> list[float]:
        """U given each state, from U and its derivatives by the chances of the chain."""
        tails, chances = self.tails(rate), self.chances(rate)
        result = []
        for step, slope in enumerate(gradient):
            difference = slope / tails[step] if tails[step] > 0 else 0.0
            result.append(mean - chances[step] * difference)
            mean += (1.0 - chances[step]) * difference
        return [*result, mean]


@dataclass(frozen=True, slots=True)
class StayChain:
    """An exclusive: state 0 is none, state k the k-th stay; a low branch leads to later stays and to none."""

    exclusive: Exclusive
    first: int

    @property
    def chosen(self) -> bool:
        """Whether it is a choice."""
        return self.exclusive.chosen

    @property
    def width(self) -> int:
        """How many variables the chain takes."""
        return len(self.exclusive.stays)

    @property
    def moves(self) -> list[tuple[int, int]]:
        """The flows between states, in the order of `flows`."""
        states = range(1, self.width + 1)
        return [*((0, state) for state in states), *((state, 0) for state in states)]

    def truth(self, atom: ExclusiveAtom) -> tuple[bool, ...]:
        """In which states the atom holds."""
        wanted = list(self.exclusive.stays).index(atom.state) + 1
        inside = isinstance(atom, In)
        return tuple((state == wanted) == inside for state in range(self.width + 1))

    def diagram(self, diagrams: Diagrams, truth: Sequence[bool]) -> int:
        """The diagram that is true in the states where `truth` is."""
        result = int(truth[0])
        for step in range(self.width - 1, -1, -1):
            result = diagrams.node(self.first + step, result, int(truth[step + 1]))
        return result

    def fixing(self, state: int) -> dict[int, bool]:
        """The variables that put the exclusive into a state."""
        return {self.first + step: step + 1 == state for step in range(state or self.width)}

    def flows(self, exclusive: Exclusive) -> list[float]:
        """Stationary frequencies of `moves`, per hour."""
        return 2 * [stay.visits for stay in exclusive.stays.values()]

    def tails(self, exclusive: Exclusive) -> list[float]:
        """P(none of the first k stays), for every k from 0."""
        result = [1.0]
        for stay in exclusive.stays.values():
            result.append(result[-1] - stay.share)
        return result

    def chances(self, exclusive: Exclusive) -> list[float]:
        """The probability of each variable of the chain, given those before it."""
        pairs = zip(exclusive.stays.values(), self.tails(exclusive), strict=False)
        found = [stay.share / tail for stay, tail in pairs]
        return [*found[:-1], 1.0] if exclusive.chosen and found else found

    def slopes(self, exclusive: Exclusive, moves: Sequence[int]) -> list[float]:
        """How the chances change while probability flows along the chosen moves (numbers into `moves`), per hour."""
        gain = _gain(self.moves, self.flows(exclusive), moves, self.width + 1)
        tails, chances = self.tails(exclusive), self.chances(exclusive)
        return [(gain[step + 1] + chances[step] * sum(gain[1 : step + 1])) / tails[step] for step in range(self.width)]

    def conditionals(self, exclusive: Exclusive, mean: float, gradient: Sequence[float]) -> list[float]:
        """U given each state, from U and its derivatives by the chances of the chain."""
        tails, chances = self.tails(exclusive), self.chances(exclusive)
        result = []
        for step, slope in enumerate(gradient):
            result.append(mean + (1.0 - chances[step]) * slope / tails[step])
            mean -= chances[step] * slope / tails[step]
        return [mean, *result]


def _gain(moves: list[tuple[int, int]], flows: list[float], chosen: Sequence[int], states: int) -> list[float]:
    """What each state gains per hour along the chosen moves."""
    gain = [0.0] * states
    for number in chosen:
        origin, goal = moves[number]
        gain[origin] -= flows[number]
        gain[goal] += flows[number]
    return gain


Chain = AgeChain | StayChain
Source = Rate | Exclusive
"""Where the chances of a chain come from: the rate of a part, or the exclusive itself."""


def truth_of(chain: Chain, atom: Gate) -> tuple[bool, ...]:
    """In which states of its chain an atom holds, for either kind of chain."""
    if isinstance(chain, AgeChain):
        assert isinstance(atom, PartAtom)
        return chain.truth(atom)
    assert isinstance(atom, ExclusiveAtom)
    return chain.truth(atom)


def chances_of(chain: Chain, source: Source) -> list[float]:
    """`Chain.chances` for either kind of chain."""
    if isinstance(chain, AgeChain):
        assert isinstance(source, Rate)
        return chain.chances(source)
    assert isinstance(source, Exclusive)
    return chain.chances(source)


def shares_by(chain: Chain, chances: Mapping[int, float]) -> list[float]:
    """The share of time in each state, "up" or "none" first, from the chances of all levels."""
    left = 1.0
    found: list[float] = []
    for level in range(chain.first, chain.first + chain.width):
        chance = chances[level]
        found.append(left * (1.0 - chance) if isinstance(chain, AgeChain) else left * chance)
        left *= chance if isinstance(chain, AgeChain) else 1.0 - chance
    return [*found, left] if isinstance(chain, AgeChain) else [left, *found]


def shares_of(chain: Chain, source: Source) -> list[float]:
    """The share of time in each state, "up" or "none" first."""
    if isinstance(chain, AgeChain):
        assert isinstance(source, Rate)
        tails = chain.tails(source)
        older = [max(a - b, 0.0) for a, b in pairwise([*tails[1:], 0.0])]
        return [1.0 - tails[1], *older]
    assert isinstance(source, Exclusive)
    return [chain.tails(source)[-1], *(stay.share for stay in source.stays.values())]


def slopes_of(chain: Chain, source: Source, moves: tuple[int, ...]) -> list[float]:
    """`Chain.slopes` for either kind of chain."""
    if isinstance(chain, AgeChain):
        assert isinstance(source, Rate)
        return chain.slopes(source, moves)
    assert isinstance(source, Exclusive)
    return chain.slopes(source, moves)


def flows_of(chain: Chain, source: Source) -> list[float]:
    """`Chain.flows` for either kind of chain."""
    if isinstance(chain, AgeChain):
        assert isinstance(source, Rate)
        return chain.flows(source)
    assert isinstance(source, Exclusive)
    return chain.flows(source)


def conditionals_of(chain: Chain, source: Source, mean: float, gradient: Sequence[float]) -> list[float]:
    """`Chain.conditionals` for either kind of chain."""
    if isinstance(chain, AgeChain):
        assert isinstance(source, Rate)
        return chain.conditionals(source, mean, gradient)
    assert isinstance(source, Exclusive)
    return chain.conditionals(source, mean, gradient)
