"""The schemas of Kubernetes' own kinds, from the data of the package kubernetes-validate, one self-contained schema a kind.

The package carries one schema set for each minor it knows. For another minor the newest that is not newer is taken (else
the oldest): a field that came later is then an unknown field, one that went earlier is not noticed.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from homelab.kube.schemas.openapi import Schema, converted

_FOLDER = re.compile(r"v1\.([0-9]+)\.[0-9]+-local-strict")
_REFERENCE = "#/$defs/"
_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_OF_EVERY_GROUP = frozenset({"DeleteOptions", "WatchEvent"})

Key = tuple[str, str, str]
"""Group ("" for core), kind and version."""


@lru_cache(maxsize=1)
def _folders() -> dict[int, Path]:
    """Minor → the folder with its closed schemas; empty where the package is not installed."""
    found = importlib.util.find_spec("kubernetes_validate")
    places = [Path(place) for place in (found.submodule_search_locations or [])] if found else []
    folders = [folder for place in places for folder in (place / "kubernetes-json-schema").glob("v1.*-local-strict")]
    return {int(match[1]): folder for folder in folders if (match := _FOLDER.fullmatch(folder.name))}


def known_minors() -> list[int]:
    """The Kubernetes minors whose schemas are at hand, ascending."""
    return sorted(_folders())


class CoreSchemas:
    """The kinds of one Kubernetes minor. Reading its definitions takes about 20 ms, once, when first asked."""

    def __init__(self, minor: int) -> None:
        minors = known_minors()
        if not minors:
            raise LookupError("no Kubernetes schemas: the package kubernetes-validate is not installed")
        self.minor = max((known for known in minors if known <= minor), default=minors[0])
        """The minor whose schemas are used."""
        self.exact = self.minor == minor

    @cached_property
    def _definitions(self) -> dict[str, Any]:
        text = (_folders()[self.minor] / "_definitions.json").read_bytes()
        return dict(json.loads(text)["$defs"])

    @cached_property
    def kinds(self) -> dict[Key, str]:
        """Every kind that can stand alone, and the name of its definition."""
        return {
            (each["group"], each["kind"], each["version"]): name
            for name, definition in self._definitions.items()
            for each in definition.get("x-kubernetes-group-version-kind", ())
            if each["kind"] not in _OF_EVERY_GROUP
        }

    def schema(self, key: Key) -> Schema:
        """The self-contained schema of one of the `kinds`; KeyError for any other."""
        name = self.kinds[key]
        return {"$ref": _REFERENCE + name, "$defs": self._closure(name)}

    def metadata(self) -> tuple[Schema, dict[str, Schema]]:
        """The schema of every object's metadata, and the definitions it refers to."""
        return {"$ref": _REFERENCE + _METADATA}, self._closure(_METADATA)

    def _closure(self, name: str) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        wanted = [name]
        while wanted:
            each = wanted.pop()
            if each not in found:
                found[each] = converted(self._definitions[each], close=False)
                wanted.extend(_references(found[each]))
        return found


@lru_cache(maxsize=4)
def core_schemas(minor: int) -> CoreSchemas:
    """The kinds of a minor; its definitions are read once for all who ask."""
    return CoreSchemas(minor)


def _references(schema: Any) -> Iterator[str]:
    """The definitions a schema refers to; a property may be named $ref, its value is then no string."""
    if isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(_REFERENCE)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)
