"""A route into nothing: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.listeners import NAMED, admits, granted, meant, serves, takes
from homelab.kube.routing.routes import GROUP, Backend, Parent, Route, gateway_of, routes


@check(severity=Severity.HIGH, aliases=("ingress-backend-missing",))
def route_backend_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A route refers to a Service, port, Gateway or listener that does not exist or does not take it: people get an error."""
    for route in routes(inventory):
        for backend in (*route.backends, *route.mirrors):
            yield from _backend(inventory, route, backend)
        for parent in route.parents:
            yield from _parent(inventory, route, parent)
        yield from _hostnames(inventory, route)


def _backend(inventory: Inventory, route: Route, backend: Backend) -> Iterator[Accusation | Unjudged]:
    if backend.kind != "Service":
        return
    service = inventory.get("Service", backend.namespace, backend.name)
    name = f"Service {backend.namespace}/{backend.name}"
    sends = "sends copies of requests" if backend in route.mirrors else "sends requests"
    if service is None:
        answer = ask.thing(inventory, "Service", backend.namespace, backend.name, asker=route.resource)
        if answer.why:
            yield _unjudged(inventory, route, backend.name, backend.path, answer.why)
        if not answer.missing:
            return
        yield _accused(route, backend.path, f"{sends} to {name}, which nothing declares", absent=(backend.namespace,))
        return
    yield from _port(route, backend, service, f"{sends} to {{}} of {name}, which has {{}}")
    if route.resource.group == GROUP and not granted(
        inventory, route.resource, "Service", backend.namespace, backend.name
    ):
        if why := ask.anything(inventory, backend.namespace):
            yield _unjudged(inventory, route, f"ReferenceGrant in {backend.namespace}", backend.path, why)
            return
        what = f"{sends} to {name}, and no ReferenceGrant there lets a {route.resource.kind} of {route.resource.namespace} do so"
        yield _accused(route, f"{backend.path}.namespace", what, absent=(backend.namespace,))


def _port(route: Route, backend: Backend, service: Resource, said: str) -> Iterator[Accusation]:
    ports = service.get("spec.ports", [])
    if service.get("spec.type") == "ExternalName":
        return
    if backend.named and backend.named not in [port.get("name") for port in ports]:
        known = ", ".join(str(port["name"]) for port in ports if port.get("name")) or "none with a name"
        yield _accused(route, _of_port(route, backend), said.format(f"port {backend.named}", known))
    elif backend.port is not None and backend.port not in [port.get("port") for port in ports]:
        known = ", ".join(str(port.get("port")) for port in ports) or "none"
        yield _accused(route, _of_port(route, backend), said.format(f"port {backend.port}", known))


def _of_port(route: Route, backend: Backend) -> str:
    return f"{backend.path}.service.port" if route.resource.kind == "Ingress" else f"{backend.path}.port"


def _parent(inventory: Inventory, route: Route, parent: Parent) -> Iterator[Accusation | Unjudged]:
    if parent.kind != "Gateway":
        return
    gateway = gateway_of(inventory, parent)
    name = f"Gateway {parent.namespace}/{parent.name}"
    if gateway is None:
        answer = ask.thing(inventory, "Gateway", parent.namespace, parent.name, asker=route.resource)
        if answer.why:
            yield _unjudged(inventory, route, parent.name, parent.path, answer.why)
        if not answer.missing:
            return
        yield _accused(route, parent.path, f"hangs on {name}, which nothing declares", absent=(parent.namespace,))
        return
    listeners = gateway.get("spec.listeners", [])
    names = [str(listener.get("name")) for listener in listeners]
    if parent.section and parent.section not in names:
        said = f"hangs on listener {parent.section} of {parent.name}, which has {', '.join(names) or 'none'}"
        yield _accused(route, f"{parent.path}.sectionName", said)
        return
    found = meant(gateway, parent)
    if listeners and not found:
        known = ", ".join(dict.fromkeys(str(listener.get("port")) for listener in listeners))
        yield _accused(route, f"{parent.path}.port", f"hangs on port {parent.port} of {name}, which has {known}")
    elif found:
        yield from _refused(inventory, route, parent, [(gateway, listener) for listener in found])


def _refused(
    inventory: Inventory, route: Route, parent: Parent, found: list[tuple[Resource, Mapping[str, Any]]]
) -> Iterator[Accusation]:
    """Why no listener takes the route, if none does: its namespace, then its kind."""
    near = [listener for gateway, listener in found if admits(inventory, gateway, listener, route)]
    name = f"Gateway {parent.namespace}/{parent.name}"
    if not near:
        yield _accused(route, parent.path, f"hangs on {name}, which admits no routes of {route.resource.namespace}")
    elif not any(takes(listener, route.resource.kind) for listener in near):
        yield _accused(route, parent.path, f"hangs on {name}, whose listeners take no {route.resource.kind}")


def _hostnames(inventory: Inventory, route: Route) -> Iterator[Accusation]:
    """Hostnames that no listener of any parent has: where one parent is not known, it may."""
    if route.resource.kind not in NAMED or not route.parents:
        return
    listeners = list[Mapping[str, Any]]()
    for parent in route.parents:
        gateway = gateway_of(inventory, parent)
        near = [
            listener
            for listener in (meant(gateway, parent) if gateway else [])
            if gateway and admits(inventory, gateway, listener, route) and takes(listener, route.resource.kind)
        ]
        if not near:
            return
        listeners += near
    for index, hostname in enumerate(route.hostnames):
        if not any(serves(listener, hostname) for listener in listeners):
            known = ", ".join(dict.fromkeys(str(listener.get("hostname")) for listener in listeners))
            what = f"asks for {hostname}, and the listeners that it hangs on have {known}"
            yield _accused(route, f"spec.hostnames.{index}", what)


def _unjudged(inventory: Inventory, route: Route, name: str, path: str, why: str) -> Unjudged:
    return Unjudged(f"{route.resource.subject} → {name}", why, inventory.place(route.resource, path))


def _accused(route: Route, path: str, what: str, *, absent: tuple[str, ...] = ()) -> Accusation:
    hint = "name what exists, or declare what is named"
    return Accusation(route.resource, f"{route.resource.name} {what}", field=path, hint=hint, absent=absent)
