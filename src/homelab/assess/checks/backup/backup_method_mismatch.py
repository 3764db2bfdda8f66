"""A backup its database cannot make: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource


@check(severity=Severity.HIGH)
def backup_method_mismatch(inventory: Inventory) -> Iterator[Accusation]:
    """A scheduled backup asks for a method that its database cluster is not set up for: every run fails."""
    for backup in inventory.of("ScheduledBackup"):
        cluster = inventory.get("Cluster", backup.namespace, str(backup.get("spec.cluster.name", "")))
        if cluster is None or backup.group != "postgresql.cnpg.io":
            continue
        method = str(backup.get("spec.method", "barmanObjectStore"))
        has = _methods(cluster)
        if method == "plugin" and has[:1] == ["plugin"]:
            yield from _plugin(backup, cluster)
        elif method not in has:
            yield Accusation(
                backup,
                f"{backup.name} asks for method {method}; Cluster {cluster.name} is set up for {', '.join(has) or 'none'}",
                field="spec.method",
                hint="`method: plugin` with the Barman Cloud plugin on the Cluster",
                fix=_patch(backup, has[0], cluster) if has else None,
            )


def _patch(backup: Resource, method: str, cluster: Resource) -> Patch | None:
    """The method that the Cluster is set up for; a plugin has to be named as well, which only one of them can be."""
    if method != "plugin":
        return Patch(backup.subject, "spec.method", method)
    loaded = _loaded(cluster)
    if len(loaded) != 1:
        return None
    return Patch(backup.subject, "spec", {"method": method, "pluginConfiguration": {"name": loaded[0]}})


def _loaded(cluster: Resource) -> list[str]:
    return [str(p.get("name")) for p in cluster.get("spec.plugins", []) if p.get("enabled", True)]


def _plugin(backup: Resource, cluster: Resource) -> Iterator[Accusation]:
    """A plugin that the Cluster does not load is not available (CloudNativePG docs/src/backup.md, *Plugin*)."""
    wanted = backup.get("spec.pluginConfiguration.name")
    loaded = _loaded(cluster)
    if wanted in loaded:
        return
    asks = f"plugin {wanted}" if wanted else "a plugin without its name"
    yield Accusation(
        backup,
        f"{backup.name} asks for {asks}; Cluster {cluster.name} loads {', '.join(loaded) or 'none'}",
        field="spec.pluginConfiguration.name" if wanted else "spec.method",
        hint="name the plugin as the Cluster does",
        fix=Patch(backup.subject, "spec.pluginConfiguration", {"name": loaded[0]}) if len(loaded) == 1 else None,
    )


def _methods(cluster: Resource) -> list[str]:
    """The methods a Cluster is set up for; the plugin first."""
    ready = {
        "plugin": bool(cluster.get("spec.plugins")),
        "barmanObjectStore": cluster.get("spec.backup.barmanObjectStore") is not None,
        "volumeSnapshot": cluster.get("spec.backup.volumeSnapshot") is not None,
    }
    return [method for method, there in ready.items() if there]
