"""Reduced ordered binary decision diagrams: one function, one node, whatever way it was written.

Nodes are integers: 0 is false, 1 is true, every other node tests the variable of its level and goes to `low` when the
variable is false, to `high` when it is true. Children are made before their parents, so ascending numbers are a
bottom-up order. Operations work off a stack of their own: depth is bounded by memory, not by the recursion limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

FALSE = 0
TRUE = 1
TERMINAL_LEVEL = 1 << 62


class TooManyNodesError(Exception):
    """The diagram outgrew what it was allowed; whoever compiles says what is answered instead."""


class Diagrams:
    """A family of diagrams over one variable order that share all equal nodes."""

    def __init__(self, limit: int = 2_000_000) -> None:
        self.level = [TERMINAL_LEVEL, TERMINAL_LEVEL]
        self.low = [FALSE, TRUE]
        self.high = [FALSE, TRUE]
        self._limit = limit
        self._unique: dict[tuple[int, int, int], int] = {}
        self._joined: tuple[dict[tuple[int, int], int], dict[tuple[int, int], int]] = ({}, {})

    def __len__(self) -> int:
        """Nodes made and not collected."""
        return len(self.level)

    def allow(self, nodes: int) -> None:
        """Let so many more be made."""
        self._limit = len(self.level) + nodes

    @property
    def allowed(self) -> int:
        """How many more may be made."""
        return self._limit - len(self.level)

    def collect(self, roots: Iterable[int]) -> dict[int, int]:
        """Forget all nodes that are not below the roots; the others are renumbered, as is returned."""
        allowed = self.allowed
        kept = self.reachable(roots)
        numbers = {FALSE: FALSE, TRUE: TRUE} | {old: new for new, old in enumerate(kept, 2)}
        level, low, high = self.level, self.low, self.high
        self.level = [TERMINAL_LEVEL, TERMINAL_LEVEL, *(level[old] for old in kept)]
        self.low = [FALSE, TRUE, *(numbers[low[old]] for old in kept)]
        self.high = [FALSE, TRUE, *(numbers[high[old]] for old in kept)]
        self._unique = {}
        self.known()
        self._joined = ({}, {})
        self.allow(allowed)
        return numbers

    def known(self) -> None:
        """Know the nodes again that stand in the lists, before more are made."""
        if len(self._unique) == len(self.level) - 2:
            return
        triples = zip(self.level[2:], self.low[2:], self.high[2:], strict=True)
        self._unique = {triple: number for number, triple in enumerate(triples, 2)}

    def finished(self) -> Diagrams:
        """The diagrams as those want them who only read."""
        return self

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
        """True where the true items weigh `least` or more (one each by default): a dynamic programme, not a list of sets.

        What is still needed after some items takes few values, however large the weights are; where it takes many, they
        count as nodes.

        Raises:
            TooManyNodesError: the limit is reached.
        """
        weighted = [pair for pair in zip(items, weights or [1] * len(items), strict=True) if pair[1]]
        weighted.sort(key=lambda pair: self.level[pair[0]])
        left = [0]
        for _, weight in reversed(weighted):
            left.append(left[-1] + weight)
        needed = [{least}]
        for place, (_, weight) in enumerate(weighted):
            rest = left[len(weighted) - place - 1]
            open_ = {need for need in needed[-1] if 0 < need <= rest + weight}
            needed.append({each for need in open_ for each in (need, need - weight) if 0 < each <= rest})
            if sum(map(len, needed)) > self.allowed:
                raise TooManyNodesError
        reached: dict[int, int] = {}
        for place in range(len(weighted) - 1, -1, -1):
            item, weight = weighted[place]
            rest = left[len(weighted) - place - 1]
            below = reached

            def after(need: int, below: dict[int, int] = below, rest: int = rest) -> int:
                return TRUE if need <= 0 else FALSE if need > rest else below[need]

            reached = {
                need: self._join(after(need), self._join(after(need - weight), item, FALSE), TRUE)
                for need in needed[place]
                if 0 < need <= rest + weight
            }
        return TRUE if least <= 0 else reached.get(least, FALSE)

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

    def _join(self, left: int, right: int, absorbing: int) -> int:  # noqa: C901, PLR0912  # inner loop: calls double its time
        """AND (absorbing 0) or OR (absorbing 1) of two diagrams."""
        neutral = 1 - absorbing
        cache, levels, lows, highs = self._joined[absorbing], self.level, self.low, self.high
        if absorbing in (left, right):
            return absorbing
        if left in (neutral, right):
            return right
        if right == neutral:
            return left
        root = (left, right) if left < right else (right, left)
        stack = [root]
        while stack:
            one, two = pair = stack[-1]
            if pair in cache:
                stack.pop()
                continue
            one_low = one_high = one
            two_low = two_high = two
            top, other = levels[one], levels[two]
            if top <= other:
                one_low, one_high = lows[one], highs[one]
            if other <= top:
                top, two_low, two_high = other, lows[two], highs[two]
            low = high = -1
            if one_low == absorbing or two_low == absorbing:  # noqa: PLR1714  # as fast as it gets
                low = absorbing
            elif one_low == neutral or one_low == two_low:  # noqa: PLR1714, SIM109  # as above
                low = two_low
            elif two_low == neutral:
                low = one_low
            elif (low := cache.get(below := (one_low, two_low) if one_low < two_low else (two_low, one_low), -1)) < 0:
                stack.append(below)
            if one_high == absorbing or two_high == absorbing:  # noqa: PLR1714  # as above
                high = absorbing
            elif one_high == neutral or one_high == two_high:  # noqa: PLR1714, SIM109  # as above
                high = two_high
            elif two_high == neutral:
                high = one_high
            elif (
                high := cache.get(below := (one_high, two_high) if one_high < two_high else (two_high, one_high), -1)
            ) < 0:
                stack.append(below)
            if low >= 0 and high >= 0:
                cache[pair] = self.node(top, low, high)
                stack.pop()
        return cache[root]
