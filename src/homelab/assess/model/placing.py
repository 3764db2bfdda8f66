"""Placing: every workload of a lab put on its nodes, but those that no scheduler ever places."""

from __future__ import annotations

from homelab.assess.model.pending import never
from homelab.assess.model.placement import Placement
from homelab.ground import Ground
from homelab.kube.inventory import Inventory


def placed(inventory: Inventory, ground: Ground) -> Placement:
    """Every long-running workload placed, node agents first, then by namespace and name."""
    placement = Placement(ground)
    running = [w for w in inventory.workloads if w.long_running]
    for workload in sorted(running, key=lambda w: (not w.daemon, w.namespace, w.kind, w.name)):
        why = never(inventory, ground, workload)
        placement.place(workload, 0 if why else inventory.least_replicas(workload) or 0)
        if why:
            placement.waiting[workload.subject] = why
    return placement
