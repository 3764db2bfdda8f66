"""A budget that lets nobody go: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.budgets import allowed, expected, moved_by_operator
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource


@check(severity=Severity.HIGH, aliases=("pdb-forbids-all",))
def pdb_blocks_drain(inventory: Inventory) -> Iterator[Accusation]:
    """A budget that lets no pod go: every drain, and so every upgrade, hangs."""
    for budget in inventory.of("PodDisruptionBudget"):
        pods = expected(inventory, budget)
        if not pods or allowed(budget, pods) > 0 or moved_by_operator(inventory, budget):
            continue
        written = [f for f in ("spec.minAvailable", "spec.maxUnavailable") if budget.get(f) is not None]
        field = written[0] if written else "spec"
        names = ", ".join(w.name for w in inventory.workloads_of_budget(budget))
        made = budget.origin.maker == "operator"
        yield Accusation(
            budget,
            f"{budget.name} {_wants(budget, field)} {pods} pod{'s'[: pods > 1]} ({names}): no pod may go, so a drain never ends",
            field=field,
            hint="run another instance, or switch the operator's budget off" if made else "set maxUnavailable 1",
            fix=None if made else Patch(budget.subject, "spec.maxUnavailable", 1),
        )


def _wants(budget: Resource, field: str) -> str:
    if field == "spec":
        return "says neither minAvailable nor maxUnavailable for"
    return f"wants {field.removeprefix('spec.')} {budget.get(field)} of"
