"""Routes: hostname → Gateway → listener → Service, joined once for every check, model and page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homelab.findings import Subject
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

KINDS = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute")


@dataclass(frozen=True)
class Backend:
    """Where a rule sends requests; `path` is the backendRef's place in the route."""

    kind: str
    namespace: str
    name: str
    port: int | None
    path: str


@dataclass(frozen=True)
class Parent:
    """The listener of a Gateway that a route asks for; `path` is the parentRef's place in the route."""

    kind: str
    namespace: str
    name: str
    section: str
    path: str


@dataclass(frozen=True)
class Route:
    """A route with its hostnames, parents and backends."""

    resource: Resource
    hostnames: tuple[str, ...]
    parents: tuple[Parent, ...]
    backends: tuple[Backend, ...]

    @property
    def redirects(self) -> bool:
        """Only redirects: nothing stands behind it."""
        return not self.backends


def routes(inventory: Inventory) -> tuple[Route, ...]:
    """Every route of the lab."""
    return inventory.once("routes", lambda: tuple(_route(r) for r in inventory.of(*KINDS)) + _ingresses(inventory))


def _route(resource: Resource) -> Route:
    parents = tuple(
        Parent(
            str(ref.get("kind", "Gateway")),
            str(ref.get("namespace") or resource.namespace),
            str(ref.get("name", "")),
            str(ref.get("sectionName") or ""),
            f"spec.parentRefs.{index}",
        )
        for index, ref in enumerate(resource.get("spec.parentRefs", []))
    )
    backends = tuple(
        _backend(resource, ref, f"spec.rules.{i}.backendRefs.{j}")
        for i, rule in enumerate(resource.get("spec.rules", []))
        for j, ref in enumerate(rule.get("backendRefs") or ())
    )
    return Route(resource, tuple(map(str, resource.get("spec.hostnames", []))), parents, backends)


def _backend(resource: Resource, ref: Mapping[str, Any], path: str) -> Backend:
    port = ref.get("port")
    return Backend(
        str(ref.get("kind", "Service")),
        str(ref.get("namespace") or resource.namespace),
        str(ref.get("name", "")),
        int(port) if isinstance(port, int | float) else None,
        path,
    )


def _ingresses(inventory: Inventory) -> tuple[Route, ...]:
    found = []
    for ingress in inventory.of("Ingress"):
        hostnames, backends = [], []
        for i, rule in enumerate(ingress.get("spec.rules", [])):
            hostnames.append(str(rule.get("host", "")))
            for j, path in enumerate((rule.get("http") or {}).get("paths") or ()):
                service = (path.get("backend") or {}).get("service") or {}
                port = (service.get("port") or {}).get("number")
                place = f"spec.rules.{i}.http.paths.{j}.backend"
                backends.append(Backend("Service", ingress.namespace, str(service.get("name", "")), port, place))
        found.append(Route(ingress, tuple(filter(None, hostnames)), (), tuple(backends)))
    return tuple(found)


def gateway_of(inventory: Inventory, parent: Parent) -> Resource | None:
    """The Gateway a parentRef names."""
    return inventory.get("Gateway", parent.namespace, parent.name) if parent.kind == "Gateway" else None


def routes_to(inventory: Inventory, service: Subject) -> tuple[Route, ...]:
    """The routes that send requests to a Service."""

    def index() -> Mapping[Subject, tuple[Route, ...]]:
        found: dict[Subject, list[Route]] = {}
        for route in routes(inventory):
            for backend in route.backends:
                entries = found.setdefault(Subject(backend.kind, backend.name, backend.namespace), [])
                if route not in entries:
                    entries.append(route)
        return {key: tuple(value) for key, value in found.items()}

    return inventory.once("routes by service", index).get(service, ())
