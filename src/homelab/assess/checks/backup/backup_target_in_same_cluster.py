"""A backup on what it protects: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.copies import Distance, alike, distance
from homelab.kube.existence import ask
from homelab.kube.facts import Backup, Destination
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource


@check(severity=Severity.HIGH)
def backup_target_in_same_cluster(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A backup that stands on the cluster it protects, and no other copy elsewhere: they are lost together."""
    for backup in inventory.facts_of(Backup):
        resource = inventory.subject(backup.subject)
        if resource is None or distance(inventory, backup) is not Distance.CLUSTER:
            continue
        if any(distance(inventory, other) > Distance.CLUSTER for other in alike(inventory, backup)):
            continue
        if why := ask.anything(inventory, backup.subject.namespace):
            yield Unjudged(f"other copies beside {backup.subject}", why, inventory.place(resource))
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
    yield from _idle(inventory)


def _idle(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Locations no schedule writes to: what a person copies by hand goes there, and nothing else is at hand."""
    locations = [(found, _by_hand(found)) for found in inventory.of("BackupStorageLocation")]
    if any(distance(inventory, copy) is not Distance.CLUSTER for _, copy in locations):
        return
    used = {(b.subject.namespace, b.destination.target) for b in inventory.facts_of(Backup) if b.database is None}
    for location, copy in locations:
        if why := ask.anything(inventory, location.namespace):
            yield Unjudged(f"other copies beside {location.subject}", why, inventory.place(location))
        elif (location.namespace, location.name) not in used:
            yield Accusation(
                location,
                f"location {location.name} is {copy.destination.endpoint}, which stands on the cluster that it is to"
                f" protect, and there is no other: both are lost together",
                field="spec.config.s3Url",
                hint="add a target outside of the cluster; this one may stay as the fast, near copy",
                group=f"backup target {copy.destination.bucket or location.name}",
            )


def _by_hand(location: Resource) -> Backup:
    """What a copy made by hand is, as far as its distance matters."""
    endpoint, bucket = location.get("spec.config.s3Url", ""), location.get("spec.objectStorage.bucket", "")
    return Backup(location.subject, "", 5, Destination(str(endpoint), str(bucket), location.name))
