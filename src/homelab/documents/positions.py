"""Where every key and item of a document stands, kept compactly: lines and columns that count from 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

from homelab.documents.build import Builder, merges

_NO_KEYS: Mapping[str, tuple[int, int, Positions]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a node and what is in it stand."""

    line: int
    column: int
    keys: Mapping[str, tuple[int, int, Positions]]
    """For a mapping: line and column of the key, and the positions of its value."""
    items: Sequence[Positions]
    """For a sequence: the positions of its items."""


def positions_of(root: yaml.Node) -> Positions:
    """Positions of a node and everything below it; what stands behind an alias is shared, and stands where it is defined."""
    known: dict[int, Positions] = {}
    unfinished: list[tuple[yaml.Node, Any]] = []

    def of(node: yaml.Node) -> Positions:
        where = known.get(id(node))
        if where is None:
            line, column = node.start_mark.line + 1, node.start_mark.column + 1
            if node.__class__ is yaml.ScalarNode:
                return Positions(line, column, _NO_KEYS, ())
            maps = node.__class__ is yaml.MappingNode
            below: Any = {} if maps else []
            where = Positions(line, column, below, ()) if maps else Positions(line, column, _NO_KEYS, below)
            known[id(node)] = where
            unfinished.append((node, below))
        return where

    first = of(root)
    while unfinished:
        node, below = unfinished.pop()
        if node.__class__ is yaml.SequenceNode:
            below.extend(map(of, node.value))
            continue
        for key, item in _entries(node, {id(node)}):
            name = key.value if key.tag is None else Builder("").key(key)
            mark = key.start_mark
            below[name] = (mark.line + 1, mark.column + 1, of(item))
    return first


def _entries(node: yaml.Node, seen: set[int]) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Keys and values in the order in which later ones win; merged mappings written out, each of them once."""
    for key, item in node.value:
        if not merges(key):
            yield key, item
            continue
        for source in item.value[::-1] if item.__class__ is yaml.SequenceNode else [item]:
            if id(source) not in seen and source.__class__ is yaml.MappingNode:
                seen.add(id(source))
                yield from _entries(source, seen)
