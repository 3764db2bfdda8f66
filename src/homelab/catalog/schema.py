"""The JSON Schema of homelab.yaml, with the settings of every component and application: what editors complete."""

from __future__ import annotations

from typing import Any

from homelab.catalog.apps.own.component import own
from homelab.catalog.component import Component
from homelab.catalog.providers import catalog
from homelab.spec.homelab import Homelab

OWN = own("own")
"""Stands for every application that is not built in."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The whole schema, complete in itself."""
    made = Homelab.model_json_schema()
    for section, application in (("components", False), ("apps", True)):
        entries = {c.name: _choice(c, made) for c in catalog() if c.application is application}
        others = _choice(OWN, made) if application else False
        made["properties"][section] |= {"properties": entries, "additionalProperties": others}
    made |= {"$schema": DIALECT, "title": "homelab.yaml"}
    found: dict[str, Any] = _untitled(made)
    return found


def _choice(component: Component, made: dict[str, Any]) -> dict[str, Any]:
    """A component's settings, or off, or nothing."""
    own = component.settings.model_json_schema(ref_template=f"#/$defs/{component.name}.{{model}}")
    shared = own.pop("$defs", {})
    made["$defs"] |= {f"{component.name}.{name}": body for name, body in shared.items()}
    return {"description": component.summary, "anyOf": [own, {"type": ["boolean", "null"]}]}


def _untitled(node: Any, *, named: bool = False) -> Any:
    """Without the titles that only repeat a key; below `properties` a `title` is an option."""
    if isinstance(node, dict):
        kept = {k: v for k, v in node.items() if named or k != "title" or v == "homelab.yaml"}
        return {k: _untitled(v, named=not named and k in {"properties", "$defs"}) for k, v in kept.items()}
    return [_untitled(item) for item in node] if isinstance(node, list) else node
