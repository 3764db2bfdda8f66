"""Too few monitors, or an even number: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.assess.model.placement import eligible
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource


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
        elif not cluster.get("spec.mon.allowMultiplePerNode") and 0 < (places := _places(inventory, cluster)) < count:
            yield Accusation(
                cluster,
                f"{cluster.name} wants {count} monitors on different nodes, and {places} may run one:"
                f" {count - places} {'stays' if count - places == 1 else 'stay'} pending, and fewer losses are tolerated than it seems",
                field="spec.mon.count",
                hint="as many monitors as there are nodes for them, an odd number",
                severity=Severity.MEDIUM if places >= 3 else Severity.HIGH,
            )
        elif cluster.get("spec.mon.allowMultiplePerNode"):
            yield Accusation(
                cluster,
                f"{cluster.name} may put several monitors on one node, so that its loss may end their majority",
                field="spec.mon.allowMultiplePerNode",
                hint="set allowMultiplePerNode to false",
                fix=Patch(cluster.subject, "spec.mon.allowMultiplePerNode", value=False),
            )


def _places(inventory: Inventory, cluster: Resource) -> int:
    """How many declared nodes may run a monitor; 0 where no nodes are declared, or the monitors are not known."""
    nodes = inventory.ground.nodes if inventory.ground else ()
    made = f"CephCluster {cluster.namespace}/{cluster.name}"
    labels = {"app": "rook-ceph-mon", "rook_cluster": cluster.namespace}
    monitors = [
        w for w in inventory.select(cluster.namespace, {"matchLabels": labels}) if w.resource.origin.via == made
    ]
    return sum(eligible(monitors[0], node) for node in nodes) if monitors else 0
