"""One gateway to shared storage: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.alone import one_node
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def storage_gateway_single(inventory: Inventory) -> Iterator[Accusation]:
    """One object gateway, or a file system without a standby: the copies behind it do not help."""
    for store in inventory.of("CephObjectStore"):
        if store.get("spec.gateway") is not None and int(store.get("spec.gateway.instances", 1)) < 2:
            yield Accusation(
                store,
                f"one gateway serves every bucket of {store.name}; its node's loss stops all S3 traffic",
                field="spec.gateway.instances",
                hint="run two instances",
                fix=None if one_node(inventory) else Patch(store.subject, "spec.gateway.instances", 2),
            )
    for system in inventory.of("CephFilesystem"):
        active = int(system.get("spec.metadataServer.activeCount", 1))
        if not system.get("spec.metadataServer.activeStandby") and active == 1:
            yield Accusation(
                system,
                f"one metadata server carries {system.name} and has no standby; its node's loss blocks every mount",
                field="spec.metadataServer.activeStandby",
                hint="set activeStandby, which adds one server for each active one",
                fix=Patch(system.subject, "spec.metadataServer.activeStandby", value=True),
            )
