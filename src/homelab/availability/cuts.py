"""What takes a service down alone, and what does so in pairs: minimal cut sets of order one and two, exactly.

Everything else is up, so only one path of the diagram is read per question: no probabilities, no truncation. Choices
are taken at their worst: a machine fails alone if it does so with pods in some of the places that they may be in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from homelab.availability.engine.bdd import FALSE, TRUE
from homelab.availability.engine.chains import AgeChain, Chain, StayChain
from homelab.availability.engine.few import Few
from homelab.availability.quantify import Evaluator


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """A part whose failure alone takes the service down, from `begins` to `ends` hours into its outage.

    `ends` is infinite for as long as the part is down; a finite one means that the service moves away. `part` is the
    name of an exclusive where planned work does it, and `state` then says which.
    """

    part: str
    cause: str
    state: str | None = None
    begins: float = 0.0
    ends: float = math.inf

    @property
    def lasting(self) -> bool:
        """Whether the service stays down until the part is repaired."""
        return math.isinf(self.ends)


def single_points(evaluator: Evaluator, service: str) -> list[SinglePoint]:
    """The minimal cut sets of order one, in the order of the model."""
    return Cuts(evaluator, service).singles()


def pairs(evaluator: Evaluator, service: str) -> list[tuple[str, str]]:
    """The minimal cut sets of order two: names that take the service down together and not alone."""
    return Cuts(evaluator, service).doubles()


class Cuts:
    """One service with everything up, asked what a few failures do."""

    def __init__(self, evaluator: Evaluator, service: str) -> None:
        self._few = _at_worst(evaluator.few.get(service))
        self._chains = evaluator.compiled.chains
        self._diagrams = evaluator.compiled.diagrams
        self._unit_at: dict[int, Chain] = {
            chain.first + step: chain for chain in evaluator.compiled.chains.values() for step in range(chain.width)
        }
        self._root = self._worst(evaluator.compiled.roots.get(service, TRUE))
        self._end = {FALSE: FALSE, TRUE: TRUE}
        for node in self._diagrams.reachable([self._root]):
            self._end[node] = self._end[self._diagrams.low[node]]

    def _worst(self, root: int) -> int:
        """The diagram that is true where the service is up whatever was chosen."""
        done = {FALSE: FALSE, TRUE: TRUE}
        for node in self._diagrams.reachable([root]):
            level, low, high = (of[node] for of in (self._diagrams.level, self._diagrams.low, self._diagrams.high))
            chain = self._unit_at[level]
            if not isinstance(chain, StayChain) or not chain.exclusive.chosen:
                done[node] = self._diagrams.node(level, done[low], done[high])
            elif level == chain.first + chain.width - 1:
                done[node] = done[high]
            else:
                done[node] = self._diagrams.conjunction([done[low], done[high]])
        return done[root]

    def singles(self) -> list[SinglePoint]:
        """What fails alone."""
        failing: dict[int, tuple[Chain, list[int]]] = {}
        if self._few:
            states = self._few.states
            for state in sorted(self._few.alone):
                chain = self._chains[states.unit[state]]
                failing.setdefault(chain.first, (chain, []))[1].append(states.number[state])
        for chain, state, node in self._choices(self._root):
            if self._end[node] == FALSE:
                failing.setdefault(chain.first, (chain, []))[1].append(state)
        return [point for chain, states in failing.values() for point in _points(chain, states)]

    def doubles(self) -> list[tuple[str, str]]:
        """What fails in pairs."""
        if self._few:
            return self._few_doubles(self._few)
        alone = {_name(chain, state) for chain, state, node in self._choices(self._root) if self._end[node] == FALSE}
        found: dict[tuple[str, str], None] = {}
        for chain, state, node in self._choices(self._root):
            first = _name(chain, state)
            if first in alone:
                continue
            for other, other_state, end in self._choices(node):
                second = _name(other, other_state)
                if self._end[end] == FALSE and second not in alone:
                    found.setdefault((first, second))
        return list(found)

    def _few_doubles(self, few: Few) -> list[tuple[str, str]]:
        """The same from worlds that were looked at."""
        names = {state: _name(self._chains[few.states.unit[state]], few.states.number[state]) for state in few.relevant}
        alone = {names[state] for state in few.alone}
        found: dict[tuple[str, str], None] = {}
        for one in few.relevant:
            for two in few.more.get(one, ()):
                if one < two and not {names[one], names[two]} & alone:
                    found.setdefault((names[one], names[two]))
        return list(found)

    def _choices(self, node: int) -> Iterator[tuple[Chain, int, int]]:
        """Every unit met with everything below up, each state it may be in instead, and where that leads."""
        before: Chain | None = None
        while node > TRUE:
            chain = self._unit_at[self._diagrams.level[node]]
            if chain is not before:
                before = chain
                for state in range(1, chain.width + 1):
                    yield chain, state, self._through(chain, state, node)
            node = self._diagrams.low[node]

    def _through(self, chain: Chain, state: int, node: int) -> int:
        """The node behind a chain whose unit is in a state."""
        fixed = chain.fixing(state)
        while node > TRUE and (value := fixed.get(self._diagrams.level[node])) is not None:
            node = self._diagrams.high[node] if value else self._diagrams.low[node]
        return node


def _name(chain: Chain, state: int) -> str:
    """How an event is called: a part whatever the age of its outage, an exclusive with its state."""
    if isinstance(chain, AgeChain):
        return chain.part.name
    return f"{chain.exclusive.name}/{list(chain.exclusive.stays)[state - 1]}"


def _points(chain: Chain, states: list[int]) -> Iterator[SinglePoint]:
    """One point for a part, from the first to the last failing age; one for each state of an exclusive."""
    if isinstance(chain, AgeChain):
        ages = [0.0, *chain.delays, math.inf]
        yield SinglePoint(chain.part.name, chain.part.cause, None, ages[min(states) - 1], ages[max(states)])
        return
    stays = list(chain.exclusive.stays.items())
    for state in states:
        name, stay = stays[state - 1]
        yield SinglePoint(chain.exclusive.name, stay.cause, name)


def _at_worst(few: Few | None) -> Few | None:
    """A service that is not exact, at its worst choice: without what is no failure whatever is chosen."""
    if few is None or few.open is None:
        return few
    worst, unit = few.open.worst, few.states.unit
    never = {world for world, root in few.open.roots.items() if root == TRUE}
    alone = {state for state in worst.alone if (state,) not in never}
    more = {one: tuple(two for two in others if _world(one, two) not in never) for one, others in worst.more.items()}
    for one in worst.alone - alone:
        for two in worst.relevant:
            if unit[one] != unit[two] and worst.down(one, two) and _world(one, two) not in never:
                more[one] = (*more.get(one, ()), two)
                more[two] = (*more.get(two, ()), one)
    return Few(worst.always and () not in never, worst.relevant, alone, worst.states, more)


def _world(one: int, two: int) -> tuple[int, int]:
    """The world with two states."""
    return min(one, two), max(one, two)
