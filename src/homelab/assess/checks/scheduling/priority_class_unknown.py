"""A priority that nobody declares: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.model.pending import BUILT_IN
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def priority_class_unknown(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Pods name a PriorityClass that does not exist: admission refuses them, and none is ever made."""
    for workload in inventory.workloads:
        name = workload.pod.get("priorityClassName")
        if not isinstance(name, str) or not name or name in BUILT_IN or "$" in name or "{" in name:
            continue
        if workload.resource.origin.maker == "operator":
            continue
        answer = ask.thing(inventory, "PriorityClass", "", name, asker=workload.resource)
        field = f"{workload.pod_path}.priorityClassName"
        if answer.why:
            what = f"{workload.subject} → PriorityClass {name}"
            yield Unjudged(what, answer.why, inventory.place(workload.resource, field))
        if not answer.missing:
            continue
        yield Accusation(
            workload.resource,
            f"pods of {workload.name} name PriorityClass {name}, which nothing declares: none is made",
            field=field,
            hint="declare it, correct the name, or use system-cluster-critical or system-node-critical",
        )
