"""A budget for nobody: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.unread import unread


@check(severity=Severity.MEDIUM)
def pdb_matches_nothing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A budget whose selector fits no pod guards nothing."""
    for budget in inventory.of("PodDisruptionBudget"):
        if inventory.workloads_of_budget(budget) or budget.origin.maker == "operator":
            continue
        if why := unread(inventory, budget.namespace):
            yield Unjudged(str(budget.subject), why, inventory.place(budget, "spec.selector"))
            continue
        yield Accusation(
            budget,
            f"{budget.name} selects no pod of {budget.namespace or 'its namespace'}, so it guards nothing",
            field="spec.selector",
            hint="use the labels of the pod template",
            absent=(budget.namespace,),
        )
