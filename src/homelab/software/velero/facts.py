"""What Velero's schedules and locations mean: backups, how long they are kept, where they go, and whether volumes go along."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from homelab.documents.duration import parse_duration
from homelab.findings import Subject
from homelab.kube.facts import Backup, Calls, Destination, Expansion
from homelab.kube.resource import Manifest, dig

FLAGS = frozenset({"--default-volumes-to-fs-backup", "--default-volumes-to-fs-backup=true"})
PODS = frozenset({"*", "pods", "pod", "po"})
"""How a list of kinds names pods."""
CLAIMS = frozenset({"*", "persistentvolumeclaims", "persistentvolumeclaim", "pvc"})
"""How it names claims."""
ASKED = "backup.velero.io/backup-volumes"
SPARED = "backup.velero.io/backup-volumes-excludes"
"""Annotations of pods (velero 1.18 docs, file-system-backup)."""
_COPIES = re.compile(r"""type:\s*["']?(?:fs-backup|snapshot)\b""")
Lookup = Callable[[str, str, str], Manifest | None]


def schedule_facts(body: Manifest, lookup: Lookup) -> Expansion:
    """A Schedule is a backup of namespaces, with or without volumes, to a location, kept for its `ttl` (30 days)."""
    name, space = body["metadata"]["name"], body["metadata"].get("namespace", "")
    spec = body.get("spec") or {}
    if spec.get("paused"):
        return Expansion(unknown=("the schedule is paused, so it makes no backup",))
    wanted = spec.get("template") or {}
    location = str(wanted.get("storageLocation") or "default")
    place = lookup("BackupStorageLocation", space, location)
    config = dig(place or {}, ["spec", "config"], {})
    bucket = str(dig(place or {}, ["spec", "objectStorage", "bucket"], ""))
    destination = Destination(str(config.get("s3Url", "")), bucket, location)
    backup = Backup(
        Subject("Schedule", name, space),
        str(spec.get("schedule", "")),
        5,
        destination,
        namespaces=tuple(wanted.get("includedNamespaces") or ("*",)),
        excluded=tuple(wanted.get("excludedNamespaces") or ()),
        retention=parse_duration(str(wanted.get("ttl") or "720h0m0s")),
        volumes=_copies_volumes(wanted, space, lookup),
        selectors=_selectors(wanted),
        asked_by=ASKED if _agent(wanted, space, lookup) else "",
        spared_by=SPARED if _files(wanted, space, lookup) and not _snapshots(wanted, space, lookup) else "",
    )
    unknown = () if place else (f"its BackupStorageLocation {space}/{location} is not declared",)
    return Expansion(facts=(backup,), unknown=unknown)


def _copies_volumes(wanted: Mapping[str, Any], space: str, lookup: Lookup) -> bool:
    """Whether the contents of volumes are copied: by the agent on the nodes, or as snapshots that are kept.

    Both begin from the pods that a backup includes.
    """
    if not (_includes(wanted, PODS) and _includes(wanted, CLAIMS)):
        return False
    return _files(wanted, space, lookup) or _snapshots(wanted, space, lookup) or _by_policy(wanted, space, lookup)


def _files(wanted: Mapping[str, Any], space: str, lookup: Lookup) -> bool:
    """Whether the agent copies the files of all volumes but those that a pod spares."""
    files = wanted.get("defaultVolumesToFsBackup")
    files = not FLAGS.isdisjoint(_arguments(space, lookup)) if files is None else files
    return bool(files) and _agent(wanted, space, lookup)


def _by_policy(wanted: Mapping[str, Any], space: str, lookup: Lookup) -> bool:
    """Whether a policy has volumes copied for which no flag asks; which ones its conditions fit is not followed.

    Source: velero 1.18 internal/resourcepolicies (actions `fs-backup` and `snapshot`).
    """
    policies = lookup("ConfigMap", space, str(dig(wanted, ["resourcePolicy", "name"], "")))
    texts = dig(policies or {}, ["data"], {})
    return any(_COPIES.search(str(text)) for text in texts.values())


def _agent(wanted: Mapping[str, Any], space: str, lookup: Lookup) -> bool:
    """Whether an agent is there that can copy the files of a pod which asks for it."""
    return _includes(wanted, PODS) and lookup("DaemonSet", space, "node-agent") is not None


def _snapshots(wanted: Mapping[str, Any], space: str, lookup: Lookup) -> bool:
    on = any(str(arg).startswith("--features=") and "EnableCSI" in arg for arg in _arguments(space, lookup))
    return bool(on and wanted.get("snapshotVolumes") is not False)


def _arguments(space: str, lookup: Lookup) -> list[Any]:
    server = lookup("Deployment", space, "velero") or {}
    container = dig(server, ["spec", "template", "spec", "containers", "0"], {})
    return [*(container.get("command") or ()), *(container.get("args") or ())]


def _selectors(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The selectors of a backup, any of which will do."""
    chosen = [wanted.get("labelSelector"), *(wanted.get("orLabelSelectors") or ())]
    return tuple(json.dumps(each, sort_keys=True, default=str) for each in chosen if each)


def _includes(wanted: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Whether a backup has a kind of its namespaces in it.

    Without claims nothing is read from them unless a pod asks for it: the filter of claims holds for their files as well
    (velero 1.18 internal/volumehelper, backupExcludePVC). Source: https://velero.io/docs/v1.18/resource-filtering/
    """
    for way in ("Resources", "NamespaceScopedResources"):
        included, left = wanted.get(f"included{way}") or ("*",), wanted.get(f"excluded{way}") or ()
        if names.isdisjoint(included) or not names.isdisjoint(left):
            return False
    return True


def location_facts(body: Manifest, _lookup: Lookup) -> Expansion:
    """Velero calls a location's endpoint when it backs up or restores."""
    space = body["metadata"].get("namespace", "")
    url = urlsplit(str(dig(body, ["spec", "config", "s3Url"], "")))
    if not url.hostname:
        return Expansion()
    number = url.port or (80 if url.scheme == "http" else 443)
    call = Calls(Subject("Deployment", "velero", space), url.hostname, number, "change", "copies go there")
    return Expansion(facts=(call,))
