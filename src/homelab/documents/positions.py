"""Where every key and item of a document stands, kept compactly: lines and columns that count from 1."""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from homelab.documents.build import DEEPEST, Builder, merges


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
    return _positions(root, {}, 0)


def _positions(node: yaml.Node, known: dict[int, Positions], depth: int) -> Positions:
    if id(node) in known:
        return known[id(node)]
    where = Positions(node.start_mark.line + 1, node.start_mark.column + 1)
    known[id(node)] = where
    if depth > DEEPEST:
        return where
    if node.__class__ is yaml.SequenceNode:
        where.items.extend(_positions(item, known, depth + 1) for item in node.value)
    elif node.__class__ is yaml.MappingNode:
        for key, item in node.value:
            if merges(key):
                for source in item.value[::-1] if item.__class__ is yaml.SequenceNode else [item]:
                    where.keys.update(_positions(source, known, depth + 1).keys)
                continue
            name = key.value if key.tag is None else Builder("").key(key)
            mark = key.start_mark
            where.keys[name] = (mark.line + 1, mark.column + 1, _positions(item, known, depth + 1))
    return where
