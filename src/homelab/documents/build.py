"""YAML nodes to values, as Kubernetes converts them to JSON: the hot loop of reading, and the guards around it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import yaml

from homelab.documents import scalars
from homelab.errors import Place, UnreadableDocument

DEEPEST = 500
"""Levels of nesting beyond which a document is refused."""

MOST = 2_000_000
"""Nodes a document may have after its aliases are written out: what stops an alias bomb."""

MANY = 20
"""Keys that stand twice which are named."""
_NO_SPACE = dict.fromkeys(map(ord, " \t\r\n"))
_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}


def _at(node: yaml.Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


def build(node: yaml.Node, file: str, *, aliases: bool = True) -> Any:
    """The value of a document's root node; UnreadableDocument where Kubernetes could not hold it.

    `aliases` says whether there may be any: without, the check of what they multiply to is left out.
    """
    if aliases:
        _bounded(node, file)
    try:
        return Builder(file).build(node, 0)
    except _Twice:
        raise _every(node, file) from None
    except RecursionError:  # the caller's own stack was deep already
        raise UnreadableDocument("the document is nested too deeply", where=_at(node, file)) from None


class _Twice(UnreadableDocument):
    """A key stands twice in one mapping; which others do is looked for then."""


def _every(root: yaml.Node, file: str) -> UnreadableDocument:
    """The mistake of a document in which keys stand twice, with all of them."""
    found, waiting, seen, builder = list[tuple[Place, str, int]](), [root], set[int](), Builder(file)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        waiting += _children(node)
        own: dict[str, int] = {}
        for key, _ in node.value if node.__class__ is yaml.MappingNode else ():
            name = key.value if key.tag is None or merges(key) else builder.key(key)
            if name in own and not merges(key):
                found.append((_at(key, file), name, own[name]))
            own.setdefault(name, key.start_mark.line + 1)
    (where, name, first), *others = sorted(found)
    message = f"the key {name!r} stands twice in one mapping, first in line {first}; Kubernetes would drop one silently"
    also = ", ".join(f"{name!r} in line {place.line}" for place, name, _ in others[:MANY])
    more = f" and {len(others) - MANY} more" if len(others) > MANY else ""
    return UnreadableDocument(message, where=where, hint=f"so does {also}{more}" if also else None)


class Builder:
    """Nodes to values. One frame of recursion per level, the common cases first: this is the hot loop of reading."""

    __slots__ = ("file",)

    def __init__(self, file: str) -> None:
        self.file = file

    def build(self, node: yaml.Node, depth: int) -> Any:
        """The value of a node `depth` levels below the root."""
        tag: Any = node.tag  # what compose.py put there
        if node.__class__ is yaml.ScalarNode:
            if tag is None:
                return node.value
            return tag[0] if tag.__class__ is tuple else self.explicit(node)
        if depth > DEEPEST:
            raise UnreadableDocument("the document is nested too deeply", where=_at(node, self.file))
        build, depth = self.build, depth + 1
        if node.__class__ is yaml.SequenceNode:
            items = []  # a comprehension would take a second frame per level
            for item in node.value:
                items.append(item.value if item.tag is None else build(item, depth))  # noqa: PERF401 - as above
            return items
        result = {}
        for key, item in node.value:
            name = key.value if key.tag is None else self.key(key)
            result[name] = item.value if item.tag is None else build(item, depth)
        if len(result) != len(node.value) or "<<" in result:
            return self.unusual(node, depth)
        return result

    def key(self, node: yaml.Node) -> str:
        """The string a key that is not plainly one becomes, as Kubernetes converts it."""
        if node.__class__ is not yaml.ScalarNode:
            raise UnreadableDocument("a mapping or list cannot be a key", where=_at(node, self.file))
        if node.tag == scalars.FLOAT_TAG and node.value in scalars.NOT_FINITE:
            return str(node.value)
        name = scalars.key_of(self.build(node, 0), node.value)
        if name is None:
            raise UnreadableDocument(f"{node.value or 'nothing'} cannot be a key; quote it", where=_at(node, self.file))
        return name

    def explicit(self, node: yaml.ScalarNode) -> Any:
        """The value of a scalar with a tag spelled out."""
        kind = str(node.tag).removeprefix("tag:yaml.org,2002:")
        text = node.value
        if kind == "binary":
            try:
                return base64.b64decode(text.translate(_NO_SPACE), validate=True).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                raise UnreadableDocument("!!binary is not base64", where=_at(node, self.file)) from None
        if kind not in _TYPES or kind == node.tag:
            return text
        resolved = scalars.typed(text)
        if isinstance(resolved, str):
            raise UnreadableDocument(f"{text} is a number that Kubernetes cannot hold", where=_at(node, self.file))
        if (
            resolved is not None
            and isinstance(resolved[0], _TYPES[kind])
            and (kind == "bool") == isinstance(resolved[0], bool)
        ):
            return resolved[0]
        raise UnreadableDocument(f"{text!r} is not of the type !!{kind}", where=_at(node, self.file))

    def unusual(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        """A mapping with merges or with a key that stands twice."""
        result: dict[str, Any] = {}
        own: dict[str, yaml.Node] = {}
        for key, item in node.value:
            if merges(key):
                sources = item.value[::-1] if item.__class__ is yaml.SequenceNode else [item]
                for source in sources:
                    if source.__class__ is not yaml.MappingNode:
                        raise UnreadableDocument(
                            "'<<' merges a mapping or a list of mappings", where=_at(item, self.file)
                        )
                    result.update(self.build(source, depth))
                continue
            name = key.value if key.tag is None else self.key(key)
            if name in own:
                raise _Twice(name, where=_at(key, self.file))
            own[name] = key
            result[name] = self.build(item, depth)
        return result


def merges(key: yaml.Node) -> bool:
    """Whether a key is the merge key: a plain `<<`, or one tagged as such."""
    tag: Any = key.tag
    return tag is scalars.MERGE or (tag == "tag:yaml.org,2002:merge" and key.value == "<<")


def _children(node: yaml.Node) -> list[yaml.Node]:
    if node.__class__ is yaml.MappingNode:
        return [part for pair in node.value for part in pair]
    return list(node.value) if node.__class__ is yaml.SequenceNode else []


def _bounded(root: yaml.Node, file: str) -> None:
    """Refuse aliases that contain themselves and documents that explode when aliases are written out."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            open_nodes.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in _children(node))
            if sizes[id(node)] > MOST:
                raise UnreadableDocument(
                    "the aliases of this document multiply into too many nodes", where=_at(node, file)
                )
        elif id(node) in open_nodes:
            raise UnreadableDocument("an anchor contains an alias to itself", where=_at(node, file))
        elif id(node) not in sizes:
            open_nodes.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in _children(node) if id(child) not in sizes)
