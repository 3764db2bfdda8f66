"""Saved: whether the data of a claim are copied by any schedule, as far as names, marks, labels and annotations say it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from homelab.kube.copies import DEFAULT, EXCLUDED, of_namespace
from homelab.kube.existence.ask import MISSING, THERE, Answer
from homelab.kube.existence.strangers import copying, named_by
from homelab.kube.facts import Backup, Marked, Marks, Saves
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.selector import matches
from homelab.kube.workload import Workload


def copied(inventory: Inventory, holder: Resource) -> Answer:
    """Whether the data of a claim, or of the claims that a workload makes, are copied by any schedule."""
    answers = _answers(inventory, holder)
    if any(answer.there for _, answer in answers):
        return THERE
    why = next((answer.why for _, answer in answers if answer.why), "")
    return Answer(why=why or _perhaps_saved(inventory, holder))


def savers(inventory: Inventory, holder: Resource) -> tuple[Backup, ...]:
    """The schedules that copy the data of a claim, or of the claims that a workload makes."""
    return tuple(backup for backup, answer in _answers(inventory, holder) if answer.there)


def _answers(inventory: Inventory, holder: Resource) -> list[tuple[Backup, Answer]]:
    return [
        (backup, _by(inventory, backup, holder, claim))
        for claim in _claims_of(holder)
        for backup in of_namespace(inventory, holder.namespace)
    ]


def _claims_of(holder: Resource) -> list[Mapping[str, Any]]:
    if holder.kind == "PersistentVolumeClaim":
        return [holder.body]
    return [each for each in holder.get("spec.volumeClaimTemplates", []) if isinstance(each, Mapping)]


def _by(inventory: Inventory, backup: Backup, holder: Resource, claim: Mapping[str, Any]) -> Answer:
    """Whether one schedule copies one claim: by its name, its marks, its labels, and what the pods that use it say."""
    name, notes = str(dig(claim, ["metadata", "name"], "")), dig(claim, ["metadata", "annotations"], {})
    if not _named(backup, holder, name) or (
        backup.kept_out[0] and str(notes.get(backup.kept_out[0], "")) == backup.kept_out[1]
    ):
        return MISSING
    if backup.marked is not None:
        return _marked(inventory, backup.marked, claim)
    users = _users(inventory, holder, name)
    if not _chosen(backup, claim, users):
        return MISSING
    if backup.volumes:
        spared = backup.spared_by and users and all(_lists(w, backup.spared_by, volume) for w, volume in users)
        return MISSING if spared else THERE
    asked = backup.asked_by and any(_lists(w, backup.asked_by, volume) for w, volume in users)
    return THERE if asked else MISSING


def _named(backup: Backup, holder: Resource, claim: str) -> bool:
    """Whether a schedule that copies claims by name has this one; those of a StatefulSet end in its name and a number."""
    if holder.kind == "PersistentVolumeClaim":
        return not backup.claims or claim in backup.claims
    return not backup.claims or any(each.rpartition("-")[0] == f"{claim}-{holder.name}" for each in backup.claims)


def _chosen(backup: Backup, claim: Mapping[str, Any], users: list[tuple[Workload, str]]) -> bool:
    """Whether labels let a claim into a backup: those of the pods that mount it, its own where no pod is known."""
    labels = [w.labels for w, _ in users] or [dig(claim, ["metadata", "labels"], {})]
    if backup.asked_by and all(str(has.get(EXCLUDED)) == "true" for has in labels):
        return False
    return not backup.selectors or any(matches(json.loads(each), has) for each in backup.selectors for has in labels)


def _users(inventory: Inventory, holder: Resource, claim: str) -> list[tuple[Workload, str]]:
    """The workloads whose pods mount a claim, with the name of the volume."""
    if holder.kind != "PersistentVolumeClaim":
        return [(Workload(holder), claim)]
    found = inventory.once("users of claims", lambda: _mounted(inventory))
    return found.get((holder.namespace, claim), [])


def _mounted(inventory: Inventory) -> dict[tuple[str, str], list[tuple[Workload, str]]]:
    found: dict[tuple[str, str], list[tuple[Workload, str]]] = {}
    for workload in inventory.workloads:
        for volume in workload.volumes:
            claim = dig(volume, ["persistentVolumeClaim", "claimName"])
            if claim:
                found.setdefault((workload.namespace, str(claim)), []).append((workload, str(volume.get("name"))))
    return found


def _lists(workload: Workload, annotation: str, volume: str) -> bool:
    return volume in (part.strip() for part in str(workload.annotations.get(annotation, "")).split(","))


def _marked(inventory: Inventory, marked: Marked, claim: Mapping[str, Any]) -> Answer:
    """Whether a volume has one of the marks: its own go before those of its class."""
    default = next((c.name for c in inventory.of("StorageClass") if c.annotations.get(DEFAULT) == "true"), "")
    name = str(dig(claim, ["spec", "storageClassName"], default))
    known = inventory.get("StorageClass", "", name)
    if known is None:
        return Answer(why=f"class {name or 'by default'} is not declared here, and may be of {marked.provisioner}")
    if known.get("provisioner") != marked.provisioner:
        return MISSING
    labels = dig(claim, ["metadata", "labels"], {})
    own = [key for key, value in labels.items() if key.startswith(marked.prefixes) and value == "enabled"]
    own = [key for key in own if not key.endswith("/source")]
    given = [mark for fact in inventory.facts_about(known.subject, Marks) for mark in fact.marks]
    marks = own or given
    return THERE if not set(marks).isdisjoint(marked.marks) or (marked.default and not marks) else MISSING


def _perhaps_saved(inventory: Inventory, holder: Resource) -> str:
    """Who may copy a claim in a way that only its own configuration says."""
    for claim in _claims_of(holder):
        name = str(dig(claim, ["metadata", "name"], ""))
        for workload, _ in _users(inventory, holder, name):
            if workload.kind == "CronJob":
                return f"CronJob {workload.name} reads {name} and may copy it"
            for fact in inventory.facts_about(workload.subject, Saves):
                return f"{workload.kind} {workload.name} runs {fact.program}, which may copy it"
        if holder.kind == "PersistentVolumeClaim" and (why := named_by(inventory, holder)):
            return why
    return copying(inventory, holder.namespace)
