"""Locations and schedules that Velero's chart declares from its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.software.shapes import Draft, kept, thing
from homelab.software.software import Release

VELERO_API = "velero.io/v1"


def declare_locations(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    """Add the places of backups and of snapshots that the values list."""
    configuration = values["configuration"]
    if values["backupsEnabled"]:
        for index, entry in enumerate(configuration.get("backupStorageLocation") or ()):
            key = f"configuration.backupStorageLocation.{index}"
            store = {"bucket": str(entry.get("bucket") or ""), **_given(entry, "prefix", "caCert")}
            spec = {
                **_credential(entry),
                "provider": entry.get("provider") or None,
                "accessMode": entry.get("accessMode") or "ReadWrite",
                **_given(entry, "default", "validationFrequency", "backupSyncPeriod"),
                "objectStorage": store,
                **_config(entry),
            }
            name = entry.get("name") or "default"
            draft.add(thing("BackupStorageLocation", name, release.namespace, VELERO_API, spec=spec), key)
    if values["snapshotsEnabled"]:
        for index, entry in enumerate(configuration.get("volumeSnapshotLocation") or ()):
            key = f"configuration.volumeSnapshotLocation.{index}"
            spec = {**_credential(entry), "provider": entry.get("provider") or None, **_config(entry)}
            name = entry.get("name") or "default"
            draft.add(thing("VolumeSnapshotLocation", name, release.namespace, VELERO_API, spec=spec), key)


def _given(entry: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return kept(**{name: entry.get(name) or None for name in names})


def _credential(entry: Mapping[str, Any]) -> dict[str, Any]:
    found = entry.get("credential") or {}
    return {"credential": _given(found, "name", "key") or None} if found else {}


def _config(entry: Mapping[str, Any]) -> dict[str, Any]:
    config = entry.get("config") or {}
    written = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in config.items()}
    return {"config": written} if written else {}


def declare_schedule(draft: Draft, release: Release, name: str, schedule: Mapping[str, Any], key: str) -> None:
    """Add one schedule of the values under its full name."""
    spec = {
        **_given(schedule, "paused", "useOwnerReferencesInBackup", "skipImmediately"),
        "schedule": str(schedule.get("schedule")),
        **_given(schedule, "template"),
    }
    draft.add(thing("Schedule", name, release.namespace, VELERO_API, spec=spec), key)
