"""Two of something that must be one: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.singletons import single_because


@check(severity=Severity.HIGH)
def fix_would_break_singleton(inventory: Inventory) -> Iterator[Accusation]:
    """An application that must stay single was scaled: it works twice, or its data are at risk."""
    for workload in inventory.workloads:
        if workload.kind not in {"Deployment", "StatefulSet"} or not workload.long_running:
            continue
        reason = single_because(inventory, workload)
        if reason is None:
            continue
        most = max([workload.replicas or 0, *map(_most, inventory.scalers_of(workload))])
        if most > 1:
            yield Accusation(
                workload.resource,
                f"{workload.name} may run {most} replicas, but must stay single: {reason}",
                field="spec.replicas",
                hint="keep one replica; what shortens its absence is faster recovery, not a second copy",
                fix=Patch(workload.subject, "spec.replicas", 1),
            )


def _most(scaler: Resource) -> int:
    return int(scaler.get("spec.maxReplicas", scaler.get("spec.maxReplicaCount", 1)))
