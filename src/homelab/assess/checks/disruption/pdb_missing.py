"""Replicas without a budget: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Patch, Severity, Subject
from homelab.kube.budgets import wanted
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import Reach, in_production, reach
from homelab.kube.scaling import replicated


@check(severity=Severity.MEDIUM, aliases=("pod-disruption-budget",))
def pdb_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Two or more replicas without a budget: one drain may take all of them at once."""
    for workload in replicated(inventory):
        if inventory.budgets_of(workload):
            continue
        if why := ask.anything(inventory, workload.namespace):
            yield Unjudged(f"a budget of {workload.subject}", why, inventory.place(workload.resource))
            continue
        budget = Subject("PodDisruptionBudget", workload.name, workload.namespace)
        felt = reach(inventory, workload) >= Reach.CALLERS and in_production(workload.resource)
        yield Accusation(
            workload.resource,
            f"{workload.name} has {inventory.least_replicas(workload)} replicas and no budget; a drain may evict all of them",
            field="spec.replicas",
            hint="add a PodDisruptionBudget with maxUnavailable 1",
            fix=None if inventory.subject(budget) else Patch(budget, "", wanted(workload)),
            severity=Severity.MEDIUM if felt else Severity.LOW,
        )
