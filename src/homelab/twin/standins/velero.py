"""Velero: places for copies that can be reached, and schedules that are on; no copy is made, for there is no data.

Source: vmware-tanzu/velero 1.18 pkg/controller/{backup_storage_location,schedule}_controller.go; its kinds have no status
subresource.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.twin.standins.acts import Act, Say
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World

GROUP = "velero.io"


def location(body: Object, world: World) -> Iterator[Act]:
    """A BackupStorageLocation: available, unless a drill takes it away."""
    mood = world.mood(body)
    if mood == "progressing":
        return
    since = dig(body, ["status", "lastValidationTime"], world.now)
    phase = "Unavailable" if mood == "degraded" else "Available"
    why = "BackupStorageLocation is unavailable: held back by a drill" if mood == "degraded" else None
    yield Say(body, {"phase": phase, "lastValidationTime": since, "lastSyncedTime": since, "message": why})


def schedule(body: Object, world: World) -> Iterator[Act]:
    """A Schedule: on."""
    mood = world.mood(body)
    if mood != "progressing":
        yield Say(body, {"phase": "FailedValidation" if mood == "degraded" else "Enabled"})


VELERO = StandIn(
    "Velero",
    {(GROUP, "BackupStorageLocation"): location, (GROUP, "Schedule"): schedule},
    operator=Program("velero/velero", "velero"),
)
