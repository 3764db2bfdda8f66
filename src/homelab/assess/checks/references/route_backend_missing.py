"""A route into nothing: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.monitoring import namespace_labels
from homelab.kube.resource import Resource, dig
from homelab.kube.routes import Backend, Parent, Route, gateway_of, routes
from homelab.kube.selector import matches


@check(severity=Severity.HIGH, aliases=("dangling-ingress", "ingress-backend-missing"))
def route_backend_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A route refers to a Service, port, Gateway or listener that does not exist: people get an error."""
    for route in routes(inventory):
        for backend in route.backends:
            yield from _backend(inventory, route, backend)
        for parent in route.parents:
            yield from _parent(inventory, route, parent)


def _backend(inventory: Inventory, route: Route, backend: Backend) -> Iterator[Accusation | Unjudged]:
    if backend.kind != "Service":
        return
    service = inventory.get("Service", backend.namespace, backend.name)
    if service is None:
        answer = ask.thing(inventory, "Service", backend.namespace, backend.name, asker=route.resource)
        if answer.why:
            yield Unjudged(
                f"{route.resource.subject} → {backend.name}", answer.why, inventory.place(route.resource, backend.path)
            )
        if not answer.missing:
            return
        what = f"sends requests to Service {backend.namespace}/{backend.name}, which nothing declares"
        yield _accused(route, backend.path, what, absent=(backend.namespace,))
        return
    ports = [port.get("port") for port in service.get("spec.ports", [])]
    if backend.port is not None and backend.port not in ports:
        known = ", ".join(map(str, ports)) or "none"
        path, name = f"{backend.path}.port", f"{backend.namespace}/{backend.name}"
        yield _accused(route, path, f"sends requests to port {backend.port} of Service {name}, which has {known}")


def _parent(inventory: Inventory, route: Route, parent: Parent) -> Iterator[Accusation | Unjudged]:
    if parent.kind != "Gateway":
        return
    gateway = gateway_of(inventory, parent)
    if gateway is None:
        answer = ask.thing(inventory, "Gateway", parent.namespace, parent.name, asker=route.resource)
        if answer.why:
            yield Unjudged(
                f"{route.resource.subject} → {parent.name}", answer.why, inventory.place(route.resource, parent.path)
            )
        if not answer.missing:
            return
        what = f"hangs on Gateway {parent.namespace}/{parent.name}, which nothing declares"
        yield _accused(route, parent.path, what, absent=(parent.namespace,))
        return
    listeners = gateway.get("spec.listeners", [])
    names = [str(listener.get("name")) for listener in listeners]
    if parent.section and parent.section not in names:
        path = f"{parent.path}.sectionName"
        yield _accused(
            route, path, f"hangs on listener {parent.section} of {parent.name}, which has {', '.join(names) or 'none'}"
        )
        return
    wanted = [listener for listener in listeners if parent.section in {"", listener.get("name")}]
    if wanted and not any(_admits(inventory, gateway, listener, route) for listener in wanted):
        space = route.resource.namespace
        yield _accused(
            route, parent.path, f"hangs on Gateway {parent.namespace}/{parent.name}, which admits no routes of {space}"
        )


def _admits(inventory: Inventory, gateway: Resource, listener: Mapping[str, Any], route: Route) -> bool:
    """Whether a listener takes routes of a namespace: only those of its own unless it says otherwise."""
    allowed = dig(listener, ["allowedRoutes", "namespaces"], {})
    space = route.resource.namespace
    match allowed.get("from", "Same"):
        case "Same":
            return space == gateway.namespace
        case "Selector":
            return matches(allowed.get("selector"), namespace_labels(inventory, space))
        case other:
            return bool(other == "All")


def _accused(route: Route, path: str, what: str, *, absent: tuple[str, ...] = ()) -> Accusation:
    hint = "name what exists, or declare what is named"
    return Accusation(route.resource, f"{route.resource.name} {what}", field=path, hint=hint, absent=absent)
