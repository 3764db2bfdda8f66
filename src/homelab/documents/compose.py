"""Text to YAML nodes: libyaml composes once, plain scalars are resolved on the way, every failure becomes one sentence.

A node's tag is what `resolve` returned: None for a string, a tuple around any other value, "" for a collection;
a non-empty str only where the document spells a tag out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer as EventComposer

from homelab.documents import scalars
from homelab.errors import Place, UnreadableDocument

LARGEST = 64 * 2**20
"""Bytes (or characters) of a file beyond which reading is refused."""

_SENTENCES = {
    "found undefined alias": "an alias (*) refers to an anchor that is not defined above it",
    "mapping values are not allowed in this context": "a ': ' stands where no mapping can begin; quote the value or check the indentation",
    "could not find expected ':'": "a key has no ':' after it; check the indentation and that quotes are closed",
    "found unexpected end of stream": "the file ends inside a quoted string",
    "exceeded maximum nesting depth": "the document is nested too deeply",
    "did not find expected <document start>": "text follows where a document has ended; separate documents by '---'",
    "found incompatible YAML document": "the %YAML directive names a version other than 1.1 or 1.2",
    "found undefined tag handle": "a tag handle is not defined by a %TAG directive",
}


class _Resolving:
    """The resolver of `scalars`, in the form both composers call it."""

    def resolve(self, kind: type, value: str | None, implicit: Any) -> Any:
        """What becomes the tag of a node without an explicit one; see the module docstring."""
        if kind is yaml.ScalarNode:
            return scalars.typed(value) if implicit[0] else None  # type: ignore[arg-type]  # scalars have text
        return ""

    def descend_resolver(self, _parent: Any, _index: Any) -> None:
        """Path resolvers are not used."""

    def ascend_resolver(self) -> None:
        """Path resolvers are not used."""


class _Fast(_Resolving, CParser):
    """The composer inside PyYAML's binding to libyaml."""


class _Redefining(_Resolving, EventComposer, CParser):
    """A slow composer for the rare file that uses an anchor's name twice, which Kubernetes allows and PyYAML does not."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        EventComposer.__init__(self)

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Forget the older anchor of the same name, then compose."""
        if not self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


def decoded(text: bytes | str, file: str) -> str:
    """The text of a file: UTF-8, a byte order mark dropped.

    Raises:
        UnreadableDocument: too large, binary or not UTF-8.
    """
    if len(text) > LARGEST:
        raise UnreadableDocument(f"the file is larger than {LARGEST // 2**20} MiB", where=Place(file))
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            message = (
                "the file is binary"
                if b"\0" in error.object
                else f"byte 0x{error.object[error.start]:02x} is not UTF-8"
            )
            raise UnreadableDocument(message, where=Place(file, line)) from None
    return text.removeprefix("\ufeff")


def nodes(text: str, file: str) -> Iterator[yaml.Node]:
    """The root node of each document that is not empty, in order.

    Raises:
        UnreadableDocument: with the place and the reason.
    """
    count = 0
    try:
        for node in _composed(_Fast(text)):
            yield node
            count += 1
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        if "duplicate anchor" not in str(error):
            raise _unreadable(error, text, file) from None
    else:
        return
    try:
        yield from islice(_composed(_Redefining(text)), count, None)
    except yaml.YAMLError as error:
        raise _unreadable(error, text, file) from None
    except RecursionError:
        raise UnreadableDocument("the document is nested too deeply", where=Place(file)) from None


def _composed(composer: Any) -> Iterator[yaml.Node]:
    while composer.check_node():
        node = composer.get_node()
        tag: Any = node.tag
        if tag != (None,) or node.value != "":  # an empty document is a null without text
            yield node


def _unreadable(error: Exception, text: str, file: str) -> UnreadableDocument:
    """The error of the parser as one sentence with its place."""
    if isinstance(error, UnicodeEncodeError):
        line = text.count("\n", 0, error.start) + 1
        return UnreadableDocument(
            "a character is half of a surrogate pair, which is not Unicode text", where=Place(file, line)
        )
    if isinstance(error, yaml.reader.ReaderError):
        # libyaml counts bytes of UTF-8
        before = text.encode()[: error.position].decode(errors="ignore")
        where = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return UnreadableDocument(f"the control character U+{error.character:04X} cannot stand in YAML", where=where)
    assert isinstance(error, yaml.MarkedYAMLError)  # the parser and the composer know no other
    mark = error.problem_mark or error.context_mark
    where = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    return UnreadableDocument(_sentence(error, text), where=where)


def _sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    problem = error.problem or "this is not YAML"
    if "cannot start any token" in problem and error.problem_mark:
        lines = text.splitlines()
        line = lines[error.problem_mark.line] if error.problem_mark.line < len(lines) else ""
        character = line[error.problem_mark.column : error.problem_mark.column + 1]
        if character == "\t":
            return "a tab stands where YAML allows only spaces"
        return f"{character!r} cannot begin a value; quote it"
    sentence = _SENTENCES.get(problem, problem)
    return f"{error.context}: {sentence}" if error.context and sentence is problem else sentence
