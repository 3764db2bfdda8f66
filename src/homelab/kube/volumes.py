"""Volumes: which claims go with what is deleted, by name, and what their reclaim policy then does to the data.

Sources: Kubernetes docs, storage/persistent-volumes (reclaiming), storage-classes (`reclaimPolicy`, by default Delete),
workloads/controllers/statefulset (`<template>-<name>-<ordinal>`, persistentVolumeClaimRetentionPolicy).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.findings import Subject
from homelab.kube.durable import holds_data
from homelab.kube.facts import Database
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.workload import Workload

DEFAULT = "storageclass.kubernetes.io/is-default-class"
DELETE, RETAIN = "Delete", "Retain"


@dataclass(frozen=True, slots=True)
class Lost:
    """A claim, volume or store that goes: of which class, and what happens to the data (empty where nobody says)."""

    subject: Subject
    because: str
    storage_class: str = ""
    policy: str = ""

    def __str__(self) -> str:
        """What becomes of the data, in a sentence."""
        of = f"class {self.storage_class}, " if self.storage_class else ""
        if self.policy == DELETE:
            return f"{of}reclaim policy Delete: its data is deleted"
        if self.policy == RETAIN:
            return f"{of}reclaim policy Retain: the volume stays, bound to nothing"
        return f"{of}reclaim policy not declared here: take its data for deleted"


def lost(before: Inventory, after: Inventory, gone: Iterable[tuple[Resource, str]]) -> Iterator[Lost]:
    """What holds data and goes with what is deleted, each once.

    Args:
        before: the state of which something goes.
        after: the state that follows.
        gone: what is deleted, and why.
    """
    seen = set[Subject]()
    for found in (*_going(before, gone), *_scaled(before, after)):
        if found.subject not in seen:
            seen.add(found.subject)
            yield found


def _going(before: Inventory, gone: Iterable[tuple[Resource, str]]) -> Iterator[Lost]:
    gone = list(gone)
    spaces = {resource.name for resource, _ in gone if resource.kind == "Namespace"}
    for resource, because in gone:
        if resource.kind == "PersistentVolume":
            policy = str(resource.get("spec.persistentVolumeReclaimPolicy", RETAIN))
            yield Lost(resource.subject, because, str(resource.get("spec.storageClassName", "")), policy)
        elif resource.kind == "PersistentVolumeClaim":
            yield Lost(resource.subject, because, *_policy(before, resource.get("spec", {})))
        elif resource.kind == "StatefulSet":
            retained = resource.get("spec.persistentVolumeClaimRetentionPolicy.whenDeleted") != DELETE
            if resource.namespace in spaces or not retained:
                yield from _claims(before, Workload(resource), because)
        elif holds_data(resource.body):
            said = before.facts_about(resource.subject, Database)
            named = {"storageClassName": said[0].storage_class} if said and said[0].storage_class else {}
            yield Lost(resource.subject, because, *(_policy(before, named) if said else ("", "")))


def _scaled(before: Inventory, after: Inventory) -> Iterator[Lost]:
    """Claims of pods that a StatefulSet gives up."""
    for resource in after.of("StatefulSet"):
        known = before.subject(resource.subject)
        if known and resource.get("spec.persistentVolumeClaimRetentionPolicy.whenScaled") == DELETE:
            old, new = Workload(known).replicas or 0, Workload(resource).replicas or 0
            yield from _claims(before, Workload(known), f"goes as the replicas go from {old} to {new}", new)


def _claims(inventory: Inventory, workload: Workload, because: str, first: int = 0) -> Iterator[Lost]:
    start = int(workload.resource.get("spec.ordinals.start", 0))
    for template in workload.claim_templates:
        policy = _policy(inventory, template.get("spec") or {})
        for ordinal in range(start + first, start + (workload.replicas or 0)):
            name = f"{dig(template, ['metadata', 'name'], '')}-{workload.name}-{ordinal}"
            yield Lost(Subject("PersistentVolumeClaim", name, workload.namespace), because, *policy)


def _policy(inventory: Inventory, spec: Mapping[str, Any]) -> tuple[str, str]:
    """(class, reclaim policy) of a claim; empty where it is not declared here."""
    volume = inventory.get("PersistentVolume", "", str(spec.get("volumeName") or ""))
    if volume:
        return str(spec.get("storageClassName") or ""), str(volume.get("spec.persistentVolumeReclaimPolicy", RETAIN))
    name = spec.get("storageClassName")
    if name is None:
        defaults = [each for each in inventory.of("StorageClass") if each.annotations.get(DEFAULT) == "true"]
        declared = defaults[0] if len(defaults) == 1 else None
    else:
        declared = inventory.get("StorageClass", "", str(name))
    policy = str(declared.get("reclaimPolicy", DELETE)) if declared else ""
    return str(name or (declared.name if declared else "")), policy
