"""Schemas to validators of jsonschema-rs (imported on use: `--help` need not pay 80 ms), with Kubernetes' RE2 patterns and base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from homelab.kube.schemas.openapi import Schema

_NO_BREAKS = {ord("\n"): None, ord("\r"): None}


def compiled(schema: Schema) -> tuple[Any, Schema, tuple[str, ...]]:
    """A validator, the schema it judges by, and the patterns left out because they do not compile here."""
    from jsonschema_rs import ValidationError

    try:
        return _validator(schema), schema, ()
    except ValidationError:
        bad = frozenset(pattern for pattern in _patterns(schema) if not _compiles(pattern))
        schema = _without(schema, bad)
        return _validator(schema), schema, tuple(sorted(bad))


def _validator(schema: Schema) -> Any:
    from jsonschema_rs import Draft202012Validator, RegexOptions

    return Draft202012Validator(
        schema, validate_formats=True, formats={"byte": _is_base64}, pattern_options=RegexOptions()
    )


def _compiles(pattern: str) -> bool:
    from jsonschema_rs import ValidationError

    try:
        _validator({"pattern": pattern})
    except ValidationError:
        return False
    return True


def _is_base64(text: str) -> bool:
    """As Go decodes it: padded, line breaks passed over."""
    try:
        base64.b64decode(text.translate(_NO_BREAKS), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _patterns(schema: Any) -> Iterator[str]:
    """Every pattern of a schema, each once or more."""
    if isinstance(schema, dict):
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            yield pattern
        yield from schema.get("patternProperties") or ()
        for value in schema.values():
            yield from _patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _patterns(value)


def _without(schema: Any, patterns: frozenset[str]) -> Any:
    """The schema without these patterns."""
    if isinstance(schema, dict):
        return {
            key: _without(value, patterns)
            for key, value in schema.items()
            if not (key in patterns or (key == "pattern" and isinstance(value, str) and value in patterns))
        }
    return [_without(value, patterns) for value in schema] if isinstance(schema, list) else schema
