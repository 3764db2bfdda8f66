"""A way of archiving that goes away: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory

WITHOUT = ("-minimal", "-standard")
"""Image flavours that do not carry the Barman tools (postgres-containers README)."""


@check(severity=Severity.MEDIUM)
def backup_method_removed(inventory: Inventory) -> Iterator[Accusation]:
    """A database archives by the operator's built-in Barman, deprecated since 1.26, or by tools its image lacks."""
    for cluster in inventory.of("Cluster"):
        if cluster.group != "postgresql.cnpg.io" or cluster.get("spec.backup.barmanObjectStore") is None:
            continue
        image = str(cluster.get("spec.imageName", ""))
        lacking = any(flavour in image for flavour in WITHOUT)
        what = f"and {image} does not carry its tools: nothing is archived" if lacking else "which newer operators drop"
        yield Accusation(
            cluster,
            f"{cluster.name} archives by the built-in barmanObjectStore, deprecated since operator 1.26, {what}",
            field="spec.backup.barmanObjectStore",
            hint="move to the Barman Cloud plugin: an ObjectStore, and `plugins` on the Cluster",
            severity=Severity.HIGH if lacking else Severity.MEDIUM,
        )
