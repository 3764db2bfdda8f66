"""Exposure: who would notice that a workload is away. Its severity follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from homelab.findings import Severity, Subject
from homelab.kube.facts import Role
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.routes import routes_to
from homelab.kube.workload import Workload

ENVIRONMENT = "homelab.dev/environment"
MEASURED = ("metrics", "prometheus")
"""Words in the names of ports that only carry measurements."""
OTHERS = ("dev", "staging", "test", "preview")


class Reach(IntEnum):
    """How far the absence of a workload is felt; ordered."""

    NOBODY = 0
    CHANGES = 1
    """Nothing new, but what runs runs on."""
    CALLERS = 2
    """Other pods that call its Service."""
    PEOPLE = 3
    """Requests that come in over a route."""


def asked_ports(service: Resource) -> tuple[Mapping[str, Any], ...]:
    """The ports of a Service that somebody waits for; those that only Prometheus reads are not among them."""
    ports = service.get("spec.ports", [])
    return tuple(p for p in ports if not any(word in str(p.get("name", "")) for word in MEASURED))


def reach(inventory: Inventory, workload: Workload) -> Reach:
    """Who notices that a workload is away."""
    return inventory.once(("reach", workload.resource.identity), lambda: _reach(inventory, workload))


def _reach(inventory: Inventory, workload: Workload) -> Reach:
    roles = inventory.facts_about(workload.subject, Role)
    if roles and all(role.phase != "run" for role in roles):
        return Reach.CHANGES
    services = [service for service in inventory.services_of(workload) if asked_ports(service)]
    if any(routes_to(inventory, service.subject) for service in services):
        return Reach.PEOPLE
    return Reach.CALLERS if services else Reach.NOBODY


def on_one_machine(inventory: Inventory) -> bool:
    """Whether the whole lab stands on one machine, so that no second copy would survive its loss."""
    ground = inventory.ground
    return ground is not None and len({node.host or node.name for node in ground.nodes}) == 1


def weighed(inventory: Inventory, severity: Severity) -> Severity:
    """The severity of missing redundancy: low where everything stands on one machine, and a copy only helps a rollout."""
    return min(severity, Severity.LOW) if on_one_machine(inventory) else severity


def environment(resource: Resource | Subject) -> str:
    """`dev`, `staging` … by label or by the namespace's last word; `production` where nothing says."""
    said = resource.labels.get(ENVIRONMENT) if isinstance(resource, Resource) else None
    word = said or resource.namespace.rpartition("-")[2]
    return word if said or word in OTHERS else "production"


def in_production(resource: Resource | Subject) -> bool:
    """Whether anybody counts on it."""
    return environment(resource) == "production"
