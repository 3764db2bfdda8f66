"""A scheduler that is blind to CPU: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.upkeep import bounded, group_of, kept_running, supplied


@check(severity=Severity.LOW)
def cpu_request_missing(inventory: Inventory) -> Iterator[Accusation]:
    """A container requests no CPU: the scheduler counts it as nothing, and under load it gets what is left."""
    for workload in kept_running(inventory):
        if supplied(inventory, workload, "requests", "cpu"):
            continue
        for container in workload.containers:
            if container.request("cpu") is None:
                field = f"{container.path}.resources.requests.cpu"
                yield Accusation(
                    workload.resource,
                    f"container {container.name} of {workload.name} requests no CPU; under load it gets what is left",
                    field=field,
                    hint="request what it uses on an ordinary day",
                    fix=bounded(workload, container, "requests", {"cpu": "100m"}),
                    group=group_of(workload),
                )
