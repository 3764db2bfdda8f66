"""Kustomize patches: strategic merge by Kubernetes' list keys, and JSON 6902."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from homelab.documents.read import load
from homelab.errors import UnreadableDocument
from homelab.gitops.built import Build, Built, join
from homelab.gitops.repository import Repository
from homelab.kube.inventory import Unknown
from homelab.kube.resource import Manifest

MERGE_KEYS = {
    "containers": ("name",), "initContainers": ("name",), "ephemeralContainers": ("name",), "env": ("name",),
    "volumes": ("name",), "volumeMounts": ("mountPath",), "ports": ("containerPort", "port"),
    "imagePullSecrets": ("name",), "hostAliases": ("ip",), "topologySpreadConstraints": ("topologyKey",),
}  # fmt: skip
"""Lists of built-in kinds that merge by key (Kubernetes API `patchMergeKey`); every other list is replaced."""
BUILT_IN = re.compile(r"^(v1|apps/v1|batch/v1|policy/v1|networking\.k8s\.io/v1|autoscaling/v\d)$")


def apply_all(repository: Repository, folder: str, spec: Mapping[str, Any], result: Build) -> None:
    """Apply every patch of a kustomization; a patch that matches nothing is said as unknown."""
    entries: list[Mapping[str, Any]] = [*(spec.get("patches") or ())]
    merges = spec.get("patchesStrategicMerge") or ()
    entries += [{"patch": entry} if "\n" in str(entry) else {"path": entry} for entry in merges]
    entries += list(spec.get("patchesJson6902") or ())
    for entry in entries:
        _apply(repository, folder, entry, result)


def _apply(repository: Repository, folder: str, entry: Mapping[str, Any], result: Build) -> None:
    shown = str(entry.get("path") or "an inline patch")
    if "path" in entry:
        path = join(folder, str(entry["path"]))
        if path not in repository:
            result.unknown.append(Unknown(path, "a patch that is not there"))
            return
        result.used.add(path)
        bodies = repository.documents(path)
    else:
        try:
            bodies = load(str(entry.get("patch", "")), f"{folder}/kustomization.yaml")
        except UnreadableDocument as error:
            result.unknown.append(Unknown(folder, f"a patch that is not YAML: {error.message}"))
            return
    for body in bodies:
        operations = body if isinstance(body, list) else None
        target = entry.get("target") or (_identity(body) if isinstance(body, Mapping) else {})
        matched = [item for item in result.objects if _matches(target, item.body)]
        for item in matched:
            _patch(item, operations, body)
        if not matched:
            result.unknown.append(
                Unknown(
                    shown, f"the patch for {target.get('kind', 'anything')} {target.get('name', '')} matches nothing"
                )
            )
        result.objects = [item for item in result.objects if item.body]


def _patch(item: Built, operations: list[Any] | None, body: Any) -> None:
    if operations is not None:
        for operation in operations:
            json_patch(item.body, operation)
    elif body.get("$patch") == "delete":
        item.body = {}
    else:
        merge(
            item.body,
            {k: v for k, v in body.items() if k not in {"apiVersion", "kind"}},
            by_key=bool(BUILT_IN.match(str(item.body.get("apiVersion")))),
        )


def _identity(body: Mapping[str, Any]) -> dict[str, Any]:
    meta = body.get("metadata") or {}
    return {"kind": body.get("kind"), "name": re.escape(str(meta.get("name", "")))}


def _matches(target: Mapping[str, Any], body: Manifest) -> bool:
    meta = body.get("metadata") or {}
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    actual = {
        "kind": body.get("kind"),
        "name": meta.get("name"),
        "namespace": meta.get("namespace") or "",
        "group": group,
    }
    for key, value in actual.items():
        if target.get(key) and not re.fullmatch(str(target[key]), str(value)):
            return False
    wanted = str(target.get("labelSelector") or "")
    labels = meta.get("labels") or {}
    return all(
        f"{k.strip()}" in labels and str(labels[k.strip()]) == v.strip()
        for k, _, v in (p.partition("=") for p in wanted.split(",") if p)
    )


def merge(body: dict[str, Any], patch: Mapping[str, Any], *, by_key: bool) -> None:
    """Strategic merge in place: null deletes, maps merge, known lists merge by key, others are replaced."""
    for key, value in patch.items():
        if value is None:
            body.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(body.get(key), dict):
            if value.get("$patch") == "delete":
                body.pop(key)
            elif value.get("$patch") == "replace":
                body[key] = {k: v for k, v in value.items() if k != "$patch"}
            else:
                merge(body[key], value, by_key=by_key)
        elif isinstance(value, list) and isinstance(body.get(key), list) and by_key and key in MERGE_KEYS:
            body[key] = _merged(body[key], value, MERGE_KEYS[key])
        else:
            body[key] = value


def _merged(old: list[Any], new: list[Any], keys: tuple[str, ...]) -> list[Any]:
    """Two lists merged by key, in the order of the first: kustomize moves patched items up front, which would
    part what is found from the line where it was declared."""
    result = list(old)
    for entry in new:
        name = next((entry.get(key) for key in keys if key in entry), None)
        place = next((i for i, item in enumerate(result) if any(item.get(key) == name for key in keys)), None)
        if entry.get("$patch") == "delete":
            result = [item for i, item in enumerate(result) if i != place]
        elif place is None:
            result.append(entry)
        else:
            merge(result[place], entry, by_key=True)
    return result


def json_patch(body: Any, operation: Mapping[str, Any]) -> None:
    """One JSON 6902 operation in place; an operation on a path that is not there does nothing."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in str(operation.get("path", "")).split("/")[1:]]
    if not parts:
        return
    for part in parts[:-1]:
        body = (
            body[int(part)]
            if isinstance(body, list) and part.isdigit() and int(part) < len(body)
            else body.get(part)
            if isinstance(body, dict)
            else None
        )
        if body is None:
            return
    last, action = parts[-1], operation.get("op")
    if isinstance(body, list):
        index = len(body) if last == "-" else int(last)
        if action == "add":
            body.insert(index, operation.get("value"))
        elif index < len(body):
            body[index : index + 1] = [] if action == "remove" else [operation.get("value")]
    elif isinstance(body, dict):
        if action == "remove":
            body.pop(last, None)
        elif action in {"add", "replace"}:
            body[last] = operation.get("value")
