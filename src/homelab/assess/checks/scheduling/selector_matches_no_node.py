"""Pods for which there is no node: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.model.pending import Because, pending
from homelab.findings import Severity
from homelab.ground import FILE
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def selector_matches_no_node(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Pods ask for a node that is not declared, or for others beside them that nobody runs: they wait for ever."""
    ground = inventory.ground
    if ground is None or not ground.nodes:
        yield Unjudged(
            "whether every pod has a node that may take it", f"no nodes are declared; {FILE} may say which there are"
        )
        return
    for workload in inventory.workloads:
        if workload.resource.origin.maker == "operator":
            continue
        for found in pending(inventory, ground, workload):
            if found.because is Because.NODE:
                yield Accusation(
                    workload.resource,
                    f"{'pods' if found.pods is None else f'{found.pods} pods' if found.pods > 1 else 'a pod'} of"
                    f" {workload.name} {'wait' if found.pods != 1 else 'waits'} for ever: {found.why}",
                    field=f"{workload.pod_path}.{found.field}",
                    hint="correct the name or the label, or give it to a node",
                    severity=None if found.pods is None else Severity.MEDIUM,
                )
