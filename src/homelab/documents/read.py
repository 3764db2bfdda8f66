"""YAML as Kubernetes reads it: the values, and on demand the position of every key.

`load` and `read` are for judging many files fast; `locate` composes one file again when something in it must be pointed at;
`read(positions=True)` keeps the positions, for files that are judged key by key. Duplicate keys, which Kubernetes
silently drops, are errors here, and so is whatever JSON cannot hold.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import starmap
from typing import Any

import yaml

from homelab.documents import compose, scalars
from homelab.errors import Place, UnreadableDocument

DEEPEST = 500
"""Levels of nesting beyond which a document is refused."""

MOST = 2_000_000
"""Nodes a document may have after its aliases are written out: what stops an alias bomb."""

Path = Sequence[str | int]
"""Keys and list indices from the root of a document."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a node and what is in it stand; lines and columns count from 1."""

    line: int
    column: int
    keys: dict[str, tuple[int, int, Positions]] = field(default_factory=dict)
    items: list[Positions] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    """One document: plain dict, list, str, int, float, bool or None, and where it stands."""

    value: Any
    file: str
    line: int
    """Where its content begins, from 1."""
    index: int
    """Its number among the documents of the file that are not empty, from 0."""
    positions: Positions | None = field(default=None, repr=False, compare=False)

    def place(self, path: Path = ()) -> Place:
        """Where the key (or the list item) of `path` stands; its deepest existing ancestor where it does not exist."""
        return _place(self, path, value=False)

    def value_place(self, path: Path = ()) -> Place:
        """Where the value of `path` begins; its deepest existing ancestor where it does not exist."""
        return _place(self, path, value=True)


def read(text: bytes | str, file: str, *, positions: bool = False) -> list[Document]:
    """The documents of a file, empty ones left out.

    Args:
        text: the content; bytes are UTF-8, with or without a byte order mark.
        file: the path as errors and places name it.
        positions: keep where every key stands (for about twice the memory).

    Raises:
        UnreadableDocument: with the place and what is wrong.
    """
    text = compose.decoded(text, file)
    aliases = "*" in text and "&" in text
    found = []
    for index, node in enumerate(compose.nodes(text, file)):
        if aliases:
            _bounded(node, file)
        value = _Builder(file).build(node, 0)
        where = _positions(node) if positions else None
        found.append(Document(value, file, node.start_mark.line + 1, index, where))
    return found


def load(text: bytes | str, file: str) -> list[Any]:
    """The values of a file's documents; the fast road. Raises UnreadableDocument as `read` does."""
    return [document.value for document in read(text, file)]


def locate(text: bytes | str, file: str, index: int, path: Path = (), *, value: bool = False) -> Place:
    """The place of a path in the `index`-th document of a file that was read without positions.

    Args:
        text: the same content.
        file: the path as places name it.
        index: `Document.index`.
        path: keys and list indices; where it does not exist, its deepest existing ancestor is taken.
        value: the place of the value instead of its key.
    """
    for number, node in enumerate(compose.nodes(compose.decoded(text, file), file)):
        if number == index:
            document = Document(None, file, node.start_mark.line + 1, index, _positions(node))
            return _place(document, path, value=value)
    return Place(file)


def _place(document: Document, path: Path, *, value: bool) -> Place:
    at = document.positions
    if at is None:
        return Place(document.file, document.line)
    line, column = at.line, at.column
    for step in path:
        if isinstance(step, str) and step in at.keys:
            line, column, at = at.keys[step]
        elif isinstance(step, int) and -len(at.items) <= step < len(at.items):
            at = at.items[step]
            line, column = at.line, at.column
        else:
            break
    else:
        if value:
            return Place(document.file, at.line, at.column)
    return Place(document.file, line, column)


def _at(node: yaml.Node, file: str) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


class _Builder:
    """Nodes to values. One frame of recursion per level, the common cases first: this is the hot loop of reading."""

    __slots__ = ("file",)

    def __init__(self, file: str) -> None:
        self.file = file

    def build(self, node: yaml.Node, depth: int) -> Any:
        tag = node.tag
        if node.__class__ is yaml.ScalarNode:
            if tag is None:
                return node.value
            return tag[0] if tag.__class__ is tuple else self.explicit(node)
        if depth > DEEPEST:
            raise UnreadableDocument("the document is nested too deeply", where=_at(node, self.file))
        build, depth = self.build, depth + 1
        if node.__class__ is yaml.SequenceNode:
            return [item.value if item.tag is None else build(item, depth) for item in node.value]
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
        if resolved is not None and isinstance(resolved[0], _TYPES[kind]) and (kind == "bool") == isinstance(resolved[0], bool):
            return resolved[0]
        raise UnreadableDocument(f"{text!r} is not of the type !!{kind}", where=_at(node, self.file))

    def unusual(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        """A mapping with merges or with a key that stands twice."""
        result: dict[str, Any] = {}
        own: dict[str, yaml.Node] = {}
        for key, item in node.value:
            if merges(key):
                sources = item.value[::-1] if item.__class__ is yaml.SequenceNode else [item]
                for source in sources:
                    if source.__class__ is not yaml.MappingNode:
                        raise UnreadableDocument("'<<' merges a mapping or a list of mappings", where=_at(item, self.file))
                    result.update(self.build(source, depth))
                continue
            name = key.value if key.tag is None else self.key(key)
            if name in own:
                first = own[name].start_mark.line + 1
                message = f"the key {name!r} stands twice in one mapping, first in line {first}; Kubernetes would drop one silently"
                raise UnreadableDocument(message, where=_at(key, self.file))
            own[name] = key
            result[name] = self.build(item, depth)
        return result


_NO_SPACE = dict.fromkeys(map(ord, " \t\r\n"))
_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}


def merges(key: yaml.Node) -> bool:
    """Whether a key is the merge key: a plain `<<`, or one tagged as such."""
    return key.tag is scalars.MERGE or (key.tag == "tag:yaml.org,2002:merge" and key.value == "<<")


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
                raise UnreadableDocument("the aliases of this document multiply into too many nodes", where=_at(node, file))
        elif id(node) in open_nodes:
            raise UnreadableDocument("an anchor contains an alias to itself", where=_at(node, file))
        elif id(node) not in sizes:
            open_nodes.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in _children(node) if id(child) not in sizes)


def _positions(root: yaml.Node) -> Positions:
    """Positions of everything below a node; nodes behind aliases are shared."""
    return _Locator({}).of(root)
