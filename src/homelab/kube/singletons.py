"""Singletons and standbys: workloads to which the advice "two replicas" does not apply, and why.

What `software` states wins; for workloads of others the image tells what runs in them (checks reference, section 4.13).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from homelab.kube.facts import Singleton, Standby
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Workload

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
            if name.partition(":")[0].endswith(part):
                return reason
    return None


def elects_leader(inventory: Inventory, workload: Workload) -> bool:
    """Whether further replicas would only wait for a lease: a controller, not a server."""
    if inventory.facts_about(workload.subject, Standby):
        return True
    words = (
        str(word) for c in workload.containers for word in (*(c.body.get("args") or ()), *(c.body.get("command") or ()))
    )
    return any(word.startswith(ELECTION) and not word.endswith("=false") for word in words)
