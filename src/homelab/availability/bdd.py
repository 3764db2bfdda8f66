"""Reduced ordered binary decision diagrams: one function, one node, whatever way it was written.

Nodes are integers: 0 is false, 1 is true, every other node tests the variable of its level and goes to `low` when the
variable is false, to `high` when it is true. Children are made before their parents, so ascending numbers are a
bottom-up order. Operations work off a stack of their own: depth is bounded by memory, not by the recursion limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

FALSE = 0
TRUE = 1
TERMINAL_LEVEL = 1 << 60


class TooManyNodesError(Exception):
    """The diagram outgrew its limit; whoever compiles says for which service."""


class Diagrams:
    """A family of diagrams over one variable order that share all equal nodes."""

    def __init__(self, limit: int = 2_000_000) -> None:
        self.level = [TERMINAL_LEVEL, TERMINAL_LEVEL]
        self.low = [FALSE, TRUE]
        self.high = [FALSE, TRUE]
        self._limit = limit
        self._unique: dict[tuple[int, int, int], int] = {}
        self._joined: tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]] = ({}, {})

    def node(self, level: int, low: int, high: int) -> int:
        """The node for "if the variable of `level` then `high` else `low`".

        Raises:
            TooManyNodesError: the limit is reached.
        """
        if low == high:
            return low
        key = (level, low, high)
        known = self._unique.get(key)
        if known is not None:
            return known
        number = len(self.level)
        if number >= self._limit:
            raise TooManyNodesError
        self.level.append(level)
        self.low.append(low)
        self.high.append(high)
        self._unique[key] = number
        return number

    def conjunction(self, items: Iterable[int]) -> int:
        """All of them; deepest first, which keeps each step as small as its upper operand."""
        return self._fold(items, FALSE)

    def disjunction(self, items: Iterable[int]) -> int:
        """Any of them."""
        return self._fold(items, TRUE)

    def negation(self, item: int) -> int:
        """Not it."""
        image = {FALSE: TRUE, TRUE: FALSE}
        for number in self.reachable([item]):
            image[number] = self.node(self.level[number], image[self.low[number]], image[self.high[number]])
        return image[item]

    def restriction(self, item: int, fixed: Mapping[int, bool]) -> int:
        """The function that is left once the variables of some levels are known."""
        image = {FALSE: FALSE, TRUE: TRUE}
        for number in self.reachable([item]):
            level = self.level[number]
            low, high = image[self.low[number]], image[self.high[number]]
            known = fixed.get(level)
            image[number] = self.node(level, low, high) if known is None else high if known else low
        return image[item]

    def threshold(self, least: int, items: Sequence[int], weights: Sequence[int] | None = None) -> int:
        """True where the true items weigh `least` or more (one each by default): a dynamic programme, not a list of sets."""
        weighted = list(zip(items, weights or [1] * len(items), strict=True))
        weighted.sort(key=lambda pair: -self.level[pair[0]])
        reached = [TRUE] + [FALSE] * max(least, 0)
        for item, weight in weighted:
            for sum_ in range(least, 0, -1) if weight else ():
                reached[sum_] = self._join(reached[sum_], self._join(reached[max(sum_ - weight, 0)], item, FALSE), TRUE)
        return reached[max(least, 0)]

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """All inner nodes below the roots, bottom-up."""
        seen = set(roots) - {FALSE, TRUE}
        todo = list(seen)
        while todo:
            number = todo.pop()
            for child in (self.low[number], self.high[number]):
                if child > TRUE and child not in seen:
                    seen.add(child)
                    todo.append(child)
        return sorted(seen)

    def _fold(self, items: Iterable[int], absorbing: int) -> int:
        """Join all items, the deepest first."""
        result = 1 - absorbing
        for item in sorted(set(items), key=lambda number: -self.level[number]):
            result = self._join(result, item, absorbing)
            if result == absorbing:
                break
        return result

    def _join(self, left: int, right: int, absorbing: int) -> int:
        """AND (absorbing 0) or OR (absorbing 1) of two diagrams."""
        cache = self._joined[absorbing]
        done = _trivial(left, right, absorbing)
        if done is not None:
            return done
        root = (left, right) if left < right else (right, left)
        levels, lows, highs = self.level, self.low, self.high
        stack = [root]
        while stack:
            pair = stack[-1]
            if pair in cache:
                stack.pop()
                continue
            one, two = pair
            top = min(levels[one], levels[two])
            one_low, one_high = (lows[one], highs[one]) if levels[one] == top else (one, one)
            two_low, two_high = (lows[two], highs[two]) if levels[two] == top else (two, two)
            low = _known(one_low, two_low, absorbing, cache, stack)
            high = _known(one_high, two_high, absorbing, cache, stack)
            if low is not None and high is not None:
                cache[pair] = self.node(top, low, high)
                stack.pop()
        return cache[root]


def _trivial(left: int, right: int, absorbing: int) -> int | None:
    """The result where one side decides, or both are the same."""
    if absorbing in (left, right):
        return absorbing
    if left == 1 - absorbing or left == right:
        return right
    return left if right == 1 - absorbing else None


def _known(
    left: int, right: int, absorbing: int, cache: dict[tuple[int, int], int], stack: list[tuple[int, int]]
) -> int | None:
    """The joined result if it is known by now, else None and a job on the stack."""
    done = _trivial(left, right, absorbing)
    if done is None:
        pair = (left, right) if left < right else (right, left)
        done = cache.get(pair)
        if done is None:
            stack.append(pair)
    return done
