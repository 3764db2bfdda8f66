"""A leak that takes the node: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.upkeep import bounded, group_of, kept_running, supplied


@check(severity=Severity.LOW)
def memory_limit_missing(inventory: Inventory) -> Iterator[Accusation]:
    """A container without a memory limit: one leak takes the node and everything on it."""
    for workload in kept_running(inventory):
        if supplied(inventory, workload, "limits", "memory"):
            continue
        for container in workload.containers:
            if container.limit("memory") is None:
                field = f"{container.path}.resources.limits.memory"
                yield Accusation(
                    workload.resource,
                    f"container {container.name} of {workload.name} has no memory limit; a leak ends with the node, not with it",
                    field=field,
                    hint="limit it at about twice what it uses; a limit too low is worse than none",
                    fix=bounded(workload, container, "limits", {"memory": "512Mi"}),
                    group=group_of(workload),
                )
