"""ConfigMap and Secret generators of a kustomization."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from homelab.gitops.built import Build, Built, join
from homelab.gitops.fields import copied
from homelab.gitops.repository import Repository
from homelab.kube.inventory import Unknown
from homelab.kube.resource import Manifest

KINDS = (("ConfigMap", "configMapGenerator", "data"), ("Secret", "secretGenerator", "stringData"))
BY_HASH = "homelab.dev/hash"
"""Stands for the hash that kustomize appends to a name: only equality inside one reading matters here."""


def generate(repository: Repository, folder: str, file: str, spec: Mapping[str, Any], result: Build) -> None:
    """Add what the generators of a kustomization make, or merge it into what is there, as `behavior` says."""
    for kind, key, field in KINDS:
        for index, generator in enumerate(spec.get(key) or ()):
            data = dict(_data(repository, (folder, file, (key, str(index))), generator, result))
            body = _body(kind, field, data, _options(generator, spec.get("generatorOptions") or {}), generator)
            if generator.get("behavior") in {"merge", "replace"}:
                _into(body, field, generator, result)
            else:
                result.objects.append(Built(body, file, index))


def _options(generator: Mapping[str, Any], general: Mapping[str, Any]) -> dict[str, Any]:
    own = generator.get("options") or {}
    merged = {key: {**(general.get(key) or {}), **(own.get(key) or {})} for key in ("labels", "annotations")}
    return {**merged, "fixed": bool(general.get("disableNameSuffixHash") or own.get("disableNameSuffixHash"))}


def _data(
    repository: Repository, at: tuple[str, str, tuple[str, str]], generator: Mapping[str, Any], result: Build
) -> Iterator[tuple[str, str]]:
    folder, file, keys = at
    for literal in generator.get("literals") or ():
        key, _, value = literal.partition("=")
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        yield key, value[1:-1] if quoted else value
    for entry in generator.get("files") or ():
        key, _, name = entry.rpartition("=")
        path = join(folder, name)
        result.used.add(path)
        if repository.lacks(path) and "://" not in entry:
            place = repository.locate(file, 0, (*keys, "files"))
            result.fails(path, f"loading KV pairs: file sources: {entry}: no such file or directory", place)
        yield key or name.rpartition("/")[2], repository.text(path) or ""
    for name in filter(None, (*(generator.get("envs") or ()), generator.get("env"))):
        path = join(folder, name)
        text = repository.text(path)
        result.used.add(path)
        if repository.lacks(path) and "://" not in name:
            place = repository.locate(file, 0, (*keys, "envs"))
            result.fails(path, f"loading KV pairs: env source files: {name}: no such file or directory", place)
        elif text is None:
            result.unknown.append(Unknown(path, f"the keys of {generator.get('name')} stand in it, and it is not read"))
        for line in (text or "").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                key, _, value = line.lstrip().partition("=")
                yield key, value


def _body(kind: str, field: str, data: Mapping[str, str], options: Mapping[str, Any], generator: Any) -> Manifest:
    metadata: dict[str, Any] = {"name": str(generator.get("name") or "")}
    if generator.get("namespace"):
        metadata["namespace"] = generator["namespace"]
    if options["labels"]:
        metadata["labels"] = dict(options["labels"])
    digest = hashlib.sha256(json.dumps([generator, data], sort_keys=True, default=str).encode()).hexdigest()[:10]
    metadata["annotations"] = {**options["annotations"], **({} if options["fixed"] else {BY_HASH: digest})}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, field: dict(data)}


def _into(body: Manifest, field: str, generator: Mapping[str, Any], result: Build) -> None:
    """`behavior: merge` adds to the object of that name, `replace` puts its own data in place."""
    name = generator.get("name")
    found = next((i for i in result.objects if i.body.get("kind") == body["kind"] and name in i.names), None)
    if found is None:
        said = f"the generator wants to {generator['behavior']} a {body['kind']} that is not there"
        result.unknown.append(Unknown(str(name), said))
        return
    mine = copied(found.body)
    if generator["behavior"] == "replace":
        mine = {key: value for key, value in mine.items() if key not in {"data", "stringData", "binaryData"}}
    metadata = mine["metadata"] if isinstance(mine.get("metadata"), dict) else {}
    for key in ("labels", "annotations"):
        metadata[key] = {**(metadata.get(key) or {}), **body["metadata"].get(key, {})}
    found.body = {**mine, "metadata": metadata, field: {**(mine.get(field) or {}), **body[field]}}
