"""Pods that their own namespace refuses: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.admission.pod_security import LATEST, LEVELS, Breach, breaches
from homelab.kube.admission.served import minor
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.upkeep import group_of
from homelab.kube.workload import Workload

ENFORCE = "pod-security.kubernetes.io/enforce"
TOLD = 4
"""Breaches that a sentence names; the rest is counted."""


@check(severity=Severity.HIGH, aliases=("pod-security-violation",))
def own_objects_violate_policy(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A namespace enforces a pod security level that pods of the same repository do not keep: none is ever made."""
    levels = _levels(inventory)
    changed = next(_mutating(inventory), None)
    for workload in inventory.workloads:
        level, version = levels.get(workload.namespace, ("", LATEST))
        if workload.resource.origin.maker == "operator" or level not in LEVELS:
            continue
        found = breaches(workload, level, version)
        if not found:
            continue
        if changed is not None:
            place = inventory.place(workload.resource)
            yield Unjudged(f"{workload.subject} under {level}", f"{changed.subject} may change its pods", place)
            continue
        yield _accusation(workload, level, found)


def _accusation(workload: Workload, level: str, found: tuple[Breach, ...]) -> Accusation:
    told, rest = "; ".join(breach.what for breach in found[:TOLD]), len(found) - TOLD
    return Accusation(
        workload.resource,
        f"{workload.namespace} enforces {level}, and refuses the pods of {workload.name}:"
        f" {told}{f'; and {rest} more' if rest > 0 else ''}",
        field=f"{workload.pod_path}.{found[0].field}",
        hint="give the pods what the level asks for, or the namespace the level that they need",
        group=group_of(workload),
    )


def _levels(inventory: Inventory) -> Mapping[str, tuple[str, int]]:
    """Namespace to the level it enforces, and the minor whose rules count: its label's, else the lab's own."""
    found: dict[str, tuple[str, int]] = {}
    for application in inventory.of("Application"):
        labels = application.get("spec.syncPolicy.managedNamespaceMetadata.labels", {})
        if isinstance(labels, Mapping) and labels.get(ENFORCE):
            found[str(application.get("spec.destination.namespace", ""))] = _level(inventory, labels)
    for space in inventory.of("Namespace"):
        if space.labels.get(ENFORCE):
            found[space.name] = _level(inventory, space.labels)
    return found


def _level(inventory: Inventory, labels: Mapping[str, str]) -> tuple[str, int]:
    said = str(labels.get(f"{ENFORCE}-version", "latest")).removeprefix("v1.")
    own = minor(inventory) or LATEST
    return str(labels[ENFORCE]), min(int(said), own) if said.isascii() and said.isdigit() else own


def _mutating(inventory: Inventory) -> Iterator[Resource]:
    """Policies that change pods before they are judged."""
    yield from inventory.of("MutatingPolicy", "MutatingAdmissionPolicy", "Assign", "AssignImage")
    for policy in inventory.of("ClusterPolicy", "Policy"):
        if policy.group == "kyverno.io" and "'mutate'" in str(policy.get("spec.rules", [])):
            yield policy
