"""Values to YAML as a person would write it: keys in their order, text blocks, no quotes without need, reasons as comments.

What is written is read back equal by Kubernetes, and by readers with other rules (dates, `12:30`, `0o17` are quoted).
Sequences are not indented below their key, as kubectl writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from homelab.documents.scalars import plain

Comments = Mapping[tuple[str | int, ...], str]
"""Path of a key or item → what the lines above it say; a text that begins with a newline puts an empty line before."""

_REMEMBERED = 80
"""Strings up to this length are remembered with their form: most of them come again, in this document or the next."""

_LONGEST_KEY = 1000
"""Beyond 1024 characters a key needs an explicit '?'."""

_UNWRITABLE = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
_NOT_A_BLOCK = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[ \t]\n|[ \t]\\Z")
_SINGLE = re.compile("[^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]*")

_SIMPLE = frozenset({int, bool, float, type(None)})
_WORDS = {None: "null", True: "true", False: "false"}

_Notes = dict[Any, Any]
"""Comments as a tree: key → [comment, tree below]."""


def emit(value: Any, *, indent: int = 0, comments: Comments | None = None) -> str:
    """One document as YAML, ending in a newline.

    Args:
        value: dict (with str keys), list, tuple, str, int, float, bool or None, nested as deep as Kubernetes allows.
        indent: spaces before each line.
        comments: what to say above which key; paths that do not exist are an error, so that no reason gets lost.

    Raises:
        TypeError: a value or key that YAML for Kubernetes has no form for.
        ValueError: an infinite number or NaN, or a comment on a path that does not exist.
    """
    writer = _Writer()
    pad = " " * indent
    notes = _tree(comments) if comments else None
    if isinstance(value, Mapping) and value:
        writer.mapping(value, pad, pad, notes)
    elif isinstance(value, list | tuple) and value:
        writer.sequence(value, pad, pad, notes)
    else:
        writer.lines.append(f"{pad}{writer.scalar(value, pad)}\n")
    if notes and (lost := _unused(notes)):
        raise ValueError(f"a comment stands on a path that does not exist: {lost}")
    return "".join(writer.lines)


def emit_documents(values: Iterable[Any], *, header: str = "", comments: Comments | None = None) -> str:
    """Several documents as one file, separated by '---'.

    Args:
        values: the documents.
        header: what the comment above all says.
        comments: as for `emit`, each path led by the number of its document.

    Raises:
        TypeError, ValueError: as `emit`.
    """
    below: dict[int, dict[tuple[str | int, ...], str]] = {}
    for path, text in (comments or {}).items():
        below.setdefault(int(path[0]), {})[tuple(path[1:])] = text
    texts = [emit(value, comments=below.pop(number, None)) for number, value in enumerate(values)]
    if below:
        raise ValueError(f"comments stand on a document that does not exist: {sorted(below)}")
    return (comment_lines(header, "") if header else "") + "---\n".join(texts)


def comment_lines(text: str, pad: str) -> str:
    """The text as comment lines; a newline at its beginning becomes an empty line."""
    lines = text.rstrip("\n").split("\n")
    start = "\n" if lines[0] == "" and len(lines) > 1 else ""
    return start + "".join(f"{pad}# {line}".rstrip() + "\n" for line in (lines[1:] if start else lines))


class _Writer:
    """The lines of one document; `lead` is what the first line begins with (`- ` for the first key of a list item)."""

    __slots__ = ("lines", "texts")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.texts: dict[str, str] = {}

    def mapping(self, value: Mapping[str, Any], pad: str, lead: str, notes: _Notes | None) -> None:
        lines, texts = self.lines, self.texts
        deeper = pad + "  "
        below = None
        for key, item in value.items():
            if notes:
                below = self.note(notes, key, lead)
            head = lead + (texts.get(key) or self.key(key, pad)) + ":"
            lead = pad
            if item.__class__ is str:
                lines.append(f"{head} {texts.get(item) or self.text(item, pad)}\n")
            elif item.__class__ in _SIMPLE:
                lines.append(f"{head} {self.scalar(item, pad)}\n")
            elif isinstance(item, Mapping) and item:
                lines.append(head + "\n")
                self.mapping(item, deeper, deeper, below)
            elif isinstance(item, list | tuple) and item:
                lines.append(head + "\n")
                self.sequence(item, pad, pad, below)
            else:
                lines.append(f"{head} {self.scalar(item, pad)}\n")

    def sequence(self, value: Sequence[Any], pad: str, lead: str, notes: _Notes | None) -> None:
        lines, texts = self.lines, self.texts
        deeper = pad + "  "
        below = None
        for index, item in enumerate(value):
            if notes:
                below = self.note(notes, index, lead)
            head = lead + "- "
            lead = pad
            if item.__class__ is str:
                lines.append(f"{head}{texts.get(item) or self.text(item, pad)}\n")
            elif isinstance(item, Mapping) and item:
                self.mapping(item, deeper, head, below)
            elif isinstance(item, list | tuple) and item:
                self.sequence(item, deeper, head, below)
            else:
                lines.append(f"{head}{self.scalar(item, pad)}\n")

    def note(self, notes: _Notes, key: str | int, lead: str) -> _Notes | None:
        """Write the comment of a key, if it has one; the comments below it."""
        entry = notes.get(key)
        if entry is None:
            return None
        if entry[0] is not None:
            spaces = " " * (len(lead) - len(lead.lstrip(" ")))
            self.lines.append(comment_lines(entry[0], spaces))
            entry[0] = None
        return entry[1] or None

    def key(self, key: str, pad: str) -> str:
        if not isinstance(key, str):
            raise TypeError(f"the key {key!r} is not a string")
        text = self.text(key, pad) if "\n" not in key else _quoted(key)
        if len(text) > _LONGEST_KEY:
            return f"? {_quoted(key)}\n{pad}"
        return text

    def text(self, text: str, pad: str) -> str:
        """A string in the form that needs the fewest signs; the string itself remembered where it is short."""
        if "\n" in text:
            return _block(text, pad)
        if len(text) > _REMEMBERED:
            return _line(text)
        form = self.texts[text] = _remembered(text)
        return form

    def scalar(self, value: Any, pad: str) -> str:
        if value.__class__ is int:
            return repr(value)
        if value is None or value.__class__ is bool:
            return _WORDS[value]
        if isinstance(value, str):
            return self.text(value, pad)
        if isinstance(value, int | float):
            return _number(value)
        if isinstance(value, Mapping | list | tuple):
            return "{}" if isinstance(value, Mapping) else "[]"
        raise TypeError(f"{type(value).__name__} has no form in YAML: {value!r}")


def _number(value: float) -> str:
    if not isfinite(value):
        raise ValueError(f"{value} has no form in Kubernetes")
    return int.__repr__(value) if isinstance(value, int) else float.__repr__(value)


def _line(text: str) -> str:
    return str.__str__(text) if plain(text) else _quoted(text)  # an enum of strings is its string


_remembered = lru_cache(maxsize=2**15)(_line)


def _quoted(text: str) -> str:
    if ('"' in text or "\\" in text) and _SINGLE.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    return _UNWRITABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", encode_basestring(text))


def _block(text: str, pad: str) -> str:
    """A literal block, or quotes where a block would lose something or hide it (trailing spaces, control characters)."""
    stripped = text.rstrip("\n")
    if not stripped or _NOT_A_BLOCK.search(text):
        return _quoted(text)
    indicator = "2" if stripped[0] in " \t\n" else ""
    ending = len(text) - len(stripped)
    chomping = "-" if ending == 0 else "" if ending == 1 else "+"
    inner = f"\n{pad}  "
    body = "".join([inner + line if line else "\n" for line in stripped.split("\n")])
    return f"|{indicator}{chomping}{body}" + "\n" * (ending - 1)


def _tree(comments: Comments) -> _Notes:
    root: _Notes = {}
    for path, text in comments.items():
        below, entry = root, None
        for step in path:
            entry = below.setdefault(step, [None, {}])
            below = entry[1]
        if entry is None:
            raise ValueError("a comment on the whole document is its header")
        entry[0] = text
    return root


def _unused(notes: _Notes, path: str = "") -> str | None:
    for key, (text, below) in notes.items():
        here = f"{path}.{key}" if path else str(key)
        if text is not None:
            return here
        if lost := _unused(below, here):
            return lost
    return None
