"""Where every key and item of a document stands, kept compactly: lines and columns that count from 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from homelab.documents.build import Builder, merges


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a node and what is in it stand."""

    line: int
    column: int
    keys: dict[str, tuple[int, int, Positions]] = field(default_factory=dict)
    """For a mapping: line and column of the key, and the positions of its value."""
    items: list[Positions] = field(default_factory=list)
    """For a sequence: the positions of its items."""


def positions_of(root: yaml.Node) -> Positions:
    """Positions of a node and everything below it; what stands behind an alias is shared, and stands where it is defined."""
    known: dict[int, Positions] = {}
    unfinished: list[tuple[yaml.Node, Positions]] = []

    def of(node: yaml.Node) -> Positions:
        where = known.get(id(node))
        if where is None:
            where = known[id(node)] = Positions(node.start_mark.line + 1, node.start_mark.column + 1)
            unfinished.append((node, where))
        return where

    first = of(root)
    while unfinished:
        node, where = unfinished.pop()
        if node.__class__ is yaml.SequenceNode:
            where.items.extend(map(of, node.value))
        elif node.__class__ is yaml.MappingNode:
            for key, item in _entries(node, {id(node)}):
                name = key.value if key.tag is None else Builder("").key(key)
                where.keys[name] = (key.start_mark.line + 1, key.start_mark.column + 1, of(item))
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
