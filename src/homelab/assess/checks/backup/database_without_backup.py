"""A database nobody copies: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity, Subject
from homelab.kube.copies import of_database, of_namespace
from homelab.kube.exposure import in_production
from homelab.kube.facts import Database
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Resource


@check(severity=Severity.HIGH)
def database_without_backup(inventory: Inventory) -> Iterator[Accusation]:
    """A database cluster that nothing copies by the database's own means."""
    for database in inventory.facts_of(Database):
        resource = inventory.subject(database.subject)
        if resource is None or of_database(inventory, database.subject):
            continue
        files = any(backup.volumes for backup in of_namespace(inventory, resource.namespace))
        what = "only its files are copied while it runs, which may not restore" if files else "nothing copies it"
        loud = Severity.MEDIUM if files else Severity.HIGH
        yield Accusation(
            resource,
            f"{resource.name} has no scheduled backup: {what}",
            field="spec.backup" if resource.get("spec.backup") else "spec",
            hint="archive its log continuously and make a base backup every day",
            fix=Patch(Subject("ScheduledBackup", resource.name, resource.namespace), "", _wanted(resource)),
            severity=loud if in_production(resource) else Severity.LOW,
        )


def _wanted(cluster: Resource) -> Manifest:
    """A base backup every night by the plugin."""
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "ScheduledBackup",
        "metadata": {"name": cluster.name, "namespace": cluster.namespace},
        "spec": {
            "schedule": "0 0 1 * * *",
            "method": "plugin",
            "pluginConfiguration": {"name": "barman-cloud.cloudnative-pg.io"},
            "cluster": {"name": cluster.name},
        },
    }
