"""Data nobody copies: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Patch, Severity
from homelab.kube.copies import of_namespace, skipped, state
from homelab.kube.existence import ask
from homelab.kube.facts import Backup
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.exposure import in_production
from homelab.kube.saved import copied, savers


@check(severity=Severity.HIGH)
def namespace_without_backup(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A namespace with volumes that no schedule copies."""
    for namespace in inventory.namespaces:
        everything = state(inventory, namespace)
        backups = of_namespace(inventory, namespace)
        answers = [(holder, copied(inventory, holder)) for holder in everything]
        read = tuple(h for h, answer in answers if answer.there and all(b.asked_by for b in savers(inventory, h)))
        yield from _passed_over(inventory, namespace, read)
        holders = tuple(holder for holder, answer in answers if answer.missing)
        unseen = _unseen(inventory, namespace, backups) if holders else ""
        if why := unseen or next((answer.why for _, answer in answers if answer.why), ""):
            yield Unjudged(f"backups of {namespace}", why, inventory.place(everything[0]))
        if not holders or unseen:
            continue
        what = _what(backups)
        yield Accusation(
            holders[0],
            f"namespace {namespace} keeps data ({_names(holders)}) and {what}",
            field=_field(holders[0]),
            hint="include it in a schedule with volumes, or accept that its data can be made again",
            fix=_mend(inventory, backups),
            severity=_severity(holders[0]),
            absent=tuple(backup.subject.namespace for backup in backups),
        )


def _what(backups: tuple[Backup, ...]) -> str:
    if not backups:
        return "no schedule includes it"
    if any(backup.volumes for backup in backups):
        return "no schedule copies these volumes: their names, labels or annotations keep them out"
    return "its objects are copied, its volumes are not"


def _unseen(inventory: Inventory, namespace: str, backups: tuple[Backup, ...]) -> str:
    """Why a schedule, or the agent that reads the volumes for one, may be there though nobody here has seen it."""
    spaces = [namespace, *(backup.subject.namespace for backup in backups)]
    why = next((why for space in spaces if (why := ask.anything(inventory, space))), "")
    return why or ("" if backups else ask.savers(inventory))


def _passed_over(
    inventory: Inventory, namespace: str, holders: tuple[Resource, ...]
) -> Iterator[Accusation | Unjudged]:
    """Volumes that every schedule passes over, whatever it includes: they are no volumes that copies of files can read."""
    left = [(holder, fact) for holder in holders if (fact := skipped(inventory, holder))]
    if left and (why := _unseen(inventory, namespace, of_namespace(inventory, namespace))):
        yield Unjudged(f"backups of {namespace}", why, inventory.place(left[0][0]))
        return
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


def _mend(inventory: Inventory, backups: tuple[Backup, ...]) -> Patch | None:
    """Volumes copied by the schedule that has the objects; None where it does, and something else keeps them out."""
    if not backups or any(backup.volumes for backup in backups):
        return None
    schedule = backups[0].subject
    found = inventory.subject(schedule)
    if found is None or found.group != "velero.io" or found.get("spec.template.defaultVolumesToFsBackup") is True:
        return None
    return Patch(schedule, "spec.template.defaultVolumesToFsBackup", value=True)
