"""Manifests edited in place: one value of one document of a file, every comment and every other byte as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from homelab.documents.read import load
from homelab.errors import Place, UsageError
from homelab.spec.option import Steps
from homelab.spec.surgery import changed

MARK = re.compile(r"^---(?=\s|$)", re.MULTILINE)
"""What begins a document: no other line may begin so (YAML 1.2, 9.1.2)."""
KEYED = frozenset({"annotations", "labels", "matchLabels", "nodeSelector", "data"})
"""Mappings whose keys have dots in them."""


def steps(field: str, body: Any) -> Steps:
    """The keys and indices of a field as a Patch names it: `spec.template.spec.containers.0.resources`."""
    found: list[str | int] = []
    names, at = field.split("."), body
    while names:
        if found and found[-1] in KEYED:
            return (*found, ".".join(names))
        name = names.pop(0)
        step: str | int = int(name) if isinstance(at, list) and name.isdigit() else name
        found.append(step)
        if isinstance(at, dict):
            at = at.get(step)
        else:
            at = at[step] if isinstance(at, list) and isinstance(step, int) and step < len(at) else None
    return tuple(found)


def edited(text: str, index: int, path: Steps, value: Any) -> str:
    """The text of a file with a value set; a mapping joins one that stands there, and keeps its other keys.

    Args:
        text: the file.
        index: of the document, empty ones not counted; not looked at without a path.
        path: keys and indices; without any, the value is the text of a document that is added.
        value: plain data.

    Raises:
        UnreadableDocument: the text is not YAML.
        UsageError: the value cannot be set in place: behind an alias, or below a single value.
    """
    if not path:
        return f"{text.rstrip()}\n---\n{value}"
    start, end = _bounds(text, index)
    part = text[start:end]
    before = load(part, "")[0]
    for steps_to, leaf in _leaves(before, path, value):
        part = changed(part, steps_to, leaf)
    if load(part, "") != [_with(before, path, value)]:
        raise UsageError("cannot be changed in place", where=Place(""), hint="it may stand behind an alias")
    ended = "" if part.endswith("\n") or not text[end:] else "\n"
    return text[:start] + part + ended + text[end:]


def _bounds(text: str, index: int) -> tuple[int, int]:
    """Where a document begins and ends in the text of its file."""
    marks = [0, *(mark.start() for mark in MARK.finditer(text)), len(text)]
    parts = [(a, b) for a, b in pairwise(marks) if a < b and load(text[a:b], "")]
    if index >= len(parts):
        raise UsageError("the file has no such document")
    return parts[index]


def _leaves(data: Any, path: Steps, value: Any) -> Iterator[tuple[Steps, Any]]:
    """What has to be set, so that keys which stand there and are not meant stay."""
    there = _at(data, path)
    if isinstance(value, dict) and isinstance(there, dict) and there:
        for key, item in value.items():
            yield from _leaves(data, (*path, key), item)
    else:
        yield path, value


def _at(data: Any, path: Steps) -> Any:
    for step in path:
        if isinstance(data, dict):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _with(data: Any, path: Steps, value: Any) -> Any:
    """Plain data with the value set, as `edited` writes it."""
    if not path:
        if isinstance(value, dict) and isinstance(data, dict):
            return {**data, **{key: _with(data.get(key), (), item) for key, item in value.items()}}
        return value
    step, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return [*data[:step], _with(data[step], rest, value), *data[step + 1 :]]
    if isinstance(step, int) or not (data is None or isinstance(data, dict)):
        raise UsageError("a value cannot stand below another one")
    return {**(data or {}), step: _with((data or {}).get(step), rest, value)}
