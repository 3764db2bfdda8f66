"""A pool that keeps one copy: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig


@check(severity=Severity.HIGH)
def unsafe_replica_one_pool(inventory: Inventory) -> Iterator[Accusation]:
    """A Ceph pool with one copy: a lost disk is lost data, and a node that is restarted stops it."""
    for resource in inventory.of("CephBlockPool", "CephFilesystem", "CephObjectStore"):
        for path, pool in _pools(resource):
            if dig(pool, ["replicated", "size"]) == 1 and not dig(pool, ["erasureCoded", "dataChunks"]):
                yield Accusation(
                    resource,
                    f"{resource.name} keeps one copy: the disk that holds it takes its data along",
                    field=f"{path}.replicated.size",
                    hint="three copies on three machines; two where there are no more",
                )


def _pools(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The pools of a custom resource, each with its place."""
    spec = resource.get("spec", {})
    if resource.kind == "CephBlockPool":
        yield "spec", spec
    for key in ("metadataPool", "dataPool"):
        if resource.kind != "CephBlockPool" and isinstance(spec.get(key), Mapping):
            yield f"spec.{key}", spec[key]
    for number, pool in enumerate(spec.get("dataPools") or ()):
        if isinstance(pool, Mapping):
            yield f"spec.dataPools.{number}", pool
