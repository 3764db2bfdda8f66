"""Two writers below one prefix of a bucket: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.buckets import LAYOUT, Writer, writers
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def bucket_shared_with_velero_root(inventory: Inventory) -> Iterator[Accusation]:
    """Somebody else writes where a Velero location begins: Velero refuses the location, and every backup to it fails."""
    found = writers(inventory)
    for location in found:
        if location.resource.kind != "BackupStorageLocation":
            continue
        strangers = [other for other in found if _in_the_way(location, other)]
        if strangers:
            other = strangers[0].resource
            where = f"bucket {location.bucket}" + (f" below {'/'.join(location.prefix)}" if location.prefix else "")
            yield Accusation(
                location.resource,
                f"{location.resource.name} takes all of {where}, where {other.kind} {other.namespace}/{other.name} writes"
                " too: Velero finds folders that it does not know and calls the location unavailable",
                field=location.field,
                hint="give each writer a prefix of its own; what is already there has to be moved below it",
                evidence=tuple(
                    (f"{w.resource.kind} {w.resource.name} writes there", inventory.place(w.resource, w.field))
                    for w in strangers
                ),
            )


def _in_the_way(location: Writer, other: Writer) -> bool:
    """Whether another's folder lies at the top of a location, or is the location's own."""
    if not location.shares(other) or not location.holds(other):
        return False
    below = other.prefix[len(location.prefix) :]
    return not below or other.resource.kind == location.resource.kind or below[0] not in LAYOUT
