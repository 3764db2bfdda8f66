"""Values as components write them: what says nothing is not written."""

from __future__ import annotations

from typing import Any


def filled(**fields: Any) -> dict[str, Any]:
    """The fields that say something: neither None nor an empty map or list."""
    return {key: value for key, value in fields.items() if value is not None and value not in ({}, [])}
