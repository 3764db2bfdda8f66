"""Buckets: who writes into which bucket, and below which prefix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig

LAYOUT = frozenset({"backups", "restores", "restic", "kopia", "metadata", "plugins"})
"""Folders at the top of a Velero location; any other makes it Unavailable (velero pkg/persistence/object_store_layout.go)."""


@dataclass(frozen=True, slots=True)
class Writer:
    """An object that makes something write below a prefix of a bucket; `field` says where the prefix stands in it."""

    resource: Resource
    endpoint: str
    bucket: str
    prefix: tuple[str, ...]
    field: str

    def shares(self, other: Writer) -> bool:
        """Whether another writes into the same bucket of the same service."""
        return self.resource.identity != other.resource.identity and (self.endpoint, self.bucket) == (
            other.endpoint,
            other.bucket,
        )

    def holds(self, other: Writer) -> bool:
        """Whether another's prefix is this one or lies below it."""
        return other.prefix[: len(self.prefix)] == self.prefix


def writers(inventory: Inventory) -> tuple[Writer, ...]:
    """Velero's locations and the archives of databases."""
    return tuple(_locations(inventory)) + tuple(_archives(inventory))


def _locations(inventory: Inventory) -> Iterator[Writer]:
    for location in inventory.of("BackupStorageLocation"):
        bucket = location.get("spec.objectStorage.bucket")
        if location.group == "velero.io" and bucket:
            prefix = str(location.get("spec.objectStorage.prefix") or "")
            url = str(location.get("spec.config.s3Url") or "")
            yield Writer(location, _host(url), str(bucket), _parts(prefix), "spec.objectStorage.prefix")


def _archives(inventory: Inventory) -> Iterator[Writer]:
    for store in inventory.of("ObjectStore"):
        if store.group == "barmancloud.cnpg.io":
            yield from _archive(store, "spec.configuration")
    for cluster in inventory.of("Cluster"):
        if cluster.group == "postgresql.cnpg.io":
            yield from _archive(cluster, "spec.backup.barmanObjectStore")


def logs(inventory: Inventory) -> Iterator[Writer]:
    """The folder that each database archives into: below its store's prefix, one called like the server.

    A server is called like its Cluster, unless the plugin's or the store's `serverName` says otherwise
    (plugin-barman-cloud v0.13.0 internal/cnpgi/operator/config/config.go).
    """
    for cluster in inventory.of("Cluster"):
        if cluster.group != "postgresql.cnpg.io":
            continue
        inside = "spec.backup.barmanObjectStore"
        for found in _archive(cluster, inside):
            yield _below(found, cluster.get(f"{inside}.serverName") or cluster.name)
        for index, plugin in enumerate(cluster.get("spec.plugins") or ()):
            given = plugin.get("parameters") or {}
            if not plugin.get("isWALArchiver") or not plugin.get("enabled", True):
                continue
            store = inventory.get("ObjectStore", cluster.namespace, str(given.get("barmanObjectName") or ""))
            for found in _archive(store, "spec.configuration") if store else ():
                named = replace(found, resource=cluster, field=f"spec.plugins.{index}.parameters")
                yield _below(named, given.get("serverName") or cluster.name)


def _below(writer: Writer, folder: object) -> Writer:
    return replace(writer, prefix=(*writer.prefix, str(folder)))


def _archive(owner: Resource, field: str) -> Iterator[Writer]:
    wanted: Any = dig(owner.body, field.split("."), {})
    url = urlsplit(str(wanted.get("destinationPath") or "")) if isinstance(wanted, dict) else None
    if url is not None and url.scheme == "s3" and url.netloc:
        endpoint = _host(str(wanted.get("endpointURL") or ""))
        yield Writer(owner, endpoint, url.netloc, _parts(url.path), f"{field}.destinationPath")


def _host(url: str) -> str:
    """Host and port of an address; empty for the provider's own."""
    return urlsplit(url).netloc.lower()


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)
