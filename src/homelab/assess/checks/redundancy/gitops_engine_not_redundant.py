"""The GitOps engine alone: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.alone import alone_because
from homelab.kube.inventory import Inventory
from homelab.kube.scaling import is_engine
from homelab.kube.workload import Workload

PARTS = ("server", "repo-server", "applicationset-controller", "redis", "source-controller", "kustomize-controller")
COMPONENT = "app.kubernetes.io/component"


@check(severity=Severity.LOW, nodes=2)
def gitops_engine_not_redundant(inventory: Inventory) -> Iterator[Accusation]:
    """A part of Argo CD or Flux runs alone: while it is away nothing in Git reaches the cluster."""
    for workload in inventory.workloads:
        if workload.kind not in {"Deployment", "StatefulSet"} or not is_engine(workload):
            continue
        if inventory.least_replicas(workload) == 1 and _part(workload):
            alone = alone_because(inventory, workload)
            yield Accusation(
                workload.resource,
                f"{workload.name} runs one replica; while it is away no change and no repair reaches the cluster",
                field="spec.replicas",
                hint=f"a second replica is no mend: {alone}"
                if alone
                else "run two replicas; the application controller is no standby but a shard and stays as it is",
                fix=None if alone else Patch(workload.subject, "spec.replicas", 2),
            )


def _part(workload: Workload) -> bool:
    part = str(workload.labels.get(COMPONENT) or workload.resource.labels.get(COMPONENT) or workload.name)
    return part in PARTS
