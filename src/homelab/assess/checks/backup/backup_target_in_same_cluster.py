"""A backup on what it protects: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.copies import Distance, alike, distance
from homelab.kube.facts import Backup
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def backup_target_in_same_cluster(inventory: Inventory) -> Iterator[Accusation]:
    """A backup that stands on the cluster it protects, and no other copy elsewhere: they are lost together."""
    for backup in inventory.facts_of(Backup):
        resource = inventory.subject(backup.subject)
        if resource is None or distance(inventory, backup) is not Distance.CLUSTER:
            continue
        if any(distance(inventory, other) > Distance.CLUSTER for other in alike(inventory, backup)):
            continue
        where = backup.destination.bucket or backup.destination.target or "its bucket"
        yield Accusation(
            resource,
            f"{resource.name} copies into {where} at {backup.destination.endpoint or 'this cluster'}, which stands on the"
            f" cluster that it protects: both are lost together",
            field="spec.template.storageLocation" if resource.kind == "Schedule" else "spec.cluster",
            hint="add a target outside of the cluster; this one may stay as the fast, near copy",
            group=f"backup target {where}",
        )
