"""Units of homelab.yaml: sizes, cores, durations and percentages, typed once."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from homelab.documents.duration import parse_duration
from homelab.documents.quantity import parse_bytes, parse_quantity


def _bytes(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("expected a size such as 64Gi or 200GB")  # noqa: TRY004 - pydantic collects ValueErrors
    return parse_bytes(value) if isinstance(value, str) else value


def _cores(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("expected a number of threads such as 4 or 500m")  # noqa: TRY004 - as above
    return float(parse_quantity(value)) if isinstance(value, str) else value


def _seconds(value: object) -> object:
    if value is False:  # YAML reads `off` as false
        return 0.0
    if value is True:
        raise ValueError("expected a duration such as 20m or 24h, or off")
    return parse_duration(value) if isinstance(value, str) else value


Bytes = Annotated[int, BeforeValidator(_bytes), Field(ge=0)]
"""A size: `64Gi`, `200GB`, or bytes."""
Cores = Annotated[float, BeforeValidator(_cores), Field(ge=0)]
"""Processor threads: `4`, `500m`."""
Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0)]
"""A duration: `20m`, `24h`, `7d`; `off` is 0."""
Percent = Annotated[float, Field(gt=0, lt=100)]
"""An availability goal in per cent: `99.95`."""
Label = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
"""A DNS label: lower-case letters, digits and `-`, at most 63."""
Domain = Annotated[
    str, Field(pattern=r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$", max_length=253)
]
"""A DNS name."""
