"""Copies: what is backed up, by which schedules, and how far away the copies lie."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import IntEnum
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from homelab.findings import Subject
from homelab.ground import Target
from homelab.kube.cron import longest_gap
from homelab.kube.facts import Backup, Database, HostPaths
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.routing.routes import routes
from homelab.kube.workload import Workload

REBUILT = ("Prometheus ", "Alertmanager ", "ThanosRuler ", "VMSingle ", "VMCluster ", "VMAgent ")
"""Custom resources whose volumes hold what can be lost: measurements, caches."""
DEFAULT = "storageclass.kubernetes.io/is-default-class"
LOCAL = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain")


class Distance(IntEnum):
    """How far from the cluster a copy lies; ordered."""

    UNKNOWN = 0
    CLUSTER = 1
    """It stands on the cluster that it protects."""
    SITE = 2
    """Another machine of the house."""
    AWAY = 3
    """Another site."""


def distance(inventory: Inventory, backup: Backup) -> Distance:
    """How far away the copies of a schedule lie: by the lab file's targets, else by the address."""
    target = target_of(inventory, backup)
    if target is not None:
        return Distance.CLUSTER if target.kind == "ceph" else Distance.AWAY if target.off_site else Distance.SITE
    if not backup.destination.endpoint:
        return Distance.AWAY if backup.destination.bucket else Distance.UNKNOWN
    host = host_of(backup.destination.endpoint)
    if in_cluster(inventory, host, backup.subject.namespace):
        return Distance.CLUSTER
    return Distance.SITE if _private(host) else Distance.AWAY


def target_of(inventory: Inventory, backup: Backup) -> Target | None:
    """The declared backup target of a schedule, by endpoint and bucket, else by name."""
    targets = inventory.ground.targets if inventory.ground else ()
    where = backup.destination
    same = [t for t in targets if t.endpoint and t.endpoint == where.endpoint]
    named = [t for t in targets if t.name == where.target]
    return next((t for t in same if t.bucket == where.bucket), next(iter(same), next(iter(named), None)))


def host_of(endpoint: str) -> str:
    """The host name of an endpoint with or without a scheme."""
    return urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""


def in_cluster(inventory: Inventory, host: str, namespace: str) -> bool:
    """Whether a host name is a Service of this cluster, or one of its own routes."""
    if host.endswith((".svc", ".svc.cluster.local", ".cluster.local")):
        return True
    name, _, space = host.partition(".")
    if inventory.exists("Service", space or namespace, name):
        return True
    return any(host in route.hostnames for route in routes(inventory))


def _private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(LOCAL)


def of_database(inventory: Inventory, database: Subject) -> tuple[Backup, ...]:
    """The schedules that copy a database by its own means."""
    return tuple(b for b in inventory.facts_of(Backup) if b.database == database)


def of_namespace(inventory: Inventory, namespace: str) -> tuple[Backup, ...]:
    """The schedules that copy the objects of a namespace; none where its label keeps it out of every backup."""
    space = inventory.get("Namespace", "", namespace)
    if space is not None and space.labels.get("velero.io/exclude-from-backup") == "true":
        return ()
    return tuple(b for b in inventory.facts_of(Backup) if b.database is None and covers(b, namespace))


def covers(backup: Backup, namespace: str) -> bool:
    """Whether a schedule includes a namespace: by its name, or by a pattern of names (`shop-*`)."""

    def named(patterns: tuple[str, ...]) -> bool:
        return any(fnmatchcase(namespace, pattern) for pattern in patterns)

    return named(backup.namespaces) and not named(backup.excluded)


def alike(inventory: Inventory, backup: Backup) -> tuple[Backup, ...]:
    """The schedules that copy at least what this one copies, itself among them."""
    if backup.database is not None:
        return of_database(inventory, backup.database)
    return tuple(
        b
        for b in inventory.facts_of(Backup)
        if b.database is None
        and (b.volumes or not backup.volumes)
        and ("*" in b.namespaces or set(backup.namespaces) <= set(b.namespaces))
        and set(b.excluded) <= set(backup.excluded)
    )


def worst_loss(backups: Iterable[Backup]) -> float | None:
    """Seconds of work that may be lost at most, by the best of these schedules; None where none of them runs."""
    gaps = [b.archive if b.archive is not None else longest_gap(b.schedule, b.fields) for b in backups]
    return min((gap for gap in gaps if gap is not None), default=None)


def state(inventory: Inventory, namespace: str) -> tuple[Resource, ...]:
    """What keeps data in a namespace: claims, and workloads that make claims; not those of databases nor of measurements."""
    return inventory.once("state", lambda: _state(inventory)).get(namespace, ())


def _state(inventory: Inventory) -> dict[str, tuple[Resource, ...]]:
    databases = {f"{d.subject.kind} {d.subject.namespace}/{d.subject.name}" for d in inventory.facts_of(Database)}
    found: dict[str, list[Resource]] = {}
    holders = [
        *inventory.of("PersistentVolumeClaim"),
        *(w.resource for w in inventory.workloads if w.long_running and _claims(w)),
    ]
    for resource in holders:
        via = resource.origin.via
        if via not in databases and not via.startswith(REBUILT):
            found.setdefault(resource.namespace, []).append(resource)
    return {space: tuple(entries) for space, entries in found.items()}


def skipped(inventory: Inventory, holder: Resource) -> HostPaths | None:
    """The class by which a holder's volumes are `hostPath`: whoever copies files from the nodes skips them without a word.

    Velero reads below /var/lib/kubelet/pods, where such volumes are not mounted, and calls its backup completed
    (velero 1.18.1 pkg/podvolume/backupper.go, isHostPathVolume).
    """
    classes = {fact.subject.name: fact for fact in inventory.facts_of(HostPaths)}
    if not classes:
        return None
    default = next((c.name for c in inventory.of("StorageClass") if c.annotations.get(DEFAULT) == "true"), "")
    wanted = [holder.body, *(holder.get("spec.volumeClaimTemplates") or ())]
    for claim in wanted if holder.kind != "PersistentVolumeClaim" else wanted[:1]:
        own = dig(claim, ["metadata", "annotations", "volumeType"], "")
        name = dig(claim, ["spec", "storageClassName"], default)
        if claim.get("kind", "PersistentVolumeClaim") == "PersistentVolumeClaim" and own != "local" and name in classes:
            return classes[name]
    return None


def _claims(workload: Workload) -> bool:
    ephemeral = any("ephemeral" in volume for volume in workload.volumes)
    return bool(workload.claim_templates) and not ephemeral
