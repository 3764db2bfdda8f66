"""A spread that nodes cannot keep: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.model.pending import Because, pending
from homelab.findings import Severity
from homelab.ground import FILE
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def spread_not_effective_on_declared_nodes(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A spread that must be kept needs more domains than the declared nodes have: what is left over waits for ever."""
    ground = inventory.ground
    if ground is None or not ground.nodes:
        yield Unjudged(
            "whether nodes have the domains that pods are spread over",
            f"no nodes are declared; {FILE} may say which there are",
        )
        return
    for workload in inventory.workloads:
        if workload.resource.origin.maker == "operator":
            continue
        for found in pending(inventory, ground, workload):
            if found.because is Because.SPREAD:
                yield Accusation(
                    workload.resource,
                    f"{'pods' if found.pods is None else f'{found.pods} pods' if found.pods > 1 else 'a pod'} of"
                    f" {workload.name} {'wait' if found.pods != 1 else 'waits'} for ever: {found.why}",
                    field=f"{workload.pod_path}.{found.field}",
                    hint="spread over a label that the nodes have, softly, or over fewer replicas",
                    severity=None if found.pods is None else Severity.MEDIUM,
                )
