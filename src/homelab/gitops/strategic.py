"""Strategic merge: maps merge, lists of built-in kinds merge by their keys, null deletes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MERGE_KEYS = {
    "containers": ("name",), "initContainers": ("name",), "ephemeralContainers": ("name",), "env": ("name",),
    "volumes": ("name",), "volumeMounts": ("mountPath",), "volumeDevices": ("devicePath",),
    "ports": ("containerPort", "port"), "imagePullSecrets": ("name",), "secrets": ("name",), "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",), "webhooks": ("name",), "ownerReferences": ("uid",),
}  # fmt: skip
"""Lists of built-in kinds that merge by key (Kubernetes API `patchMergeKey`); every other list is replaced."""


def merge(body: dict[str, Any], patch: Mapping[str, Any], *, by_key: bool) -> None:
    """Merge a patch into an object in place.

    Args:
        body: what is changed.
        patch: maps merge, null and `$patch: delete` remove, `$patch: replace` replaces; its values are not copied.
        by_key: lists merge by Kubernetes' keys, as in built-in kinds; else they are replaced.
    """
    for key, value in patch.items():
        old = body.get(key)
        if value is None:
            body.pop(key, None)
        elif isinstance(value, dict):
            directive = value.pop("$patch", None)
            if directive == "delete":
                body.pop(key, None)
            elif directive == "replace":
                body[key] = value
            else:
                body[key] = old if isinstance(old, dict) else {}
                merge(body[key], value, by_key=by_key)
        elif isinstance(value, list) and by_key and key in MERGE_KEYS:
            body[key] = _merged(old if isinstance(old, list) else [], value, MERGE_KEYS[key])
        else:
            body[key] = value


def _merged(old: list[Any], new: list[Any], keys: tuple[str, ...]) -> list[Any]:
    """What the patch names comes first, in its order, then the rest, as kustomize writes it."""
    if any(isinstance(entry, Mapping) and entry.get("$patch") == "replace" for entry in new):
        return [entry for entry in new if not (isinstance(entry, Mapping) and "$patch" in entry)]
    first: list[Any] = []
    rest = list(old)
    for entry in new:
        known = next((item for item in rest if _same(item, entry, keys)), None)
        if known is not None:
            rest = [item for item in rest if item is not known]
        if not isinstance(entry, dict) or entry.get("$patch") == "delete":
            continue
        result: dict[str, Any] = known if isinstance(known, dict) else {}
        merge(result, entry, by_key=True)
        first.append(result)
    return first + rest


def _same(item: Any, entry: Any, keys: tuple[str, ...]) -> bool:
    if not isinstance(item, Mapping) or not isinstance(entry, Mapping):
        return bool(item == entry)
    return any(key in entry and key in item and item[key] == entry[key] for key in keys) and item.get(
        "protocol", "TCP"
    ) == entry.get("protocol", "TCP")
