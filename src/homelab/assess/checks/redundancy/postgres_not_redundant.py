"""A database alone: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.facts import Database
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import in_production, weighed


@check(severity=Severity.HIGH, nodes=2)
def postgres_not_redundant(inventory: Inventory) -> Iterator[Accusation]:
    """A database cluster of one instance: there is nobody to fail over to."""
    for database in inventory.facts_of(Database):
        resource = inventory.subject(database.subject)
        if resource is None or database.instances > 1:
            continue
        yield Accusation(
            resource,
            f"{resource.name} has one instance; when its node is lost the database waits for the node, not for a failover",
            field="spec.instances",
            hint="run two instances, or three where a replica must have every commit",
            fix=Patch(resource.subject, "spec.instances", 2),
            severity=weighed(inventory, Severity.HIGH) if in_production(resource) else Severity.LOW,
        )
