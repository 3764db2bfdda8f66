"""Too few monitors, or an even number: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def mon_count_unsafe(inventory: Inventory) -> Iterator[Accusation]:
    """Ceph with one monitor, an even number of them, or several on one node."""
    for cluster in inventory.of("CephCluster"):
        count = int(cluster.get("spec.mon.count", 3))
        if count < 3 or count % 2 == 0:
            yield Accusation(
                cluster,
                f"{cluster.name} has {count} monitor{'s'[: count > 1]}, which tolerate {(count - 1) // 2} lost; three tolerate one",
                field="spec.mon.count",
                hint="three, or five on five nodes",
                fix=Patch(cluster.subject, "spec.mon.count", 3 if count < 3 else count + 1),
            )
        elif cluster.get("spec.mon.allowMultiplePerNode"):
            yield Accusation(
                cluster,
                f"{cluster.name} may put several monitors on one node, so that its loss may end their majority",
                field="spec.mon.allowMultiplePerNode",
                hint="set allowMultiplePerNode to false",
                fix=Patch(cluster.subject, "spec.mon.allowMultiplePerNode", value=False),
            )
