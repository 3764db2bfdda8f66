"""Whether an object is what its kind allows: Kubernetes' own kinds, custom resources by their CRD or a folder of schemas.

    schemas = Schemas("1.35").with_crds(crds)
    for error in schemas.validate(resource) or ():
        print(error)                          # spec.replica: unknown field replica, did you mean replicas?

Validators are compiled when a kind is first seen, by jsonschema-rs. Not judged, and so not proved: CEL rules
(`x-kubernetes-validations`), defaults, what admission does, and patterns that do not compile here (see `Schemas.unproved`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from homelab.kube.schemas.compiled import compiled
from homelab.kube.schemas.core import CoreSchemas, Key, core_schemas
from homelab.kube.schemas.error import SchemaError, dotted, sentences
from homelab.kube.schemas.openapi import Schema, converted, custom_resource, with_metadata


class _Kind:
    """One kind; its schema is made and compiled when it is first asked for, and shared by every `Schemas` that has it."""

    def __init__(self, name: str, source: Callable[[], Schema]) -> None:
        self.name = name
        """As objects spell it; lower case where only a file name is known."""
        self._source = source

    @cached_property
    def judge(self) -> tuple[Any, Schema, tuple[str, ...]]:
        """The validator, the schema behind it, and the patterns that do not compile here."""
        return compiled(self._source())


class Schemas:
    """The kinds of one cluster. Immutable to its users: `with_crds` and `with_folder` give a new one."""

    def __init__(self, kubernetes: str = "1.33", custom: Mapping[Key, _Kind] | None = None) -> None:
        """The kinds of a Kubernetes version such as `1.33` or `v1.35.2`; raises ValueError for anything else."""
        parts = kubernetes.removeprefix("v").split(".")
        if len(parts) < 2 or parts[0] != "1" or not parts[1].isdigit():
            raise ValueError(f"{kubernetes!r} is not a Kubernetes version such as 1.33")
        self.kubernetes = kubernetes
        self.core: CoreSchemas = core_schemas(int(parts[1]))
        self._custom = dict(custom or {})
        self._core: dict[Key, _Kind] = {}

    def with_crds(self, crds: Iterable[Mapping[str, Any]]) -> Schemas:
        """These kinds and those of CustomResourceDefinitions (served versions; other objects are passed over)."""
        found = {
            _key(group, kind, version): _Kind(kind, partial(_of_crd, schema, self.core))
            for crd in crds
            for group, kind, version, schema in _versions(crd)
        }
        return Schemas(self.kubernetes, {**self._custom, **found})

    def with_folder(self, folder: Path) -> Schemas:
        """These kinds and those of a folder `<group>/<kind in lower case>_<version>.json`; kinds already known stay."""
        found = {}
        for file in sorted(folder.glob("[!_]*/*_*.json")):
            kind, _, version = file.stem.rpartition("_")
            found[_key(file.parent.name, kind, version)] = _Kind(kind, partial(_of_file, file, self.core))
        return Schemas(self.kubernetes, {**found, **self._custom})

    def knows(self, group: str, kind: str, version: str) -> bool:
        """Whether objects of this kind can be judged."""
        return self._kind(group, kind, version) is not None

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """The versions in which a kind is known, sorted."""
        wanted = (group, kind.lower())
        return tuple(
            sorted({key[2] for key in (*self._custom, *self.core.kinds) if (key[0], key[1].lower()) == wanted})
        )

    def unproved(self, group: str, kind: str, version: str) -> tuple[str, ...]:
        """The patterns of a kind that cannot be compiled here, and by which it is not judged."""
        known = self._kind(group, kind, version)
        return known.judge[2] if known else ()

    def validate(self, resource: Mapping[str, Any]) -> list[SchemaError] | None:
        """The mistakes of an object, by path; an empty list when it fits; None when its kind is not known."""
        version, kind = resource.get("apiVersion"), resource.get("kind")
        if not isinstance(version, str) or not isinstance(kind, str):
            return None
        group, _, version = version.rpartition("/")
        known = self._kind(group, kind, version)
        if known is None:
            return None
        validator, schema, _ = known.judge
        try:
            if validator.is_valid(resource):
                return []
            found = {each for error in validator.iter_errors(resource) for each in sentences(error, schema)}
        except (
            ValueError,
            TypeError,
        ) as error:  # not JSON: nested beyond the validator's limit, or a key that is no string
            return [SchemaError((), f"cannot be judged: {error}")]
        return sorted(found, key=lambda each: (dotted(each.path), each.message))

    def _kind(self, group: str, kind: str, version: str) -> _Kind | None:
        custom = self._custom.get(_key(group, kind, version))
        if custom is not None:
            return custom if custom.name in {kind, kind.lower()} else None
        key = (group, kind, version)
        if key not in self._core:
            if key not in self.core.kinds:
                return None
            self._core[key] = _Kind(kind, partial(self.core.schema, key))
        return self._core[key]


def _key(group: str, kind: str, version: str) -> Key:
    return group, kind.lower(), version


def _versions(crd: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Group, kind, version and schema of what a CRD serves; nothing for what is no CRD, or one without schemas."""
    spec = crd.get("spec")
    if crd.get("kind") != "CustomResourceDefinition" or not isinstance(spec, Mapping):
        return
    for version in spec.get("versions") or ():
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if isinstance(schema, Mapping) and version.get("served") is not False:
            yield spec["group"], spec["names"]["kind"], version["name"], schema


def _of_crd(schema: Mapping[str, Any], core: CoreSchemas) -> Schema:
    metadata, definitions = core.metadata()
    return {**custom_resource(schema, metadata), "$defs": definitions}


def _of_file(file: Path, core: CoreSchemas) -> Schema:
    metadata, definitions = core.metadata()
    schema = with_metadata(converted(json.loads(file.read_bytes()), close=False), metadata)
    return {**schema, "$defs": {**schema.get("$defs", {}), **definitions}}
