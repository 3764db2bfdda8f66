"""A budget that lets nobody go: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.budgets import allowed, expected, moved_by_operator
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH, aliases=("pdb-min-available", "pdb-forbids-all"))
def pdb_blocks_drain(inventory: Inventory) -> Iterator[Accusation]:
    """A budget that lets no pod go: every drain, and so every upgrade, hangs."""
    for budget in inventory.of("PodDisruptionBudget"):
        pods = expected(inventory, budget)
        if not pods or allowed(budget, pods) > 0 or moved_by_operator(inventory, budget):
            continue
        field = "spec.minAvailable" if budget.get("spec.minAvailable") is not None else "spec.maxUnavailable"
        names = ", ".join(w.name for w in inventory.workloads_of_budget(budget))
        made = budget.origin.maker == "operator"
        yield Accusation(
            budget,
            f"{budget.name} wants {field.removeprefix('spec.')} {budget.get(field)} of {pods} pod{'s'[: pods > 1]}"
            f" ({names}): no pod may go, so a drain never ends",
            field=field,
            hint="run another instance, or switch the operator's budget off" if made else "set maxUnavailable 1",
            fix=None if made else Patch(budget.subject, "spec.maxUnavailable", 1),
        )
