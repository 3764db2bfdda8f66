"""Where CloudNativePG puts copies: the archive of a Cluster by its Barman Cloud plugin, and scheduled base backups.

Sources: cloudnative-pg 1.30 `docs/src/{backup,wal_archiving}.md`, plugin-barman-cloud `web/docs/usage.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from homelab.findings import Subject
from homelab.kube.facts import Backup, Destination, Expansion
from homelab.kube.resource import Manifest, dig

Lookup = Callable[[str, str, str], Manifest | None]
PLUGIN = "barman-cloud.cloudnative-pg.io"
ARCHIVE_TIMEOUT = 300.0
"""Seconds after which even a half-full log segment is archived: `archive_timeout`, 5 min by default."""
DAY = 86400.0
SPAN = {"d": DAY, "w": 7 * DAY, "m": 30 * DAY}


def place(body: Manifest) -> tuple[str, str, Mapping[str, Any]]:
    """Name, namespace and spec of a custom resource."""
    meta = body["metadata"]
    return meta["name"], meta.get("namespace", ""), body.get("spec") or {}


def archiver(spec: Mapping[str, Any]) -> str | None:
    """The ObjectStore to which a Cluster's plugin archives its log; None where it archives nowhere by the plugin."""
    for plugin in spec.get("plugins") or ():
        if plugin.get("name") == PLUGIN and plugin.get("enabled", True) and plugin.get("isWALArchiver"):
            return str(dig(plugin, ["parameters", "barmanObjectName"], ""))
    return None


def destination(space: str, store: str, lookup: Lookup) -> Destination | None:
    """Where an ObjectStore puts copies; None when it is not declared."""
    found = lookup("ObjectStore", space, store)
    if found is None:
        return None
    wanted = dig(found, ["spec", "configuration"], {})
    path = urlsplit(str(wanted.get("destinationPath", "")))
    return Destination(str(wanted.get("endpointURL", "")), path.netloc)


def _retention(written: str) -> float | None:
    number, unit = written[:-1], written[-1:]
    return int(number) * SPAN[unit] if number.isdigit() and unit in SPAN else None


def scheduled_backup(body: Manifest, lookup: Lookup) -> Expansion:
    """A ScheduledBackup copies its Cluster to where the Cluster archives; nothing where the two do not fit."""
    name, space, spec = place(body)
    target = str(dig(spec, ["cluster", "name"], ""))
    owner = lookup("Cluster", space, target)
    if owner is None:
        return Expansion(unknown=(f"its Cluster {space}/{target} is not declared",))
    subject, database = Subject("ScheduledBackup", name, space), Subject("Cluster", target, space)
    method, settings = spec.get("method", "barmanObjectStore"), owner.get("spec") or {}
    if method == "plugin":
        store = archiver(settings)
        where = destination(space, store, lookup) if store else None
        kept_for = dig(lookup("ObjectStore", space, store or "") or {}, ["spec", "retentionPolicy"], "")
    elif method == "barmanObjectStore":
        inside = dig(settings, ["backup", "barmanObjectStore"], {})
        path = urlsplit(str(inside.get("destinationPath", "")))
        where = Destination(str(inside.get("endpointURL", "")), path.netloc) if inside else None
        kept_for = dig(settings, ["backup", "retentionPolicy"], "")
    else:
        return Expansion(unknown=(f"method {method} keeps copies where its snapshot class says",))
    if where is None or spec.get("suspend"):
        return Expansion()
    retention = _retention(str(kept_for))
    schedule = str(spec.get("schedule", ""))
    fact = Backup(subject, schedule, 6, where, database=database, retention=retention, archive=ARCHIVE_TIMEOUT)
    return Expansion(facts=(fact,))
