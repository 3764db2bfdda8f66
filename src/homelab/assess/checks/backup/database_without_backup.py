"""A database nobody copies: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.copies import of_database, of_namespace
from homelab.kube.existence import ask
from homelab.kube.facts import Database
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import in_production


@check(severity=Severity.HIGH)
def database_without_backup(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A database cluster that nothing copies by the database's own means."""
    for database in inventory.facts_of(Database):
        resource = inventory.subject(database.subject)
        if resource is None or of_database(inventory, database.subject):
            continue
        if why := ask.anything(inventory, resource.namespace):
            yield Unjudged(f"backups of {resource.subject}", why, inventory.place(resource, "spec"))
            continue
        files = any(backup.volumes for backup in of_namespace(inventory, resource.namespace))
        what = "only its files are copied while it runs, which may not restore" if files else "nothing copies it"
        loud = Severity.MEDIUM if files else Severity.HIGH
        yield Accusation(
            resource,
            f"{resource.name} has no scheduled backup: {what}",
            field="spec.backup" if resource.get("spec.backup") else "spec",
            hint="archive its log continuously and make a base backup every day: a place for copies, the plugin, and a ScheduledBackup",
            severity=loud if in_production(resource) else Severity.LOW,
        )
