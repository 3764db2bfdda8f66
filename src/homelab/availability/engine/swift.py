"""Every service asked again with compiled loops: diagrams and few worlds laid out once as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from homelab.availability.engine import fast
from homelab.availability.engine.bounds import Odds
from homelab.availability.engine.few import Few
from homelab.availability.engine.program import Program


class Swift:
    """The diagrams and the few worlds of all services, in arrays."""

    def __init__(self, program: Program, few: Mapping[str, Few]) -> None:
        self._levels = sorted({level for _, level, _ in program.rows})
        places = {level: place for place, level in enumerate(self._levels)}
        nodes = [(low, high, places[level]) for _, level, pairs in program.rows for low, high in pairs]
        self._nodes = [fast.whole([node[each] for node in nodes]) for each in range(3)]
        self._result = fast.empty(program.size)
        self._roots = fast.whole(program.roots)
        self._few = self._flat(few) if few else None
        self._low, self._beyond = fast.empty(len(few)), fast.empty(len(few))

    def failures(self, chances: Mapping[int, float]) -> list[float]:
        """P(false) of every root."""
        chance = fast.real([chances[level] for level in self._levels])
        fast.compiled("failure")(*self._nodes, chance, self._result)
        found: list[float] = self._result[self._roots].tolist()
        return found

    def intervals(self, odds: Odds) -> tuple[list[float], list[float]]:
        """The lower end of U, and P(three or more units down), of every service that is not exact."""
        if self._few is None:
            return [], []
        up = fast.real(list(odds.up.values()))
        fast.compiled("intervals")(*self._few, (fast.real(odds.state), up), self._low, self._beyond)
        return self._low.tolist(), self._beyond.tolist()

    def _flat(self, few: Mapping[str, Few]) -> tuple[Any, Any]:
        """The units, states and exceptional pairs of all services, one after the other."""
        states = next(iter(few.values())).states
        numbers = {unit: number for number, unit in enumerate(states.first)}
        service, unit, alone, pair = [0], list[int](), list[bool](), [0]
        pairs: list[tuple[int, int, float]] = []
        for known in few.values():
            for name, own in known.units:
                unit.append(numbers[name])
                alone += [state in known.alone for state in own]
            for sign, exceptions in ((1.0, known.more), (-1.0, known.less)):
                pairs += [(one, two, sign) for one, others in exceptions.items() for two in others if two > one]
            service.append(len(unit))
            pair.append(len(pairs))
        widths = (
            end - begin
            for begin, end in zip(states.first.values(), [*list(states.first.values())[1:], len(states)], strict=True)
        )
        first = list(accumulate(widths, initial=0))
        columns = fast.whole([one for one, _, _ in pairs]), fast.whole([two for _, two, _ in pairs])
        signs = fast.real([sign for _, _, sign in pairs])
        always = fast.real([float(known.always) for known in few.values()])
        layout = *map(fast.whole, (service, unit, first)), fast.flags(alone), always
        return layout, (fast.whole(pair), *columns, signs)
