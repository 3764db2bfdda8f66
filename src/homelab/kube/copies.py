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
EXCLUDED = "velero.io/exclude-from-backup"
"""Label by which an object, or a whole namespace, keeps out of every backup of Velero."""
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
    return _far(inventory, host_of(backup.destination.endpoint), backup.subject.namespace)


def _far(inventory: Inventory, host: str, namespace: str, *, seen: tuple[str, ...] = ()) -> Distance:
    """How far away a host is; one of the cluster's own names is where its Services lead."""
    behind = [] if host in seen else leads_to(inventory, host, namespace)
    if behind:
        return min(_far(inventory, each, namespace, seen=(*seen, host)) for each in behind)
    if in_cluster(inventory, host, namespace):
        return Distance.CLUSTER
    nodes = inventory.ground.nodes if inventory.ground else ()
    if any(host == node.address for node in nodes):
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
    """The host name of an endpoint with or without a scheme; empty where it is none."""
    try:
        return urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname or ""
    except ValueError:
        return ""


def leads_to(inventory: Inventory, host: str, namespace: str) -> list[str]:
    """The hosts outside to which a name of the cluster leads: by an external name, or by addresses that somebody wrote down.

    A Service without selector has the endpoints that an EndpointSlice of its name, or Endpoints of its own, says
    (kubernetes.io/docs/concepts/services-networking/service, *Services without selectors*).
    """
    parts = host.split(".")
    named = [(parts[1] if len(parts) > 1 and parts[1] != "svc" else namespace, parts[0])]
    named += [(b.namespace, b.name) for route in routes(inventory) if host in route.hostnames for b in route.backends]
    found: list[str] = []
    for space, name in named:
        service = inventory.get("Service", space, name)
        if service is None:
            continue
        if service.get("spec.type") == "ExternalName":
            found.append(str(service.get("spec.externalName", "")))
        elif not service.get("spec.selector"):
            found += _written(inventory, service)
    return found


def _written(inventory: Inventory, service: Resource) -> list[str]:
    """The addresses of the endpoints that are written down for a Service."""
    found: list[str] = []
    for piece in inventory.of("EndpointSlice"):
        if piece.namespace == service.namespace and piece.labels.get("kubernetes.io/service-name") == service.name:
            found += [str(a) for endpoint in piece.get("endpoints", []) for a in endpoint.get("addresses") or ()]
    whole = inventory.get("Endpoints", service.namespace, service.name)
    for subset in whole.get("subsets", []) if whole else ():
        found += [str(each.get("ip")) for each in subset.get("addresses") or ()]
    return found


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
    if space is not None and space.labels.get(EXCLUDED) == "true":
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
        and (not b.claims or (bool(backup.claims) and set(backup.claims) <= set(b.claims)))
        and b.marked in {None, backup.marked}
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
