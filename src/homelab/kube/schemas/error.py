"""What does not fit a schema, in a short sentence at the exact path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class SchemaError:
    """One mistake: the path of the key it is about (of the object, where a key is missing) and a sentence without it."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        """`spec.ports[0].port: expected integer, got string`."""
        return f"{dotted(self.path)}: {self.message}" if self.path else self.message


def dotted(path: Sequence[str | int]) -> str:
    """A path as people write it: `spec.containers[0].image`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def sentences(error: Any, schema: Any) -> Iterator[SchemaError]:
    """The mistakes behind one error of jsonschema-rs; none where a field is null, which Kubernetes drops.

    Args:
        error: a `jsonschema_rs.ValidationError`.
        schema: the whole schema it was judged by, to say which names there are.
    """
    path = tuple(error.instance_path)
    if error.instance is None and path and isinstance(path[-1], str):
        return
    kind = error.kind
    if kind.name == "additionalProperties":
        known = _properties(schema, error.schema_path)
        for name in kind.unexpected:
            near = get_close_matches(name, known, n=1)
            yield SchemaError((*path, name), f"unknown field {name}" + (f", did you mean {near[0]}?" if near else ""))
    elif kind.name in {"anyOf", "oneOf"}:
        yield from _alternatives(error, path, schema)
    else:
        yield SchemaError(path, _message(error))


def _properties(schema: Any, steps: Sequence[str | int]) -> list[str]:
    """The names of the object whose `additionalProperties` an error's schema path ends at."""
    for step in steps[:-1]:
        schema = schema[step]
    return list(schema.get("properties", ()))


def _alternatives(error: Any, path: tuple[str | int, ...], schema: Any) -> Iterator[SchemaError]:
    """Of several alternatives: which keys are wanted, or what is wrong with the alternative that comes nearest."""
    branches = error.kind.context
    if not all(branches):
        yield SchemaError(path, "fits more than one of the forms that exclude each other")
    elif all(each.kind.name == "required" for branch in branches for each in branch):
        names = list(dict.fromkeys(each.kind.property for branch in branches for each in branch))
        yield SchemaError(path, f"one of {', '.join(names)} is missing")
    else:
        nearest = max(branches, key=lambda branch: (max(len(each.instance_path) for each in branch), -len(branch)))
        for each in nearest:
            yield from sentences(each, schema)


def _message(error: Any) -> str:
    kind = error.kind
    if kind.name in _LIMITS:
        return _LIMITS[kind.name].format(kind.limit)
    say = _SENTENCES.get(kind.name)
    return say(error) if say else str(error.message)


def _wrong_type(error: Any) -> str:
    wanted = " or ".join(name for name in error.kind.types if name != "null")
    return f"expected {wanted}, got {_type(error.instance)}"


def _wrong_option(error: Any) -> str:
    options = [_shown(option) for option in error.kind.options if option is not None]
    allowed = f"not {options[0]}" if len(options) == 1 else f"none of {', '.join(options)}"
    return f"{_shown(error.instance)} is {allowed}"


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "required": lambda error: f"missing field {error.kind.property}",
    "type": _wrong_type,
    "enum": _wrong_option,
    "pattern": lambda error: f"{_shown(error.instance)} does not match {error.kind.pattern}",
    "format": lambda error: "not base64" if error.kind.format == "byte" else f"not a {error.kind.format}",
    "not": lambda _: "these fields cannot stand together",
}
_LIMITS = {
    "minimum": "smaller than {}",
    "maximum": "larger than {}",
    "exclusiveMinimum": "must be larger than {}",
    "exclusiveMaximum": "must be smaller than {}",
    "minLength": "shorter than {} characters",
    "maxLength": "longer than {} characters",
    "minItems": "fewer than {} items",
    "maxItems": "more than {} items",
    "minProperties": "fewer than {} fields",
    "maxProperties": "more than {} fields",
}


def _shown(value: Any) -> str:
    """The value, shortened."""
    text = value if isinstance(value, str) and value else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _type(value: Any) -> str:
    names = {type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")
