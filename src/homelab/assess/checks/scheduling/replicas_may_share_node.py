"""Replicas that may share a node: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import Reach, in_production, reach
from homelab.kube.scaling import replicated
from homelab.kube.spread import HOSTNAME, constraint, keys


@check(severity=Severity.MEDIUM, nodes=2, aliases=("anti-affinity-missing", "topology-spread-missing"))
def replicas_may_share_node(inventory: Inventory) -> Iterator[Accusation]:
    """Two or more replicas that nothing keeps apart: they may all stand on one node."""
    for workload in replicated(inventory):
        if keys(workload, inventory.least_replicas(workload)):
            continue
        felt = reach(inventory, workload) >= Reach.CALLERS and in_production(workload.resource)
        field = f"{workload.pod_path}.topologySpreadConstraints"
        yield Accusation(
            workload.resource,
            f"{inventory.least_replicas(workload)} replicas of {workload.name} may share a node: neither spread nor"
            f" anti-affinity keeps them apart",
            field=field,
            hint="spread them over nodes; the scheduler's own default is a wish, not a rule",
            fix=Patch(workload.subject, field, [constraint(workload, HOSTNAME)]),
            severity=Severity.MEDIUM if felt else Severity.LOW,
        )
