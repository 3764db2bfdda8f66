"""Routes: hostname → Gateway → listener → Service, joined once for every check, model and page.

Sources: Gateway API v1 (routes, RequestMirror), networking.k8s.io/v1 Ingress, Traefik 3 IngressRoute (`routes[].services[]`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homelab.findings import Subject
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

KINDS = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
GROUP = "gateway.networking.k8s.io"
TRAEFIK = ("traefik.io", "traefik.containo.us")
"""Groups of Traefik's own kinds, now and before its version 3."""
_HOST = re.compile(r"!?\b(?:Host|HostSNI)\(([^)]*)\)")
_QUOTED = re.compile(r"[`'\"]([^`'\"]+)[`'\"]")


@dataclass(frozen=True)
class Backend:
    """Where a rule sends requests; `path` is the backendRef's place in the route, `named` a port by its name."""

    kind: str
    namespace: str
    name: str
    port: int | None
    path: str
    named: str = ""


@dataclass(frozen=True)
class Parent:
    """The listener of a Gateway that a route asks for; `path` is the parentRef's place in the route."""

    kind: str
    namespace: str
    name: str
    section: str
    path: str
    port: int | None = None


@dataclass(frozen=True)
class Route:
    """A route with its hostnames, parents and backends; `mirrors` get a copy of requests, and nobody waits for them."""

    resource: Resource
    hostnames: tuple[str, ...]
    parents: tuple[Parent, ...]
    backends: tuple[Backend, ...]
    mirrors: tuple[Backend, ...] = ()

    @property
    def redirects(self) -> bool:
        """Only redirects: nothing stands behind it."""
        return not self.backends


def routes(inventory: Inventory) -> tuple[Route, ...]:
    """Every route of the lab."""
    return inventory.once(
        "routes",
        lambda: (
            *(_route(r) for r in inventory.of(*KINDS)),
            *_ingresses(inventory),
            *(
                _traefik(r)
                for r in inventory.of("IngressRoute", "IngressRouteTCP", "IngressRouteUDP")
                if r.group in TRAEFIK
            ),
        ),
    )


def _route(resource: Resource) -> Route:
    parents = tuple(
        Parent(
            str(ref.get("kind", "Gateway")),
            str(ref.get("namespace") or resource.namespace),
            str(ref.get("name", "")),
            str(ref.get("sectionName") or ""),
            f"spec.parentRefs.{index}",
            _number(ref.get("port")),
        )
        for index, ref in enumerate(resource.get("spec.parentRefs", []))
    )
    backends = tuple(
        _backend(resource, ref, f"spec.rules.{i}.backendRefs.{j}")
        for i, rule in enumerate(resource.get("spec.rules", []))
        for j, ref in enumerate(rule.get("backendRefs") or ())
    )
    hostnames = tuple(map(str, resource.get("spec.hostnames", [])))
    return Route(resource, hostnames, parents, backends, tuple(_mirrors(resource)))


def _mirrors(resource: Resource) -> Iterator[Backend]:
    """Backends of RequestMirror, in the filters of rules and of their backends."""
    for i, rule in enumerate(resource.get("spec.rules", [])):
        places = [(f"spec.rules.{i}", rule)]
        places += [(f"spec.rules.{i}.backendRefs.{j}", ref) for j, ref in enumerate(rule.get("backendRefs") or ())]
        for path, owner in places:
            for k, each in enumerate(owner.get("filters") or ()):
                if ref := (each.get("requestMirror") or {}).get("backendRef"):
                    yield _backend(resource, ref, f"{path}.filters.{k}.requestMirror.backendRef")


def _backend(resource: Resource, ref: Mapping[str, Any], path: str) -> Backend:
    return Backend(
        str(ref.get("kind", "Service")),
        str(ref.get("namespace") or resource.namespace),
        str(ref.get("name", "")),
        _number(ref.get("port")),
        path,
    )


def _number(port: object) -> int | None:
    return int(port) if isinstance(port, int | float) else None


def _ingresses(inventory: Inventory) -> Iterator[Route]:
    for ingress in inventory.of("Ingress"):
        hostnames, places = [], [("spec.defaultBackend", ingress.get("spec.defaultBackend"))]
        for i, rule in enumerate(ingress.get("spec.rules", [])):
            hostnames.append(str(rule.get("host", "")))
            for j, path in enumerate((rule.get("http") or {}).get("paths") or ()):
                places.append((f"spec.rules.{i}.http.paths.{j}.backend", path.get("backend")))
        backends = [_of_ingress(ingress, said, place) for place, said in places if said]
        yield Route(ingress, tuple(filter(None, hostnames)), (), tuple(filter(None, backends)))


def _of_ingress(ingress: Resource, said: Mapping[str, Any], place: str) -> Backend | None:
    """The backend of an Ingress: a Service as v1 or as v1beta1 writes it; None for one of another kind."""
    if service := said.get("service"):
        port = service.get("port") or {}
        name, number, named = service.get("name", ""), port.get("number"), str(port.get("name") or "")
    elif "serviceName" in said:
        port = said.get("servicePort")
        name, number, named = said["serviceName"], port, "" if isinstance(port, int | float) else str(port or "")
    else:
        return None
    return Backend("Service", ingress.namespace, str(name), _number(number), place, named)


def _traefik(resource: Resource) -> Route:
    """A route of Traefik: hostnames of its matchers, those that are denied left out, and the Services of its routes."""
    hostnames, backends = list[str](), list[Backend]()
    for i, route in enumerate(resource.get("spec.routes", [])):
        for found in _HOST.finditer(str(route.get("match", ""))):
            hostnames += _QUOTED.findall(found[1]) if found[0][0] != "!" else []
        for j, service in enumerate(route.get("services") or ()):
            port = service.get("port")
            text = port if isinstance(port, str) else ""
            backends.append(
                Backend(
                    str(service.get("kind") or "Service"),
                    str(service.get("namespace") or resource.namespace),
                    str(service.get("name", "")),
                    int(text) if text.isdigit() else _number(port),
                    f"spec.routes.{i}.services.{j}",
                    "" if text.isdigit() else text,
                )
            )
    return Route(resource, tuple(dict.fromkeys(hostnames)), (), tuple(backends))


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
