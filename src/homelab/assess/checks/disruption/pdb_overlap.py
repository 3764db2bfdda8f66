"""Two budgets for one pod: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def pdb_overlap(inventory: Inventory) -> Iterator[Accusation]:
    """Two budgets select the same pod: the API answers every eviction with an error."""
    for workload in inventory.workloads:
        budgets = inventory.budgets_of(workload)
        if len(budgets) < 2:
            continue
        ours = [b for b in budgets if b.origin.maker == "file"] or list(budgets)
        names = " and ".join(b.name for b in budgets)
        yield Accusation(
            ours[-1],
            f"{names} both select the pods of {workload.name}; the API refuses to evict a pod of two budgets",
            field="spec.selector",
            hint="keep one of them",
        )
