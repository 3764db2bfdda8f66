"""Units of homelab.yaml: sizes, cores, durations and percentages, typed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from homelab.documents.duration import parse_duration
from homelab.documents.quantity import parse_bytes, parse_cores


def _parsed(value: object, parse: Callable[[str], object], expected: str) -> object:
    """Text parsed, numbers as they are; booleans are numbers to Python and mistakes to people."""
    if isinstance(value, str):
        try:
            return parse(value)
        except ValueError:
            raise ValueError(f"expected {expected}") from None
    if isinstance(value, bool):
        raise ValueError(f"expected {expected}")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


def _bytes(value: object) -> object:
    return _parsed(value, parse_bytes, "a size such as 64Gi or 200GB")


def _cores(value: object) -> object:
    return _parsed(value, parse_cores, "a number of threads such as 4 or 500m")


def _seconds(value: object) -> object:
    # YAML reads `off` as false
    return 0.0 if value is False else _parsed(value, parse_duration, "a duration such as 20m, 24h or 7d, or off")


def _schema(kind: str, what: str) -> WithJsonSchema:
    """What editors are told: a number, or text with a unit."""
    return WithJsonSchema({"anyOf": [{"type": kind, "minimum": 0}, {"type": "string"}], "description": what})


Bytes = Annotated[int, BeforeValidator(_bytes), Field(ge=0), _schema("integer", "A size: 64Gi, 200GB, or bytes.")]
"""A size: `64Gi`, `200GB`, or bytes."""
Cores = Annotated[float, BeforeValidator(_cores), Field(ge=0), _schema("number", "Processor threads: 4, 500m.")]
"""Processor threads: `4`, `500m`."""
Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(ge=0),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}, {"const": False}]}),
]
"""A duration: `20m`, `24h`, `7d`; `off` is 0."""
Percent = Annotated[float, Field(gt=0, lt=100)]
"""An availability goal in per cent: `99.95`."""
Label = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
"""A DNS label: lower-case letters, digits and `-`, at most 63."""
Domain = Annotated[
    str, Field(pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$", max_length=253)
]
"""A DNS name."""
