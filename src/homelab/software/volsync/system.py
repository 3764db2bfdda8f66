"""VolSync: copies one claim by restic, rclone, rsync or syncthing.

Sources: volsync v0.14 `api/v1alpha1/replicationsource_types.go`: `sourcePVC`, `paused`, one mover, and a trigger; without a
trigger it copies without end.
"""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Backup, Destination, Expansion
from homelab.kube.resource import Manifest, dig
from homelab.software.made import made
from homelab.software.software import KindTruth, Software

GROUP = "volsync.backube"
MOVERS = ("restic", "rclone", "rsync", "rsyncTLS", "syncthing", "external", "kopia")


def replication_source(body: Manifest, _lookup: object) -> Expansion:
    """A ReplicationSource copies its claim as often as its trigger says; by hand is not by itself."""
    meta, spec = body["metadata"], body.get("spec") or {}
    space, claim = str(meta.get("namespace") or ""), str(spec.get("sourcePVC") or "")
    trigger = spec.get("trigger") or {}
    when = str(trigger.get("schedule") or "")
    if spec.get("paused") or not claim or not any(spec.get(mover) is not None for mover in MOVERS):
        return Expansion()
    if trigger and not when:
        return Expansion(unknown=("it copies when somebody asks for it by hand",))
    fact = Backup(
        Subject("ReplicationSource", str(meta["name"]), space),
        when or "@hourly",
        5,
        Destination(str(dig(spec, ["rsyncTLS", "address"], ""))),
        namespaces=(space,),
        claims=(claim,),
    )
    return Expansion(facts=(fact,))


VOLSYNC = Software(
    name="volsync",
    kinds=(
        KindTruth(GROUP, "ReplicationSource", replication_source),
        *made(GROUP, "ReplicationDestination", "PersistentVolumeClaim volsync-{name}-dest"),
    ),
)
