"""YAML as Kubernetes reads it: the values, and on demand the position of every key.

`load` and `read` are for judging many files fast; `locate` composes one file again when something in it must be pointed at;
`read(positions=True)` keeps the positions, for files that are judged key by key. Duplicate keys, which Kubernetes
silently drops, are errors here, and so is whatever JSON cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from homelab.documents.build import build
from homelab.documents.compose import decoded, nodes
from homelab.documents.foreign import Foreign, foreign
from homelab.documents.positions import Positions, positions_of
from homelab.errors import Place

Path = Sequence[str | int]
"""Keys and list indices from the root of a document."""


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
        return place_in(self, path, value=False)

    def value_place(self, path: Path = ()) -> Place:
        """Where the value of `path` begins; its deepest existing ancestor where it does not exist."""
        return place_in(self, path, value=True)


def read(text: bytes | str, file: str, *, positions: bool = False) -> list[Document]:
    """The documents of a file, empty ones left out.

    Args:
        text: the content; bytes are UTF-8, with or without a byte order mark.
        file: the path as errors and places name it.
        positions: keep where every key stands (for about twice the memory).

    Raises:
        UnreadableDocument: with the place and what is wrong.
    """
    text = decoded(text, file)
    aliases = "*" in text and "&" in text
    found = []
    for index, node in enumerate(nodes(text, file)):
        value = build(node, file, aliases=aliases)
        where = positions_of(node) if positions else None
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
    for number, document in enumerate(positioned(text, file)):
        if number == index:
            return place_in(document, path, value=value)
    return Place(file)


def positioned(text: bytes | str, file: str) -> Iterator[Document]:
    """The documents of a file without their values: where everything in them stands.

    Raises:
        UnreadableDocument: where the file cannot be read further.
    """
    for index, node in enumerate(nodes(decoded(text, file), file)):
        yield Document(None, file, node.start_mark.line + 1, index, positions_of(node))


def templated(text: bytes | str) -> bool:
    """Whether the file is a template or encrypted, so that it is skipped with that reason; SOPS files can be read."""
    return foreign(text) not in (None, Foreign.SOPS)


def place_in(document: Document, path: Path, *, value: bool = False) -> Place:
    """The place of a path in a document that was read with positions; as `locate` says it."""
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
