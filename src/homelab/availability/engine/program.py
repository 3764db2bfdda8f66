"""A diagram laid out for arithmetic: its nodes in bottom-up levels, so that one pass gives all services their figures.

What is followed through the diagram is the *failure* probability, the chance to end in false: a sum of products of
non-negative numbers that keeps its relative precision however small it is (1 - availability would lose it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homelab.availability.engine.bdd import FALSE, TRUE, Diagrams


@dataclass(frozen=True, slots=True)
class Program:
    """Nodes renumbered from 2 on, level by level, deepest first; 0 and 1 stay false and true.

    `rows` holds per level the number of its first node, the level, and for each node (low, high).
    """

    rows: list[tuple[int, int, list[tuple[int, int]]]]
    roots: list[int]
    size: int

    @classmethod
    def of(cls, diagrams: Diagrams, roots: Sequence[int]) -> Program:
        """Lay out everything below the roots."""
        numbers = {FALSE: FALSE, TRUE: TRUE}
        by_level: dict[int, list[int]] = {}
        for node in diagrams.reachable(roots):
            by_level.setdefault(diagrams.level[node], []).append(node)
        rows = []
        for level in sorted(by_level, reverse=True):
            start = len(numbers)
            pairs = [(numbers[diagrams.low[node]], numbers[diagrams.high[node]]) for node in by_level[level]]
            numbers.update((node, start + step) for step, node in enumerate(by_level[level]))
            rows.append((start, level, pairs))
        return cls(rows, [numbers[root] for root in roots], len(numbers))

    def failure(self, chances: Mapping[int, float]) -> list[float]:
        """For each node the probability of ending in false, given the chance of each level's variable."""
        result = [1.0, 0.0]
        for _, level, pairs in self.rows:
            q = chances[level]
            p = 1.0 - q
            result += [q * result[high] + p * result[low] for low, high in pairs]
        return result

    def drift(self, chances: Mapping[int, float], slopes: Mapping[int, float], failure: Sequence[float]) -> list[float]:
        """For each node the change of its failure probability while the chances change by the slopes."""
        result = [0.0, 0.0]
        for _, level, pairs in self.rows:
            q, slope = chances[level], slopes[level]
            p = 1.0 - q
            result += [
                q * result[high] + p * result[low] + slope * (failure[high] - failure[low]) for low, high in pairs
            ]
        return result

    def gradient(self, root: int, chances: Mapping[int, float], failure: Sequence[float]) -> dict[int, float]:
        """The derivatives of one root's failure probability by the chance of each level, in one top-down pass."""
        reach = [0.0] * self.size
        reach[root] = 1.0
        result = {}
        for start, level, pairs in reversed(self.rows):
            q = chances[level]
            p = 1.0 - q
            total = 0.0
            for weight, (low, high) in zip(reach[start : start + len(pairs)], pairs, strict=True):
                if weight:
                    total += weight * (failure[high] - failure[low])
                    reach[high] += weight * q
                    reach[low] += weight * p
            result[level] = total
        return result


def crossing(
    diagrams: Diagrams, root: int, fixed: tuple[Mapping[int, bool], Mapping[int, bool]], chances: Mapping[int, float]
) -> float:
    """P(true with the variables fixed in the first way, false with them fixed in the second), side by side in one diagram."""
    known: dict[tuple[int, int], float] = {}
    last = max(max(way) for way in fixed)

    def settled(pair: tuple[int, int]) -> tuple[int, int]:
        """Both nodes, past the variables that are fixed."""
        nodes = []
        for node, way in zip(pair, fixed, strict=True):
            here = node
            while (value := way.get(diagrams.level[here])) is not None:
                here = diagrams.high[here] if value else diagrams.low[here]
            nodes.append(here)
        return nodes[0], nodes[1]

    def value(pair: tuple[int, int]) -> float | None:
        """What is known of a pair; the same function below all that is fixed cannot differ."""
        if pair[0] == FALSE or pair[1] == TRUE or (pair[0] == pair[1] and diagrams.level[pair[0]] > last):
            return 0.0
        return 1.0 if pair == (TRUE, FALSE) else known.get(pair)

    start = settled((root, root))
    todo = [start]
    while todo:
        pair = todo[-1]
        if value(pair) is not None:
            todo.pop()
            continue
        level = min(diagrams.level[node] for node in pair)
        low, high = (
            settled(tuple(branch[node] if diagrams.level[node] == level else node for node in pair))  # type: ignore[arg-type]  # two
            for branch in (diagrams.low, diagrams.high)
        )
        below, above = value(low), value(high)
        if below is None or above is None:
            todo += [each for each, found in ((low, below), (high, above)) if found is None]
            continue
        q = chances[level]
        known[pair] = (1.0 - q) * below + q * above
        todo.pop()
    return value(start) or 0.0
