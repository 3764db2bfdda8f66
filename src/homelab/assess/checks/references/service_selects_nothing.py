"""A Service without pods: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def service_selects_nothing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A Service whose selector fits no pod: whoever calls it gets no answer."""
    for service in inventory.of("Service"):
        chosen = service.get("spec.selector")
        if not chosen or service.origin.maker == "operator" or inventory.workloads_of(service):
            continue
        answer = ask.pods(inventory, service.namespace, {"matchLabels": chosen})
        if answer.why:
            yield Unjudged(str(service.subject), answer.why, inventory.place(service, "spec.selector"))
        if not answer.missing:
            continue
        labels = ", ".join(f"{key}={value}" for key, value in chosen.items())
        yield Accusation(
            service,
            f"{service.name} selects pods with {labels}; {service.namespace or 'its namespace'} has none",
            field="spec.selector",
            hint="use the labels of the pod template, as they are after overlays",
            absent=(service.namespace,),
        )
