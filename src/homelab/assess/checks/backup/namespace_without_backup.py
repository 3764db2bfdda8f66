"""Data nobody copies: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Patch, Severity, Subject
from homelab.kube.copies import of_namespace, state
from homelab.kube.exposure import in_production
from homelab.kube.inventory import Inventory
from homelab.kube.unread import unread_anywhere


@check(severity=Severity.HIGH)
def namespace_without_backup(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A namespace with volumes that no schedule copies."""
    for namespace in inventory.namespaces:
        holders = state(inventory, namespace)
        backups = of_namespace(inventory, namespace)
        if not holders or any(backup.volumes for backup in backups):
            continue
        if not backups and (why := unread_anywhere(inventory)) and "velero" in why:
            yield Unjudged(f"backups of {namespace}", why, inventory.place(holders[0]))
            continue
        names = ", ".join(dict.fromkeys(holder.name for holder in holders[:4])) + (" …" if len(holders) > 4 else "")
        what = "its objects are copied, its volumes are not" if backups else "no schedule includes it"
        yield Accusation(
            holders[0],
            f"namespace {namespace} keeps data ({names}) and {what}",
            field="spec.volumeClaimTemplates" if holders[0].kind == "StatefulSet" else "spec",
            hint="include it in a schedule with volumes, or accept that its data can be made again",
            fix=_mend(inventory, backups[0].subject) if backups else None,
            severity=Severity.HIGH if in_production(holders[0]) else Severity.LOW,
        )


def _mend(inventory: Inventory, schedule: Subject) -> Patch | None:
    """Volumes copied by the schedule that has the objects; None where it does, and something else keeps them out."""
    found = inventory.subject(schedule)
    if found is None or found.get("spec.template.defaultVolumesToFsBackup") is True:
        return None
    return Patch(schedule, "spec.template.defaultVolumesToFsBackup", value=True)
