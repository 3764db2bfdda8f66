"""Data nobody copies: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Patch, Severity, Subject
from homelab.kube.copies import of_namespace, skipped, state
from homelab.kube.facts import Backup
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.exposure import in_production
from homelab.kube.unread import unread, unread_anywhere


@check(severity=Severity.HIGH)
def namespace_without_backup(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A namespace with volumes that no schedule copies."""
    for namespace in inventory.namespaces:
        holders = state(inventory, namespace)
        backups = of_namespace(inventory, namespace)
        if holders and any(backup.volumes for backup in backups):
            yield from _passed_over(inventory, namespace, holders)
            continue
        if not holders:
            continue
        if why := _unseen(inventory, backups):
            yield Unjudged(f"backups of {namespace}", why, inventory.place(holders[0]))
            continue
        what = "its objects are copied, its volumes are not" if backups else "no schedule includes it"
        yield Accusation(
            holders[0],
            f"namespace {namespace} keeps data ({_names(holders)}) and {what}",
            field=_field(holders[0]),
            hint="include it in a schedule with volumes, or accept that its data can be made again",
            fix=_mend(inventory, backups[0].subject) if backups else None,
            severity=_severity(holders[0]),
            absent=tuple(backup.subject.namespace for backup in backups),
        )


def _unseen(inventory: Inventory, backups: tuple[Backup, ...]) -> str | None:
    """Why a schedule, or the agent that reads the volumes for one, may be there though nobody here has seen it."""
    if backups:
        return next((why for backup in backups if (why := unread(inventory, backup.subject.namespace))), None)
    why = unread_anywhere(inventory)
    return why if why and "velero" in why else None


def _passed_over(inventory: Inventory, namespace: str, holders: tuple[Resource, ...]) -> Iterator[Accusation]:
    """Volumes that every schedule passes over, whatever it includes: they are no volumes that copies of files can read."""
    left = [(holder, fact) for holder in holders if (fact := skipped(inventory, holder))]
    if not left:
        return
    holder, fact = left[0]
    key, value = fact.mend
    yield Accusation(
        holder,
        f"namespace {namespace} keeps data ({_names(tuple(h for h, _ in left))}) on volumes of the type hostPath, which"
        " copies of files skip: the backup says completed and holds no data",
        field=_field(holder),
        hint=f"annotate class {fact.subject.name} with {key}: {value}; volumes that are there already have to be made anew",
        fix=Patch(fact.subject, f"metadata.annotations.{key}", value),
        severity=_severity(holder),
    )


def _names(holders: tuple[Resource, ...]) -> str:
    return ", ".join(dict.fromkeys(holder.name for holder in holders[:4])) + (" …" if len(holders) > 4 else "")


def _field(holder: Resource) -> str:
    return "spec.volumeClaimTemplates" if holder.kind == "StatefulSet" else "spec"


def _severity(holder: Resource) -> Severity:
    return Severity.HIGH if in_production(holder) else Severity.LOW


def _mend(inventory: Inventory, schedule: Subject) -> Patch | None:
    """Volumes copied by the schedule that has the objects; None where it does, and something else keeps them out."""
    found = inventory.subject(schedule)
    if found is None or found.get("spec.template.defaultVolumesToFsBackup") is True:
        return None
    return Patch(schedule, "spec.template.defaultVolumesToFsBackup", value=True)
