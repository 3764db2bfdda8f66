"""Copies to nowhere: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def backup_location_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A schedule or a database names a place for copies that nothing declares: every backup fails."""
    for schedule in inventory.of("Schedule"):
        if schedule.group != "velero.io":
            continue
        name = str(schedule.get("spec.template.storageLocation") or "")
        places = [p for p in inventory.of("BackupStorageLocation") if p.namespace == schedule.namespace]
        found = any(p.name == name if name else p.name == "default" or p.get("spec.default") for p in places)
        if found:
            continue
        if why := ask.anything(inventory, schedule.namespace):
            yield Unjudged(str(schedule.subject), why, inventory.place(schedule, "spec.template"))
            continue
        yield Accusation(
            schedule,
            f"{schedule.name} puts copies into {name or 'the default location'}, which nothing declares",
            field="spec.template.storageLocation",
            hint="declare a BackupStorageLocation of that name",
            absent=(schedule.namespace,),
        )
    for cluster in inventory.of("Cluster"):
        plugins = cluster.get("spec.plugins", []) if cluster.group == "postgresql.cnpg.io" else []
        for index, plugin in enumerate(plugins):
            store = (plugin.get("parameters") or {}).get("barmanObjectName")
            if not store:
                continue
            answer = ask.thing(inventory, "ObjectStore", cluster.namespace, str(store), asker=cluster)
            if answer.why:
                place = inventory.place(cluster, f"spec.plugins.{index}")
                yield Unjudged(f"{cluster.subject} → ObjectStore {store}", answer.why, place)
            if answer.missing:
                yield Accusation(
                    cluster,
                    f"{cluster.name} archives into ObjectStore {store}, which nothing in {cluster.namespace} declares",
                    field=f"spec.plugins.{index}.parameters.barmanObjectName",
                    hint="declare the ObjectStore in the same namespace",
                    absent=(cluster.namespace,),
                )
