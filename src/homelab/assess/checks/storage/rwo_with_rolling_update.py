"""A rollout that waits for itself: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.references import references
from homelab.kube.resource import Resource

ONE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})


@check(severity=Severity.MEDIUM, aliases=("rwo-shared-by-replicas",))
def rwo_with_rolling_update(inventory: Inventory) -> Iterator[Accusation]:
    """A Deployment on a volume of one node is rolled: the new pod waits for the volume, the old one for the new pod."""
    for found in references(inventory, "PersistentVolumeClaim"):
        workload = found.workload
        claim = inventory.get("PersistentVolumeClaim", workload.namespace, found.name)
        if workload.kind != "Deployment" or claim is None or not set(claim.get("spec.accessModes", [])) <= ONE:
            continue
        most = max([workload.replicas or 0, *map(_most, inventory.scalers_of(workload))])
        several = most > 1
        if not several and _old_goes_first(workload.resource):
            continue
        what = f"{most} replicas of {workload.name} share" if several else f"{workload.name} is rolled on"
        yield Accusation(
            workload.resource,
            f"{what} claim {found.name}, which only one node can mount: the next pod hangs if it lands on another node",
            field="spec.replicas" if several else "spec.strategy.type",
            hint="a volume that several nodes can mount, or a StatefulSet" if several else "strategy Recreate",
            fix=None if several else Patch(workload.subject, "spec.strategy.type", "Recreate"),
        )


def _most(scaler: Resource) -> int:
    return int(scaler.get("spec.maxReplicas", scaler.get("spec.maxReplicaCount", 1)))


def _old_goes_first(deployment: Resource) -> bool:
    """Whether the old pod ends before the new one begins: Recreate, or no surge (apps/v1: maxSurge defaults to 25 %)."""
    if str(deployment.get("spec.strategy.type", "RollingUpdate")) == "Recreate":
        return True
    surge = deployment.get("spec.strategy.rollingUpdate.maxSurge")
    return str(surge) in {"0", "0%"}
