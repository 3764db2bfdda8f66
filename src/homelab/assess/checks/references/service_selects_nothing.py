"""A Service without pods: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.unread import unread

SYSTEM = frozenset({"component", "k8s-app", "tier"})
"""Labels of the pods that Kubernetes itself runs in kube-system: control plane, DNS, kube-proxy."""


@check(severity=Severity.HIGH, aliases=("dangling-service", "service-targets-pod"))
def service_selects_nothing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A Service whose selector fits no pod: whoever calls it gets no answer."""
    for service in inventory.of("Service"):
        chosen = service.get("spec.selector")
        if not chosen or service.origin.maker == "operator" or _of_system(service) or inventory.workloads_of(service):
            continue
        if why := unread(inventory, service.namespace):
            yield Unjudged(str(service.subject), why, inventory.place(service, "spec.selector"))
            continue
        labels = ", ".join(f"{key}={value}" for key, value in chosen.items())
        yield Accusation(
            service,
            f"{service.name} selects pods with {labels}; {service.namespace or 'its namespace'} has none",
            field="spec.selector",
            hint="use the labels of the pod template, as they are after overlays",
            absent=(service.namespace,),
        )


def _of_system(service: Resource) -> bool:
    return service.namespace == "kube-system" and set(service.get("spec.selector", {})) <= SYSTEM
