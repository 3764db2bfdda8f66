"""Ceph on one machine: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import counted, grounded, hosts
from homelab.findings import Severity
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def ceph_on_one_host(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Every node with Ceph's disks stands on one machine: copies on different nodes are lost together."""
    clusters = [each for each in inventory.of("CephCluster") if each.group == "ceph.rook.io"]
    ground = grounded(inventory, "on how many machines Ceph's disks lie") if clusters else None
    if isinstance(ground, Unjudged):
        yield ground
        return
    carriers = [node for node in ground.nodes if node.ceph] if ground else []
    if len(carriers) < 2 or len(hosts(carriers)) > 1:
        return
    host = next(iter(hosts(carriers)))
    for cluster in clusters:
        yield Accusation(
            cluster,
            f"all {len(carriers)} nodes with disks for {cluster.name} stand on {host} ({counted(carriers)}); with it "
            "every copy is gone, and each byte is still stored as often as the pools say",
            field="spec.storage",
            hint="put disks into two more machines, or keep data on local volumes and copies of it elsewhere",
        )
