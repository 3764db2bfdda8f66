"""Kubernetes' dialects of OpenAPI to plain JSON Schema, without what a validator does not need (prose, defaults, CEL).

Closing follows what an API server prunes: an object of a custom resource has the fields its schema names, unless it says
`x-kubernetes-preserve-unknown-fields` or types its other fields. Null is left to the caller: Kubernetes drops null fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

FORMATS = frozenset({"byte", "date-time"})
"""Formats that mean the same to every reader; others are either looser in Kubernetes or only a hint."""

_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
_BRANCHES = frozenset({"oneOf", "anyOf", "allOf"})
_KEPT = frozenset(
    {
        *("type", "enum", "const", "required", "pattern", "multipleOf", "uniqueItems", "$ref", "$id"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    }
)
_INT32 = 2**31
_OBJECT_FIELDS: Mapping[str, Schema] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object"},
}


def converted(schema: Any, *, close: bool) -> Any:
    """The JSON Schema of an OpenAPI schema.

    Args:
        schema: a structural schema of a CRD, a Kubernetes definition, or a JSON schema made from one.
        close: refuse fields the schema does not name; only for structural schemas, others say it themselves.
    """
    if not isinstance(schema, Mapping):
        return schema
    result: Schema = {}
    for key, value in schema.items():
        if key in _KEPT:
            result[key] = value
        elif key in _MAPS and isinstance(value, Mapping):
            result[key] = {name: converted(each, close=close) for name, each in value.items()}
        elif key in _BRANCHES and isinstance(value, list):
            result[key] = [converted(each, close=False) for each in value]
        elif key == "not":
            result[key] = converted(value, close=False)
        elif key == "items" and isinstance(value, list):
            result["prefixItems"] = [converted(each, close=close) for each in value]
        elif key in {"items", "additionalProperties"}:
            result[key] = converted(value, close=close)
    _types(schema, result)
    _bounds(schema, result)
    if close:
        _fields(schema, result)
    return result


def _types(schema: Mapping[str, Any], result: Schema) -> None:
    """One `type` for nullable fields, integers that may be strings, and alternatives that differ in type only."""
    if schema.get("x-kubernetes-int-or-string") is True:
        result["type"] = ["integer", "string"]
    for branch in ("oneOf", "anyOf"):
        each = result.get(branch)
        if each and all(isinstance(one, dict) and set(one) == {"type"} for one in each):
            del result[branch]
            result.setdefault("type", list(dict.fromkeys(name for one in each for name in _listed(one["type"]))))
    if schema.get("nullable") is True and "type" in result:
        result["type"] = [*_listed(result["type"]), "null"]
        if "enum" in result:
            result["enum"] = [*result["enum"], None]


def _listed(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _bounds(schema: Mapping[str, Any], result: Schema) -> None:
    """Formats that are bounds, and the boolean exclusive bounds of OpenAPI 3.0."""
    if schema.get("format") in FORMATS:
        result["format"] = schema["format"]
    if schema.get("format") == "int32":
        result.setdefault("minimum", -_INT32)
        result.setdefault("maximum", _INT32 - 1)
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(result.get(exclusive), bool) and result.pop(exclusive) and bound in result:
            result[exclusive] = result.pop(bound)


def _fields(schema: Mapping[str, Any], result: Schema) -> None:
    """Close an object; an embedded resource has its type and metadata besides."""
    if schema.get("x-kubernetes-embedded-resource") is True:
        result["properties"] = {**_OBJECT_FIELDS, **result.get("properties", {})}
    if schema.get("type") != "object" and "properties" not in schema:
        return
    if "additionalProperties" not in schema and schema.get("x-kubernetes-preserve-unknown-fields") is not True:
        result["additionalProperties"] = False
        result.setdefault("properties", {})  # without it the validator would not say which field is unknown


def custom_resource(schema: Mapping[str, Any], metadata: Schema) -> Schema:
    """The schema of a custom resource from the `openAPIV3Schema` of its CRD.

    Args:
        schema: `spec.versions[].schema.openAPIV3Schema`.
        metadata: what every object's metadata must satisfy.
    """
    root = converted({**schema, "type": "object", "x-kubernetes-embedded-resource": True}, close=True)
    root["properties"]["metadata"] = _both(metadata, schema.get("properties", {}).get("metadata"))
    return dict(root)


def with_metadata(schema: Schema, metadata: Schema) -> Schema:
    """A ready JSON schema of a kind whose metadata is left open: now every object's."""
    properties = schema.get("properties")
    if isinstance(properties, dict) and properties.get("metadata") == {"type": "object"}:
        return {**schema, "properties": {**properties, "metadata": metadata}}
    return schema


def _both(metadata: Schema, own: Any) -> Schema:
    """Everybody's rules and the CRD's own (it may only restrict the name)."""
    if not isinstance(own, Mapping) or set(own) <= {"type", "description"}:
        return metadata
    return {"allOf": [metadata, converted(own, close=False)]}
