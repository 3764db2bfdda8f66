"""A budget for nobody: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def pdb_matches_nothing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A budget whose selector fits no pod guards nothing."""
    for budget in inventory.of("PodDisruptionBudget"):
        if inventory.workloads_of_budget(budget) or budget.origin.maker == "operator":
            continue
        answer = ask.pods(inventory, budget.namespace, budget.get("spec.selector"))
        if answer.why:
            yield Unjudged(str(budget.subject), answer.why, inventory.place(budget, "spec.selector"))
        if not answer.missing:
            continue
        yield Accusation(
            budget,
            f"{budget.name} selects no pod of {budget.namespace or 'its namespace'}, so it guards nothing",
            field="spec.selector",
            hint="use the labels of the pod template",
            absent=(budget.namespace,),
        )
