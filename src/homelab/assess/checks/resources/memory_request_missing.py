"""A scheduler that is blind to memory: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.upkeep import bounded, group_of, kept_running, supplied


@check(severity=Severity.LOW)
def memory_request_missing(inventory: Inventory) -> Iterator[Accusation]:
    """A container requests no memory: it is placed as if it used none, and evicted first."""
    for workload in kept_running(inventory):
        if supplied(inventory, workload, "requests", "memory"):
            continue
        for container in workload.containers:
            if container.request("memory") is None:
                field = f"{container.path}.resources.requests.memory"
                yield Accusation(
                    workload.resource,
                    f"container {container.name} of {workload.name} requests no memory; it is placed as if it used none",
                    field=field,
                    hint="request what it uses on an ordinary day",
                    fix=bounded(workload, container, "requests", {"memory": "128Mi"}),
                    group=group_of(workload),
                )
