"""A workload that does not select its own pods: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.selector import matches, selects
from homelab.kube.workload import Workload

KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"})


@check(severity=Severity.HIGH, aliases=("deployment-selector-labels-match-pod-metadata-labels",))
def selector_does_not_match_template(inventory: Inventory) -> Iterator[Accusation]:
    """A workload's selector does not fit the labels of its own template: the API server refuses it."""
    for workload in inventory.workloads:
        if workload.kind not in KINDS or workload.resource.origin.maker == "operator" or _fits(workload):
            continue
        chosen = workload.resource.get("spec.selector", {})
        equal = chosen if workload.kind == "ReplicationController" else chosen.get("matchLabels") or {}
        wanted = ", ".join(f"{key}={value}" for key, value in equal.items()) or "what its expressions say"
        labels = ", ".join(f"{key}={value}" for key, value in workload.labels.items()) or "none"
        yield Accusation(
            workload.resource,
            f"{workload.name} selects pods with {wanted}; the labels of its own template are: {labels}",
            field="spec.selector",
            hint="give the template the labels that are selected; the selector of what runs already cannot be changed",
        )


def _fits(workload: Workload) -> bool:
    """Whether a selector fits the template, or is missing or filled in later, and so another's to judge."""
    chosen = workload.resource.get("spec.selector")
    if not chosen or "${" in str(chosen) or "${" in str(workload.labels):
        return True
    if workload.kind == "ReplicationController":
        return selects(chosen, workload.labels)
    return matches(chosen, workload.labels)
