"""One replica behind a Service: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.alone import alone_because
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import Reach, in_production, reach, weighed
from homelab.kube.scaling import scalable
from homelab.kube.workload import Workload

SEVERITY = {Reach.PEOPLE: Severity.HIGH, Reach.CALLERS: Severity.MEDIUM, Reach.CHANGES: Severity.LOW}


@check(severity=Severity.MEDIUM, nodes=2)
def single_replica_deployment(inventory: Inventory) -> Iterator[Accusation]:
    """One replica behind a Service: the loss of its node, or a rollout, is an outage."""
    for workload in scalable(inventory, "Deployment"):
        found = reach(inventory, workload)
        if found is Reach.NOBODY or inventory.least_replicas(workload) != 1:
            continue
        alone = alone_because(inventory, workload)
        services = ", ".join(service.name for service in inventory.services_of(workload)) or "controllers"
        yield Accusation(
            workload.resource,
            f"{workload.name} runs one replica behind {services}; "
            + ("while its node is away nobody answers" if alone else "two would survive the loss of a node"),
            field="spec.replicas",
            hint=f"a second replica is no mend: {alone}" if alone else "run two replicas and spread them",
            fix=None if alone else Patch(workload.subject, "spec.replicas", 2),
            severity=_severity(inventory, workload, found, alone=alone is not None),
        )


def _severity(inventory: Inventory, workload: Workload, felt: Reach, *, alone: bool) -> Severity:
    """By who feels it; at most medium where nobody can add a replica and only recovery can be quicker."""
    if not in_production(workload.resource):
        return Severity.LOW
    wanted = weighed(inventory, SEVERITY[felt])
    return min(wanted, Severity.MEDIUM) if alone else wanted
