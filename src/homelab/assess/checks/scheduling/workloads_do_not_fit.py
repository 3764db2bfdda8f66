"""More wanted than there is: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import demand, place, requests, supply
from homelab.assess.model.machines import allocatable
from homelab.assess.model.placement import eligible
from homelab.documents.quantity import rounded_bytes
from homelab.findings import Severity, Subject
from homelab.ground import FILE
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def workloads_do_not_fit(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Pods request more memory than the nodes have, together or one of them alone."""
    ground = inventory.ground
    if ground is None or not ground.nodes:
        yield Unjudged("whether the workloads fit", f"no nodes are declared; {FILE} may say which there are")
        return
    wanted, room = demand(inventory, ground.nodes), supply(ground.nodes)
    if wanted > room:
        yield Accusation(
            Subject("Homelab", ground.name),
            f"pods request {rounded_bytes(wanted)}, nodes can give {rounded_bytes(room)}; some will stay pending",
            hint="smaller requests, larger nodes, or fewer replicas",
            place=place(inventory, "nodes"),
            option="nodes",
        )
    for workload in inventory.workloads:
        rooms = [allocatable(node) for node in ground.nodes if eligible(workload, node)]
        size = requests(workload)
        if size and size > max(rooms, default=0):
            yield Accusation(
                workload.resource,
                f"a pod of {workload.name} requests {rounded_bytes(size)}; no node that may take it has so much",
                field=f"{workload.pod_path}.containers.0.resources.requests.memory",
                hint="request less, or have a larger node",
            )
