"""Durable: objects whose deletion deletes data, and the sync options by which Argo CD leaves them alone.

Sources: Argo CD docs/user-guide/sync-options.md (`Prune=false`, `Delete=false`); each operator's own deletion behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from homelab.kube.resource import dig

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
KEPT = ("Prune=false", "Delete=false")
KEEP = {SYNC_OPTIONS: ",".join(KEPT)}
"""Annotation: Argo CD neither prunes the object nor deletes it together with its Application."""
DURABLE = frozenset(
    {
        ("", "PersistentVolumeClaim"),
        ("postgresql.cnpg.io", "Cluster"),
        ("redis.redis.opstreelabs.in", "Redis"),
        ("redis.redis.opstreelabs.in", "RedisCluster"),
        ("redis.redis.opstreelabs.in", "RedisReplication"),
        ("ceph.rook.io", "CephCluster"),
        ("ceph.rook.io", "CephBlockPool"),
        ("ceph.rook.io", "CephFilesystem"),
        ("ceph.rook.io", "CephObjectStore"),
        ("objectbucket.io", "ObjectBucketClaim"),
        ("kafka.strimzi.io", "Kafka"),
        ("kafka.strimzi.io", "KafkaNodePool"),
        ("kafka.strimzi.io", "KafkaTopic"),
        ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
        ("k8s.mariadb.com", "MariaDB"),
        ("mongodbcommunity.mongodb.com", "MongoDBCommunity"),
        ("minio.min.io", "Tenant"),
    }
)
"""(group, kind) of what takes its data along when it is deleted."""


TIED = frozenset(
    {
        ("barmancloud.cnpg.io", "ObjectStore"),
        ("cert-manager.io", "ClusterIssuer"),
        ("cert-manager.io", "Issuer"),
        ("ceph.rook.io", "CephObjectStoreUser"),
        ("ceph.rook.io", "CephFilesystemSubVolumeGroup"),
        ("ceph.rook.io", "CephBlockPoolRadosNamespace"),
    }
)
"""(group, kind) of what holds no data and is the way to it: an archive's address, an account at an authority, keys."""


def outlives(body: Mapping[str, Any]) -> bool:
    """Whether an object stays when its manifest goes: it holds data, or is the way to data, or is an authority's own root."""
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    root = (group, body.get("kind")) == ("cert-manager.io", "Certificate") and dig(
        body, ["spec", "isCA"], False
    ) is True
    return holds_data(body) or root or (group, body.get("kind")) in TIED


def holds_data(body: Mapping[str, Any]) -> bool:
    """Whether the deletion of an object deletes data."""
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    return (group, body.get("kind")) in DURABLE


def sync_options(body: Mapping[str, Any]) -> dict[str, None]:
    """The sync options of an object itself, in their order: a set that keeps it."""
    said = str(dig(body, ["metadata", "annotations", SYNC_OPTIONS], "")).split(",")
    return dict.fromkeys(option.strip() for option in said if option.strip())


def kept(body: Mapping[str, Any]) -> bool:
    """Whether Argo CD leaves an object alone, whatever Git says."""
    return sync_options(body).keys() >= set(KEPT)


def with_options(body: Mapping[str, Any], options: Iterable[str]) -> dict[str, Any]:
    """The object with these sync options and no others."""
    meta = body.get("metadata") or {}
    annotations = {**(meta.get("annotations") or {}), SYNC_OPTIONS: ",".join(options)}
    return {**body, "metadata": {**meta, "annotations": annotations}}
