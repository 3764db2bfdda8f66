"""A controller alone: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.alone import alone_because
from homelab.kube.inventory import Inventory
from homelab.kube.scaling import is_engine
from homelab.kube.singletons import elects_leader, single_because


@check(severity=Severity.LOW, nodes=2)
def leader_election_without_standby(inventory: Inventory) -> Iterator[Accusation]:
    """A controller that can elect a leader runs alone: takeover is a reschedule instead of a lease."""
    for workload in inventory.workloads:
        if workload.kind != "Deployment" or not workload.long_running or is_engine(workload):
            continue
        if inventory.least_replicas(workload) != 1 or workload.resource.origin.maker == "operator":
            continue
        if elects_leader(inventory, workload) and single_because(inventory, workload) is None:
            alone = alone_because(inventory, workload)
            yield Accusation(
                workload.resource,
                f"{workload.name} elects a leader but runs alone; a second replica would take over in seconds, not minutes",
                field="spec.replicas",
                hint=f"a second replica is no mend: {alone}"
                if alone
                else "run two replicas; the second waits for the lease",
                fix=None if alone else Patch(workload.subject, "spec.replicas", 2),
            )
