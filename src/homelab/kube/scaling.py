"""Scaling: the workloads whose number of replicas their owner may choose, and those that watch over changes."""

from __future__ import annotations

from homelab.kube.inventory import Inventory
from homelab.kube.singletons import elects_leader, single_because
from homelab.kube.workload import Workload

ENGINE_LABELS = ({"app.kubernetes.io/part-of": "argocd"}, {"app.kubernetes.io/part-of": "flux"})


def is_engine(workload: Workload) -> bool:
    """Whether a workload belongs to the GitOps engine itself: Argo CD or Flux."""
    labels = {**workload.resource.labels, **workload.labels}
    return any(all(labels.get(k) == v for k, v in wanted.items()) for wanted in ENGINE_LABELS)


def scalable(inventory: Inventory, *kinds: str) -> tuple[Workload, ...]:
    """Long-running workloads of these kinds that could have another replica, and whose number somebody chooses.

    Left out are singletons, leader-elected controllers, the GitOps engine (it has a check of its own), what an operator
    makes (its custom resource is judged), and workloads scaled to nothing.
    """

    def find() -> tuple[Workload, ...]:
        return tuple(
            w
            for w in inventory.workloads
            if w.kind in {"Deployment", "StatefulSet"}
            and w.long_running
            and w.resource.origin.maker != "operator"
            and not is_engine(w)
            and single_because(inventory, w) is None
            and not elects_leader(inventory, w)
        )

    return tuple(w for w in inventory.once("scalable", find) if w.kind in kinds)


def replicated(inventory: Inventory) -> tuple[Workload, ...]:
    """Long-running workloads with two or more replicas at all times; DaemonSets are not counted."""

    def find() -> tuple[Workload, ...]:
        return tuple(
            w
            for w in inventory.workloads
            if w.long_running and not w.daemon and (inventory.least_replicas(w) or 0) >= 2
        )

    return inventory.once("replicated", find)
