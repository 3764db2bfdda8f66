"""Gaps: what a service needs and nobody here has read, so that its figure is only what it is at most."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.model import services
from homelab.assess.model.frame import Frame
from homelab.findings import Subject
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.routing.gateways import proxies
from homelab.kube.routing.routes import Backend, Route, gateway_of

CLUSTER = ".svc"


def of_route(frame: Frame, route: Route) -> tuple[str, ...]:
    """Why a hostname's figure is not whole: Gateways and backends that are not known, and what stands behind those that are."""
    found = [*_entrance(frame.inventory, route)]
    for backend in route.backends:
        found += _backend(frame, backend)
    return tuple(dict.fromkeys(found))


def of_applications(inventory: Inventory, names: frozenset[str]) -> tuple[str, ...]:
    """Why a capability's figure is not whole: its charts that were not read."""
    return tuple(
        f"{gap.what}: {gap.why}"
        for gap in inventory.unknown
        if gap.subject is not None and gap.subject.kind == "Application" and gap.subject.name in names
    )


def _entrance(inventory: Inventory, route: Route) -> Iterator[str]:
    """Who lets requests in: proxies that nobody knows are no perfect ones, and controllers of Ingresses are not modelled."""
    if route.resource.kind == "Ingress":
        yield f"who serves {route.resource.subject} is not part of the model"
    for parent in route.parents:
        gateway = gateway_of(inventory, parent) if parent.kind == "Gateway" else None
        if parent.kind == "Gateway" and gateway is None:
            yield f"Gateway {parent.namespace}/{parent.name} is not known"
        elif gateway is not None and not proxies(inventory, gateway):
            yield f"the proxies of Gateway {gateway.namespace}/{gateway.name} are not known"


def _backend(frame: Frame, backend: Backend) -> Iterator[str]:
    service = frame.inventory.get(backend.kind, backend.namespace, backend.name)
    what = f"{backend.kind} {backend.namespace}/{backend.name}"
    if service is None:
        answer = ask.thing(frame.inventory, backend.kind, backend.namespace, backend.name)
        yield f"{what} is not known" + (f": {answer.why}" if answer.why else "")
    elif backend.kind != "Service":
        yield f"what {what} leads to is not known"
    else:
        yield from _service(frame, service, frozenset())


def _service(frame: Frame, service: Resource, above: frozenset[Subject]) -> Iterator[str]:
    """What is not known of a Service: its pods, or those of what they call at run time."""
    workloads = frame.inventory.workloads_of(service)
    if not workloads:
        answer = ask.pods(frame.inventory, service.namespace, {"matchLabels": service.get("spec.selector")})
        outside = not service.get("spec.selector")
        why = "it leads out of what was read" if outside else answer.why
        yield f"what stands behind {service.subject} is not known" + (f": {why}" if why else "")
    for workload in workloads:
        for host, _ in services.calls_of(frame, workload):
            called = services.resolve(frame.inventory, workload.namespace, host)
            if called is None and CLUSTER in host and not _made(frame.inventory, workload.namespace, host):
                yield f"{workload.subject} calls {host}, which is not known"
            elif called is not None and called.subject not in above:
                yield from _service(frame, called, above | {service.subject, called.subject})


def _made(inventory: Inventory, namespace: str, host: str) -> bool:
    """Whether a Service that is called is known to be made at run time."""
    parts = host.split(".")
    space = parts[1] if len(parts) > 1 and parts[1] != "svc" else namespace
    return inventory.exists("Service", space, parts[0])
