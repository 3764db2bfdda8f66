"""More work lost than allowed: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.documents.duration import format_duration
from homelab.findings import Severity
from homelab.kube.copies import of_database, of_namespace, state, worst_loss
from homelab.kube.facts import Backup, Database
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def rpo_exceeds_target(inventory: Inventory) -> Iterator[Accusation]:
    """The longest time between two copies is longer than what may be lost by the owner's goal."""
    goal = inventory.ground.goals.rpo if inventory.ground else None
    if goal is None:
        return
    seen: set[Backup] = set()
    for what, backups in _protected(inventory):
        lost = worst_loss(backups)
        if lost is None or lost <= goal or backups[0] in seen:
            continue
        best = min(backups, key=lambda b: worst_loss([b]) or float("inf"))
        resource = inventory.subject(best.subject)
        seen.add(backups[0])
        if resource is not None:
            yield Accusation(
                resource,
                f"up to {format_duration(lost)} of work in {what} may be lost; the goal is {format_duration(goal)}",
                field="spec.schedule",
                hint="copy more often, or archive the database's log continuously",
            )


def _protected(inventory: Inventory) -> Iterator[tuple[str, tuple[Backup, ...]]]:
    for database in inventory.facts_of(Database):
        if found := of_database(inventory, database.subject):
            yield str(database.subject), found
    for namespace in inventory.namespaces:
        found = tuple(b for b in of_namespace(inventory, namespace) if b.volumes)
        if found and state(inventory, namespace):
            yield namespace, found
