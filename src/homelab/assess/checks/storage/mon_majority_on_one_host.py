"""A majority of monitors on one machine: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import grounded, host_keys, hosts, most_on_one_host
from homelab.findings import Patch, Severity
from homelab.kube.facts import Quorum
from homelab.kube.inventory import Inventory
from homelab.kube.spread import ZONE, constraint, keys
from homelab.kube.workload import Workload


@check(severity=Severity.HIGH)
def mon_majority_on_one_host(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """One machine may carry so many of Ceph's monitors that its loss stops all storage."""
    quorums = [q for q in inventory.facts_of(Quorum) if q.subject.kind == "CephCluster" and q.size >= 3]
    ground = grounded(inventory, "where Ceph's monitors stand") if quorums else None
    if isinstance(ground, Unjudged):
        yield ground
        return
    for quorum in quorums:
        cluster, member = inventory.subject(quorum.subject), inventory.subject(quorum.members[0])
        if cluster is None or member is None or ground is None or len(hosts(ground.nodes)) < 2:
            continue
        workload = Workload(member)
        apart = bool(keys(workload) & host_keys(ground)) or bool(cluster.get("spec.mon.zones"))
        host, count = most_on_one_host(ground, workload, quorum.size, spread=apart)
        if quorum.size - count < quorum.need:
            unavoidable = apart or len(hosts(ground.nodes)) < 3
            yield Accusation(
                cluster,
                f"{host} {'carries' if apart else 'may carry'} {count} of {quorum.size} monitors;"
                f" without it storage stops everywhere",
                field="spec.mon",
                hint="a third machine, and monitors spread over machines (`placement.mon`); names of nodes do not hold them",
                fix=None
                if apart or unavoidable or ZONE not in host_keys(ground)
                else Patch(cluster.subject, "spec.placement.mon", _over_machines(workload)),
                severity=Severity.MEDIUM if unavoidable else Severity.HIGH,
            )


def _over_machines(monitor: Workload) -> dict[str, Any]:
    """A placement that spreads monitors over machines, by the zone label."""
    spread = {**constraint(monitor, ZONE), "labelSelector": {"matchLabels": {"app": "rook-ceph-mon"}}}
    return {"topologySpreadConstraints": [spread]}
