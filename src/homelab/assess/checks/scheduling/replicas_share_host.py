"""Replicas on one machine: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import grounded, host_keys, hosts, most_on_one_host
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import Reach, in_production, reach
from homelab.kube.scaling import replicated
from homelab.kube.spread import HOSTNAME, ZONE, constraint, keys


@check(severity=Severity.MEDIUM)
def replicas_share_host(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Replicas are spread over nodes, but the nodes are virtual machines of one host."""
    ground = grounded(inventory, "whether replicas share a machine")
    if isinstance(ground, Unjudged):
        yield ground
        return
    if len(hosts(ground.nodes)) < 2:
        return
    physical = host_keys(ground)
    for workload in replicated(inventory):
        over, replicas = keys(workload), inventory.least_replicas(workload) or 0
        if not over or over & physical:
            continue
        host, count = most_on_one_host(ground, workload, replicas, spread=False)
        if count < replicas:
            continue
        felt = reach(inventory, workload) >= Reach.CALLERS and in_production(workload.resource)
        field = f"{workload.pod_path}.topologySpreadConstraints"
        yield Accusation(
            workload.resource,
            f"all {replicas} replicas of {workload.name} may stand on {host}: they are spread over nodes, not machines",
            field=field,
            hint="spread them over the label of the machine first, then over nodes",
            fix=Patch(workload.subject, field, [constraint(workload, key) for key in (ZONE, HOSTNAME)]),
            severity=Severity.MEDIUM if felt else Severity.LOW,
        )
