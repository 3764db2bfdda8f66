"""Singletons and standbys: workloads to which the advice "two replicas" does not apply, and why.

What `software` states wins; for workloads of others the image tells what runs in them (checks reference, section 4.13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from homelab.kube.facts import Singleton, Standby
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Container, Workload

IMAGES: Mapping[str, str] = MappingProxyType(
    {
        "velero/velero": "Velero's server has no leader election: two would back up twice",
        "sealed-secrets-controller": "the controller has no leader election; while it is away only new secrets wait",
        "external-dns": "external-dns has no leader election: two would fight over records",
        "tailscale/k8s-operator": "the operator runs once; its proxies scale by ProxyGroup",
        "influxdb": "InfluxDB's open editions have no replication",
        "audiobookshelf": "its database is one SQLite file",
        "home-assistant": "its database and devices belong to one process",
        "vaultwarden": "its database is one SQLite file unless told otherwise",
        "actualbudget": "its database is one SQLite file",
        "grafana/grafana": "Grafana needs an external database before it can have a second replica",
        "ollama/ollama": "its models lie on one volume",
        "n8nio/n8n": "more than one main needs multi-main mode: two would run every timer twice",
        "rook/ceph": "Rook's operator runs once by its template",
    }
)
"""Part of an image's name to why its workload stays single."""
ELECTION = ("--leader-elect", "--leader-election", "--enable-leader-election")


def single_because(inventory: Inventory, workload: Workload) -> str | None:
    """Why a workload must stay at one replica; None where it need not."""
    for fact in inventory.facts_about(workload.subject, Singleton):
        return fact.reason
    if workload.resource.origin.maker == "operator":
        return None
    for container in workload.containers:
        name = container.image.partition("@")[0]
        for part, reason in IMAGES.items():
            if untagged(name).endswith(part) and not (part in UNLESS and UNLESS[part](inventory, workload, container)):
                return reason
    return None


def untagged(image: str) -> str:
    """An image without its tag; a colon before the last slash is a registry's port."""
    path, slash, name = image.rpartition("/")
    return f"{path}{slash}{name.partition(':')[0]}"


def _value(container: Container, *names: str) -> str:
    """The value of the first of some environment variables that is set, `…` where it comes from elsewhere."""
    for entry in container.environment:
        if entry.get("name") in names:
            return str(entry.get("value") or "…")
    return ""


def _outside_database(_inventory: Inventory, _workload: Workload, container: Container) -> bool:
    return _value(container, "GF_DATABASE_TYPE", "GF_DATABASE_URL", "GF_DATABASE_HOST") not in {"", "sqlite3"}


def _several_mains(_inventory: Inventory, workload: Workload, container: Container) -> bool:
    words = {str(word) for key in ("command", "args") for word in container.body.get(key) or ()}
    words |= {workload.name.rpartition("-")[2], *map(str, workload.labels.values())}
    return bool({"worker", "webhook"} & words) or _value(container, "N8N_MULTI_MAIN_SETUP_ENABLED") == "true"


def _shared_volume(inventory: Inventory, workload: Workload, _container: Container) -> bool:
    names = [
        volume["persistentVolumeClaim"].get("claimName")
        for volume in workload.volumes
        if volume.get("persistentVolumeClaim")
    ]
    claims = [inventory.get("PersistentVolumeClaim", workload.namespace, str(name)) for name in names]
    return bool(claims) and all(claim and "ReadWriteMany" in claim.get("spec.accessModes", []) for claim in claims)


UNLESS: Mapping[str, Callable[[Inventory, Workload, Container], bool]] = MappingProxyType(
    {"grafana/grafana": _outside_database, "n8nio/n8n": _several_mains, "ollama/ollama": _shared_volume}
)
"""Part of an image's name to what makes its reason void."""


def elects_leader(inventory: Inventory, workload: Workload) -> bool:
    """Whether further replicas would only wait for a lease: a controller, not a server."""
    if inventory.facts_about(workload.subject, Standby):
        return True
    words = (
        str(word) for c in workload.containers for word in (*(c.body.get("args") or ()), *(c.body.get("command") or ()))
    )
    return any(word.startswith(ELECTION) and not word.endswith("=false") for word in words)
