"""All minimal cut sets of a service, of any number and order: counted, and listed up to an order.

They are read off the diagram (Rauzy 1993): those of a node are those of its low branch, where the variable's part is up, and those of
its high branch with the part added, except where one of the former is contained. Sets are kept as a zero-suppressed
diagram, which holds millions of them in thousands of nodes.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.availability.engine.bdd import FALSE, TRUE
from homelab.availability.engine.chains import AgeChain
from homelab.availability.quantify import Evaluator
from homelab.errors import Undecidable

NONE, EMPTY = 0, 1
"""No set at all; and the empty set alone."""


class MinimalCuts:
    """The minimal cut sets of one service.

    Raises:
        Undecidable: the service is not exact, or it is not coherent, or it asks how old an outage is.
    """

    def __init__(self, evaluator: Evaluator, service: str) -> None:
        compiled = evaluator.compiled
        if service not in compiled.roots:
            raise Undecidable(f"service {service} is not exact: its cut sets are known to the second order")
        harm, units = compiled.harms[service], compiled.chains
        falls = sum(1 << first for first in compiled.flows.first.values())
        if any(
            not isinstance(units[unit], AgeChain) or units[unit].width > 1
            for unit in evaluator.given(service, evaluator.figured())
        ):
            raise Undecidable(
                f"service {service} looks at ages of outages or planned work: its cut sets are not sets of parts"
            )
        if harm.cared & falls & ~harm.harmful:
            raise Undecidable(f"service {service} is not coherent: a part that fails may help it")
        self._part_at = {chain.first: unit for unit, chain in units.items()}
        self._level, self._low, self._high = [1 << 62] * 2, [0, 0], [0, 0]
        self._unique: dict[tuple[int, int, int], int] = {}
        self._kept: dict[tuple[int, int], int] = {}
        diagrams = compiled.diagrams
        sets = {FALSE: EMPTY, TRUE: NONE}
        for node in diagrams.reachable([compiled.roots[service]]):
            low = sets[diagrams.low[node]]
            sets[node] = self._node(diagrams.level[node], low, self._without(sets[diagrams.high[node]], low))
        self._root = sets[compiled.roots[service]]

    def counts(self) -> dict[int, int]:
        """How many there are of each order."""
        known: list[dict[int, int]] = [{}, {0: 1}]
        for node in range(2, len(self._level)):
            found = dict(known[self._low[node]])
            for order, count in known[self._high[node]].items():
                found[order + 1] = found.get(order + 1, 0) + count
            known.append(found)
        return dict(sorted(known[self._root].items()))

    def sets(self, order: int) -> Iterator[tuple[str, ...]]:
        """Those of at most an order, by name."""
        todo: list[tuple[int, tuple[str, ...]]] = [(self._root, ())]
        while todo:
            node, chosen = todo.pop()
            if node == EMPTY:
                yield chosen
            elif node != NONE:
                todo.append((self._low[node], chosen))
                if len(chosen) < order:
                    todo.append((self._high[node], (*chosen, self._part_at[self._level[node]])))

    def _node(self, level: int, low: int, high: int) -> int:
        """The sets of `low`, and those of `high` with one part more."""
        if high == NONE:
            return low
        key = level, low, high
        if key not in self._unique:
            self._unique[key] = len(self._level)
            self._level.append(level)
            self._low.append(low)
            self._high.append(high)
        return self._unique[key]

    def _without(self, some: int, others: int) -> int:
        """Those of `some` that contain none of `others`."""
        todo = [(some, others)]
        while todo:
            pair = todo[-1]
            if self._simple(pair) is None and not self._step(pair, todo):
                continue
            todo.pop()
        found = self._simple((some, others))
        assert found is not None
        return found

    def _simple(self, pair: tuple[int, int]) -> int | None:
        """What is known of a pair."""
        some, others = pair
        if others == EMPTY or some in {NONE, others}:
            return NONE
        if others == NONE:
            return some
        return self._kept.get(pair)

    def _step(self, pair: tuple[int, int], todo: list[tuple[int, int]]) -> bool:
        """Work out a pair, or say first what it needs."""
        some, others = pair
        level, other = self._level[some], self._level[others]

        def known(one: int, two: int) -> int | None:
            """A smaller pair; it is worked out first where it is not known."""
            found = self._simple((one, two))
            if found is None:
                todo.append((one, two))
            return found

        if level > other:
            rest = known(some, self._low[others])
            if rest is None:
                return False
            self._kept[pair] = rest
            return True
        below = known(self._low[some], others if level < other else self._low[others])
        above = known(self._high[some], others if level < other else self._low[others])
        if above is not None and level == other:
            above = known(above, self._high[others])
        if below is None or above is None:
            return False
        self._kept[pair] = self._node(level, below, above)
        return True
