"""Requests to pods that are not ready: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import Reach, in_production, reach
from homelab.kube.upkeep import group_of, kept_running, probed, served_ports, serves


@check(severity=Severity.MEDIUM)
def readiness_missing(inventory: Inventory) -> Iterator[Accusation]:
    """A container behind a Service has no readiness probe: requests reach it before it can answer."""
    for workload in kept_running(inventory):
        ports = served_ports(inventory, workload)
        for container in workload.containers:
            alone = len(workload.containers) == 1
            if "readinessProbe" in container.body or not serves(container, ports, alone=alone):
                continue
            field = f"{container.path}.readinessProbe"
            felt = reach(inventory, workload) is Reach.PEOPLE and in_production(workload.resource)
            yield Accusation(
                workload.resource,
                f"container {container.name} of {workload.name} has no readiness probe; a rollout sends requests to pods"
                f" that cannot answer yet",
                field=field,
                hint="probe what a request needs",
                fix=probed(workload, container, "readinessProbe", ports),
                severity=Severity.MEDIUM if felt else Severity.LOW,
                group=group_of(workload),
            )
