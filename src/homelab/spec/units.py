"""Units of homelab.yaml: sizes, cores, durations and percentages, typed once."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from homelab.documents.duration import parse_duration
from homelab.documents.quantity import parse_bytes, parse_cores

SIZE, DURATION = "size", "duration"
"""Marks of what the numbers of a type count."""
LARGEST = 2**60
"""Bytes that nobody has at home: an exbibyte."""
LARGEST_VOLUME = 2**50
"""Bytes of the largest volume anybody asks for: a pebibyte."""
HOUR = 3_600
YEAR = 365 * 86_400
LONGEST = 100 * YEAR
"""Seconds of the longest duration that means something."""


def _parsed(value: object, parse: Callable[[str], object], expected: str) -> object:
    """Text parsed, numbers as they are; booleans are numbers to Python and mistakes to people."""
    if isinstance(value, str):
        try:
            return parse(value)
        except ValueError:
            raise ValueError(f"expected {expected}") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"expected {expected}")
    return value


def _bytes(value: object) -> object:
    size = _parsed(value, parse_bytes, "a size such as 64Gi or 200GB")
    return int(size) if isinstance(size, float) and size.is_integer() else size


def _cores(value: object) -> object:
    return _parsed(value, parse_cores, "a number of threads such as 4 or 500m")


def _seconds(value: object) -> object:
    # YAML reads `off` as false, and `'off'` as text
    return (
        0.0
        if value is False or value == "off"
        else _parsed(value, parse_duration, "a duration such as 20m, 24h or 7d, or off")
    )


def _schema(kind: str, what: str) -> WithJsonSchema:
    """What editors are told: a number, or text with a unit."""
    return WithJsonSchema({"anyOf": [{"type": kind, "minimum": 0}, {"type": "string"}], "description": what})


def unit_of(annotation: Any) -> str:
    """`size`, `duration` or nothing: what the numbers of an annotation (or of what stands in it) count."""
    if isinstance(annotation, str):
        return annotation if annotation in {SIZE, DURATION} else ""
    if not isinstance(annotation, tuple):
        annotation = (*get_args(annotation), *getattr(annotation, "__metadata__", ()))
    return next((unit for item in annotation if (unit := unit_of(item))), "")


Bytes = Annotated[
    int, SIZE, BeforeValidator(_bytes), Field(ge=0, le=LARGEST), _schema("integer", "A size: 64Gi, 200GB, or bytes.")
]
"""A size: `64Gi`, `200GB`, or bytes."""
Cores = Annotated[
    float, BeforeValidator(_cores), Field(ge=0, le=4096), _schema("number", "Processor threads: 4, 500m.")
]
"""Processor threads: `4`, `500m`."""
Seconds = Annotated[
    float,
    DURATION,
    BeforeValidator(_seconds),
    Field(ge=0, le=LONGEST),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}, {"const": False}]}),
]
"""A duration: `20m`, `24h`, `7d`; `off` is 0."""
Threads = Annotated[Cores, Field(ge=1, multiple_of=1)]
"""Whole processor threads: `4`."""
Percent = Annotated[float, Field(gt=0, lt=100)]
"""An availability goal in per cent: `99.95`."""
Label = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
"""A DNS label: lower-case letters, digits and `-`, at most 63."""
Domain = Annotated[
    str, Field(pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$", max_length=253)
]
"""A DNS name."""
