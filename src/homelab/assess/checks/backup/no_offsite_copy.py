"""All copies in one house: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.copies import Distance, distance
from homelab.kube.existence import ask
from homelab.kube.facts import Backup
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def no_offsite_copy(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Backups leave the cluster but not the house: fire, water and thieves take both."""
    backups = [(b, distance(inventory, b)) for b in inventory.facts_of(Backup)]
    near = [b for b, far in backups if far is Distance.SITE]
    if not near or any(far is Distance.AWAY for _, far in backups):
        return
    if why := next((why for b in near if (why := ask.anything(inventory, b.subject.namespace))), ""):
        yield Unjudged("copies at another site", why)
        return
    resource = inventory.subject(near[0].subject)
    if resource is not None:
        yield Accusation(
            resource,
            f"all copies stay in the house: {near[0].destination.endpoint or near[0].destination.target} is the farthest",
            field="spec.template.storageLocation" if resource.kind == "Schedule" else "spec.cluster",
            hint="add a target at another site, with credentials that cannot delete",
        )
