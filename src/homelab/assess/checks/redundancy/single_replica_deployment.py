"""One replica behind a Service: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.exposure import Reach, in_production, reach, weighed
from homelab.kube.inventory import Inventory
from homelab.kube.scaling import scalable

SEVERITY = {Reach.PEOPLE: Severity.HIGH, Reach.CALLERS: Severity.MEDIUM, Reach.CHANGES: Severity.LOW}


@check(severity=Severity.MEDIUM, aliases=("deployment-replicas", "minimum-three-replicas"))
def single_replica_deployment(inventory: Inventory) -> Iterator[Accusation]:
    """One replica behind a Service: the loss of its node, or a rollout, is an outage."""
    for workload in scalable(inventory, "Deployment"):
        found = reach(inventory, workload)
        if found is Reach.NOBODY or inventory.least_replicas(workload) != 1:
            continue
        services = ", ".join(service.name for service in inventory.services_of(workload)) or "controllers"
        yield Accusation(
            workload.resource,
            f"{workload.name} runs one replica behind {services}; two would survive the loss of a node",
            field="spec.replicas",
            hint="run two replicas and spread them",
            fix=Patch(workload.subject, "spec.replicas", 2),
            severity=weighed(inventory, SEVERITY[found]) if in_production(workload.resource) else Severity.LOW,
        )
