"""More wanted than there is: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import demand, place, supply
from homelab.assess.model.pending import Because, pending
from homelab.documents.quantity import rounded_bytes
from homelab.findings import Severity, Subject
from homelab.ground import FILE
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def workloads_do_not_fit(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Pods request more memory than the nodes have together, or one of them more than any node has."""
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
        for found in pending(inventory, ground, workload):
            if found.because is Because.ROOM:
                yield Accusation(
                    workload.resource,
                    found.why,
                    field=f"{workload.pod_path}.{found.field}",
                    hint="request less, or have a larger node",
                )
