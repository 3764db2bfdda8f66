"""A hang nobody repairs: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.upkeep import group_of, kept_running, probed, served_ports, serves


@check(severity=Severity.LOW)
def liveness_missing(inventory: Inventory) -> Iterator[Accusation]:
    """A container that serves requests has no liveness probe: when it hangs nobody restarts it."""
    for workload in kept_running(inventory):
        ports = served_ports(inventory, workload)
        for container in workload.containers:
            alone = len(workload.containers) == 1
            if "livenessProbe" in container.body or not serves(container, ports, alone=alone):
                continue
            field = f"{container.path}.livenessProbe"
            yield Accusation(
                workload.resource,
                f"container {container.name} of {workload.name} has no liveness probe; a hang lasts until a person sees it",
                field=field,
                hint="probe the process itself, never its dependencies: a bad liveness probe is worse than none",
                fix=probed(workload, container, "livenessProbe", ports),
                group=group_of(workload),
            )
