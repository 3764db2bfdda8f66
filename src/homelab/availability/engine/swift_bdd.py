"""Diagrams whose operations are compiled, for the extra `uptime`: the same nodes with the same numbers as those of `bdd`.

While they are built, levels are numbered without gaps; `finished` gives them as plain lists, with the levels they were asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from homelab.availability.engine import fast
from homelab.availability.engine.bdd import TERMINAL_LEVEL, TRUE, Diagrams, TooManyNodesError

BEGIN = 1 << 16
"""Nodes there is room for at first."""
CACHE = 1 << 20
"""Results of operations that are remembered; a power of two."""


class SwiftDiagrams(Diagrams):
    """A family of diagrams in arrays that grow."""

    def __init__(self, levels: Iterable[int]) -> None:
        super().__init__()
        self._levels = [*sorted(levels), TERMINAL_LEVEL]
        self._dense = {level: number for number, level in enumerate(self._levels)}
        self._size = fast.whole([2, BEGIN])
        arrays: Any = [fast.room(BEGIN) for _ in range(3)]
        arrays[0][:2] = len(self._levels) - 1
        arrays[1][1] = arrays[2][1] = TRUE
        self.level, self.low, self.high = arrays
        self._slots = fast.room(4 * BEGIN)
        self._cache = fast.room(CACHE), fast.room(CACHE), fast.room(CACHE)
        self._frames = tuple(fast.room(len(self._levels) + 16) for _ in range(4))

    def __len__(self) -> int:
        return int(self._size[0])

    def allow(self, nodes: int) -> None:
        """Let so many more be made."""
        self._limit = len(self) + nodes
        self._fit()

    @property
    def allowed(self) -> int:
        """How many more may be made."""
        return self._limit - len(self)

    def node(self, level: int, low: int, high: int) -> int:
        """As `Diagrams.node`."""
        if low == high:
            return low
        dense, mask = self._dense[level], len(self._slots) - 1
        slot = (low * 12582917 + high * 4256249 + dense * 741457) & mask
        while number := int(self._slots[slot]):
            if (self.level[number], self.low[number], self.high[number]) == (dense, low, high):
                return number
            slot = (slot + 1) & mask
        if len(self) >= self._size[1]:
            self._grow()
            return self.node(level, low, high)
        number = len(self)
        self.level[number], self.low[number], self.high[number] = dense, low, high
        self._slots[slot] = number
        self._size[0] += 1
        return number

    def negation(self, item: int) -> int:
        """Not it."""
        if item <= TRUE:
            return 1 - item
        while True:
            marks = self._marks([item], item + 1)
            found = int(fast.compiled("negate")(item, self._table, marks, fast.room(item + 1)))
            if found >= 0:
                return found
            self._grow()

    def reachable(self, roots: Iterable[int]) -> list[int]:
        """All inner nodes below the roots, bottom-up."""
        below = list(roots)
        numbers: list[int] = self._marks(below, max(below, default=0) + 1).nonzero()[0].tolist()
        return [number for number in numbers if number > TRUE]

    def collect(self, roots: Iterable[int]) -> dict[int, int]:
        """As `Diagrams.collect`."""
        allowed = self.allowed
        wanted = set(roots)
        marks = self._marks(wanted, len(self))
        marks[:2] = True
        numbers = marks.cumsum() - 1
        kept = marks.nonzero()[0]
        count = len(kept)
        self.level[:count] = self.level[kept]
        self.low[:count], self.high[:count] = numbers[self.low[kept]], numbers[self.high[kept]]
        self._size[0] = count
        fast.compiled("rehash")(self._table)
        for array in self._cache:
            array[:] = 0
        self.allow(allowed)
        return {root: int(numbers[root]) for root in wanted}

    def finished(self) -> Diagrams:
        """The same nodes as plain lists, for all who only read."""
        plain = Diagrams()
        arrays: Any = self.level, self.low, self.high
        dense, plain.low, plain.high = (array[: len(self)].tolist() for array in arrays)
        plain.level = [self._levels[each] for each in dense]
        return plain

    @property
    def _table(self) -> tuple[Any, ...]:
        return self.level, self.low, self.high, self._slots, self._size

    def _marks(self, roots: Iterable[int], count: int) -> Any:
        """The nodes below some, as flags."""
        marks = fast.room(count, "bool")
        fast.compiled("marked")(fast.whole(list(roots)), self.low, self.high, marks)
        return marks

    def _join(self, left: int, right: int, absorbing: int) -> int:
        """AND (absorbing 0) or OR (absorbing 1) of two diagrams."""
        while True:
            root = left, right, 0
            found = int(fast.compiled("join")(root, absorbing, self._table, self._cache, self._frames))
            if found >= 0:
                return found
            self._grow()

    def _grow(self) -> None:
        """Twice the room, as far as it is allowed.

        Raises:
            TooManyNodesError: the limit is reached.
        """
        if len(self) >= self._limit:
            raise TooManyNodesError
        more = len(self.level)
        self.level, self.low, self.high = (
            fast.joined([array, fast.room(more)]) for array in (self.level, self.low, self.high)
        )
        self._slots = fast.room(2 * len(self._slots))
        fast.compiled("rehash")(self._table)
        self._fit()

    def _fit(self) -> None:
        """What is allowed, and what there is room for."""
        self._size[1] = min(len(self.level), max(self._limit, len(self)))
