"""An address on a node without pods: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.ground import FILE, Node
from homelab.kube import selector
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.announced import announcing, switched_off


@check(severity=Severity.MEDIUM, nodes=2)
def l2_announcement_drops_local_traffic(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A Service sends only to pods of the node it arrives at, and any node may announce its address: it drops requests."""
    if switched_off(inventory):
        return
    for service in inventory.of("Service"):
        policy = announcing(inventory, service) if service.get("spec.externalTrafficPolicy") == "Local" else None
        workloads = inventory.workloads_of(service)
        if policy is None or not workloads or any(workload.kind == "DaemonSet" for workload in workloads):
            continue
        if inventory.ground is None or not inventory.ground.nodes:
            why = f"nobody says how many nodes may announce it; {FILE} may"
            yield Unjudged(str(service.subject), why, inventory.place(service, "spec.externalTrafficPolicy"))
            continue
        nodes = [node for node in inventory.ground.nodes if _announces(policy, node)]
        pods = sum(inventory.least_replicas(workload) or 1 for workload in workloads)
        if pods < len(nodes):
            yield Accusation(
                service,
                f"{service.name} sends only to pods of the node it arrives at (externalTrafficPolicy Local); any of"
                f" {len(nodes)} nodes may announce its address, and {pods} have a pod",
                field="spec.externalTrafficPolicy",
                hint="use externalTrafficPolicy Cluster, or a pod on every node that the policy chooses",
            )


def _announces(policy: Resource, node: Node) -> bool:
    """Whether a policy lets a node announce; without a selector every node may."""
    chosen = policy.get("spec.nodeSelector")
    own = {"kubernetes.io/hostname": node.name, **node.labels}
    if node.control_plane:
        own["node-role.kubernetes.io/control-plane"] = ""
    return not chosen or selector.matches(chosen, own)
