"""Small labs of the tests of the model: machines, workloads, what leads to them, and the minutes that come of it."""

from __future__ import annotations

from typing import Any

from homelab.assess.model.build import model
from homelab.assess.uptime import Computed
from homelab.ground import Ground, Host, Node, Site
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Origin, Resource

GIB = 1 << 30
ZONE, HOSTNAME = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
PLAIN = Site(grid="none", switches=2)
"""A site that takes nothing away."""


def ground(planes: tuple[str, ...], workers: tuple[str, ...], *, zones: bool = False, **more: Any) -> Ground:
    """Virtual machines by the machine that carries each."""
    nodes = []
    for kind, hosts in (("ctrl", planes), ("worker", workers)):
        for number, host in enumerate(hosts):
            labels = {ZONE: host} if zones else {}
            nodes.append(
                Node(f"{kind}-{number}", kind == "ctrl", kind != "ctrl", host, "", 8, 16 * GIB, 50 * GIB, labels=labels)
            )
    machines = tuple(Host(name, 16, 64 * GIB) for name in dict.fromkeys((*planes, *workers)))
    return Ground(kubernetes="1.35.2", hosts=machines, nodes=tuple(nodes), site=PLAIN, **more)


def workload(name: str, replicas: int = 1, kind: str = "Deployment", **pod: Any) -> Manifest:
    """A workload in the namespace `web` with a probed container that asks for memory."""
    labels = {"app": name}
    container = {
        "name": "main",
        "image": "example/app:1",
        "livenessProbe": {"httpGet": {"port": 80}},
        "resources": {"requests": {"memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "web"}, "spec": spec}


def reached(name: str, host: str = "") -> tuple[Manifest, Manifest]:
    """A Service, and a hostname that leads to it."""
    meta = {"name": name, "namespace": "web"}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
    }
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": meta,
        "spec": {"hostnames": [host or f"{name}.home.arpa"], "rules": [{"backendRefs": [{"name": name, "port": 80}]}]},
    }
    return service, route


def apart(name: str) -> Manifest:
    """Never two on one node."""
    term = {"topologyKey": HOSTNAME, "labelSelector": {"matchLabels": {"app": name}}}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def lab(under: Ground, *bodies: Manifest, facts: tuple[Any, ...] = ()) -> Inventory:
    """An inventory of objects."""
    return Inventory(tuple(Resource(body, Origin("app.yaml", i)) for i, body in enumerate(bodies)), under, facts)


def minutes(found: Inventory, name: str = "app.home.arpa") -> float:
    """Minutes a year that a service is down."""
    return Computed.of(found).minutes(f"lan:{name}")


def outages(found: Inventory, name: str = "app.home.arpa") -> float:
    """How often a year it goes down."""
    return Computed.of(found).result[f"lan:{name}"].outages_per_year


def homes(found: Inventory) -> dict[str, dict[str, float]]:
    """The choices of a lab's model: weights by state."""
    chosen = (each for each in model(found).system.exclusives.values() if each.chosen)
    return {each.name: {name: stay.share for name, stay in each.stays.items()} for each in chosen}
