"""One replica of something with state: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.alone import alone_because
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import Reach, in_production, reach, weighed
from homelab.kube.scaling import scalable


@check(severity=Severity.MEDIUM, nodes=2, aliases=("statefulset-replicas",))
def single_replica_statefulset(inventory: Inventory) -> Iterator[Accusation]:
    """One replica of something with state: its node's loss is an outage until a person or a timeout frees the volume."""
    for workload in scalable(inventory, "StatefulSet"):
        found = reach(inventory, workload)
        if found < Reach.CALLERS or inventory.least_replicas(workload) != 1:
            continue
        alone = alone_because(inventory, workload)
        yield Accusation(
            workload.resource,
            f"{workload.name} runs one replica; the pod of a lost node is not started elsewhere before somebody frees it",
            field="spec.replicas",
            hint=f"a second replica is no mend: {alone}" if alone else "run two replicas and spread them",
            fix=None if alone else Patch(workload.subject, "spec.replicas", 2),
            severity=weighed(inventory, Severity.MEDIUM) if in_production(workload.resource) else Severity.LOW,
        )
