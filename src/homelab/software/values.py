"""Values over defaults, as Helm merges them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def over(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` over `defaults`: maps merge, everything else replaces, and null deletes the default."""
    merged: dict[str, Any] = dict(defaults)
    for key, value in values.items():
        below = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = over(below, value)
        else:
            merged[key] = value
    return merged
