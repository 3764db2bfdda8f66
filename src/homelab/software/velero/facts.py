"""What Velero's schedules and locations mean: backups, how long they are kept, where they go, and whether volumes go along."""

from __future__ import annotations

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
    )
    unknown = () if place else (f"its BackupStorageLocation {space}/{location} is not declared",)
    return Expansion(facts=(backup,), unknown=unknown)


def _copies_volumes(wanted: Mapping[str, Any], space: str, lookup: Lookup) -> bool:
    """Whether the contents of volumes are copied: by the agent on the nodes, or as snapshots that are kept.

    Both begin from the pods that a backup includes.
    """
    if not _includes_pods(wanted):
        return False
    server = lookup("Deployment", space, "velero") or {}
    args = dig(server, ["spec", "template", "spec", "containers", "0", "args"], [])
    files = wanted.get("defaultVolumesToFsBackup")
    files = not FLAGS.isdisjoint(args) if files is None else files
    if files and lookup("DaemonSet", space, "node-agent"):
        return True
    snapshots = any(str(arg).startswith("--features=") and "EnableCSI" in arg for arg in args)
    return bool(snapshots and wanted.get("snapshotVolumes") is not False)


def _includes_pods(wanted: Mapping[str, Any]) -> bool:
    """Whether a backup has the pods of its namespaces in it.

    Source: https://velero.io/docs/v1.18/resource-filtering/
    """
    for way in ("Resources", "NamespaceScopedResources"):
        included, left = wanted.get(f"included{way}") or ("*",), wanted.get(f"excluded{way}") or ()
        if PODS.isdisjoint(included) or not PODS.isdisjoint(left):
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
