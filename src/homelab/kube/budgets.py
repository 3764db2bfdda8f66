"""Budgets: how many pods a PodDisruptionBudget guards, and how many of them it lets go."""

from __future__ import annotations

from math import ceil

from homelab.findings import Subject
from homelab.kube.facts import Database
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Resource
from homelab.kube.workload import Workload


def expected(inventory: Inventory, budget: Resource) -> int | None:
    """The fewest pods that a budget guards; None where that follows from the nodes or nothing is selected."""
    workloads = inventory.workloads_of_budget(budget)
    counts = [inventory.least_replicas(w) for w in workloads if w.long_running]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def allowed(budget: Resource, pods: int) -> int:
    """How many of `pods` may be evicted at once while all are healthy; percentages round up, for both fields.

    A budget with neither field allows none (Kubernetes v1.36 pkg/controller/disruption/disruption.go: getExpectedPodCount
    leaves the expected count at 0, and updatePdbStatus then allows no disruption).
    """
    least, most = budget.get("spec.minAvailable"), budget.get("spec.maxUnavailable")
    if most is not None:
        return min(pods, _resolved(most, pods))
    return 0 if least is None else max(0, pods - _resolved(least, pods))


def _resolved(value: object, pods: int) -> int:
    text = str(value)
    try:
        return ceil(int(text.removesuffix("%")) * pods / 100) if text.endswith("%") else int(text)
    except ValueError:
        return 0


def moved_by_operator(inventory: Inventory, budget: Resource) -> bool:
    """Whether an operator moves the guarded role away when a node is drained: databases with another instance."""
    origin = budget.origin
    if origin.maker != "operator":
        return False
    kind, _, rest = origin.via.partition(" ")
    namespace, _, name = rest.partition("/")
    facts = inventory.facts_about(Subject(kind, name, namespace), Database)
    return any(fact.instances > 1 for fact in facts)


def wanted(workload: Workload) -> Manifest:
    """The budget that lets one pod of a workload go at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": workload.name, "namespace": workload.namespace},
        "spec": {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": workload.resource.get("spec.selector", {"matchLabels": dict(workload.labels)}),
        },
    }
