"""Odd values in the place of any value: what a stranger's repository may hold, as a strategy."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

ODD: list[Any] = [
    None, True, False, 0, -1, 7, 1.5, 2**62, "", "x", "1", "²", "50%", "-", "a/b", "{{x}}", "${x}", "..", "\n", "*",
    "(", [], [None], [1], ["x"], [[]], [{}], {}, {"x": 1}, {"": None}, {"a": {"b": []}}, {"name": 5}, [{"name": None}],
]  # fmt: skip
"""Values that no field expects all of."""


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document, the root left out."""
    if at:
        yield at
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        yield from paths(item, (*at, key))


def replaced(value: Any, at: tuple[Any, ...], odd: Any) -> Any:
    """A copy of a document in which one value is another."""
    changed = copy.deepcopy(value)
    inside = changed
    for key in at[:-1]:
        inside = inside[key]
    if isinstance(inside, dict) and at[-1] not in inside:
        raise KeyError(at[-1])  # an earlier change put a map where a list was
    inside[at[-1]] = copy.deepcopy(odd)
    return changed


def mutations(documents: dict[str, list[Any]], most: int = 2) -> st.SearchStrategy[dict[str, list[Any]]]:
    """The documents with up to so many values replaced by odd ones, or taken away."""
    places = [(file, path) for file, bodies in sorted(documents.items()) for path in paths(bodies) if len(path) > 1]

    def apply(changes: list[tuple[int, Any]]) -> dict[str, list[Any]]:
        result = documents
        for number, odd in changes:
            file, path = places[number]
            try:
                result = {**result, file: replaced(result[file], path, odd)}
            except (KeyError, IndexError, TypeError):
                continue  # an earlier change has taken the place away
        return result

    change = st.tuples(st.integers(0, len(places) - 1), st.sampled_from(ODD))
    return st.lists(change, min_size=1, max_size=most).map(apply)
