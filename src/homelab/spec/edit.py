"""SpecEdits: options set or removed, in plain data for a what-if and in the text of homelab.yaml for good.

Text is changed only where the option stands: every other byte, comment and blank line stays. A change that cannot be
made so (an option behind an alias) is refused with a sentence, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from homelab.documents.read import load
from homelab.errors import Place, UsageError
from homelab.findings import SpecEdit
from homelab.spec.option import Steps, child, steps
from homelab.spec.source import FILE
from homelab.spec.surgery import changed, removed

_MISSING = object()


def apply(text: str, edits: Sequence[SpecEdit], file: str = FILE) -> str:
    """The text of a homelab.yaml with edits made, one after the other. An edit that already holds changes nothing.

    Args:
        text: the file as it is.
        edits: options and their values; None removes an option.
        file: its name, for errors.

    Raises:
        UnreadableDocument: the text is not YAML.
        UsageError: an edit names something that cannot stand there, or stands behind an alias.
    """
    for edit in edits:
        text = _apply_one(text, edit, file)
    return text


def apply_data(data: Mapping[str, Any], edits: Sequence[SpecEdit]) -> dict[str, Any]:
    """Plain data with edits made; what is not touched is shared with `data`.

    Raises:
        UsageError: an edit names something that cannot stand there.
    """
    result: Any = dict(data)
    for edit in edits:
        path = steps(edit.path, result)
        if not path:
            raise UsageError("an edit needs an option path")
        result = _with(result, path, edit)
    return dict(result)


def value_at(data: Any, option: str) -> Any:
    """The value of an option in plain data; None where it is not written."""
    at = data
    for step in steps(option, data):
        at = child(at, step)
    return at


def _apply_one(text: str, edit: SpecEdit, file: str) -> str:
    documents = load(text, file)
    data = documents[0] if documents else {}
    wanted = apply_data(data, [edit])
    if wanted == data and _same_types(wanted, data):
        return text
    path = steps(edit.path, data)
    done = removed(text, path) if edit.value is None else changed(text, path, edit.value)
    if load(done, file) != [wanted]:
        hint = "it may stand behind an alias (*) or a merge (<<); edit it by hand"
        raise UsageError(f"{edit.path} cannot be changed in place", where=Place(file), hint=hint)
    return done


def _same_types(one: Any, other: Any) -> bool:
    """Whether equal data is of equal types too: True is not 1, and 1.0 is not 1."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return all(_same_types(value, other[key]) for key, value in one.items())
    return all(map(_same_types, one, other)) if isinstance(one, list) else True


def _with(data: Any, path: Steps, edit: SpecEdit) -> Any:
    """Data with the value at a path set or, for None, removed."""
    step, rest = path[0], path[1:]
    if isinstance(data, list) or (data is None and step == 0):
        return _with_item(data or [], path, edit)
    if isinstance(step, int) or not (data is None or data is False or data is True or isinstance(data, dict)):
        raise UsageError(f"{edit.path} cannot stand below a single value")
    below = data if isinstance(data, dict) else {}
    if edit.value is None:
        if step not in below:
            return data
        if rest:
            return {**below, step: _with(below[step], rest, edit)}
        return {key: value for key, value in below.items() if key != step}
    return {**below, step: _with(below.get(step), rest, edit) if rest else edit.value}


def _with_item(data: list[Any], path: Steps, edit: SpecEdit) -> list[Any]:
    step, rest = path[0], path[1:]
    if not isinstance(step, int) or step > len(data):
        raise UsageError(f"{edit.path}: a list has items 0 to {len(data) - 1}, and {len(data)} adds one")
    if edit.value is None:
        if step == len(data):
            return data
        kept = [_with(data[step], rest, edit)] if rest else []
        return [*data[:step], *kept, *data[step + 1 :]]
    item = _with(data[step] if step < len(data) else None, rest, edit) if rest else edit.value
    return [*data[:step], item, *data[step + 1 :]]
