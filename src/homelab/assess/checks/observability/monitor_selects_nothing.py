"""A monitor of nothing: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.monitoring import loaded_by, monitored_namespaces, pods_of, services_of, unlabelled
from homelab.kube.resource import Resource


@check(severity=Severity.MEDIUM)
def monitor_selects_nothing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A ServiceMonitor or PodMonitor that selects nothing, or that no Prometheus selects: nothing is measured."""
    for monitor in inventory.of("ServiceMonitor", "PodMonitor"):
        if monitor.origin.maker != "file":
            continue
        service = monitor.kind == "ServiceMonitor"
        if not (services_of(inventory, monitor) if service else pods_of(inventory, monitor)):
            yield from _empty(inventory, monitor, "Service" if service else "pod")
        elif inventory.of("Prometheus") and not loaded_by(inventory, monitor):
            names = ", ".join(p.name for p in inventory.of("Prometheus"))
            yield Accusation(
                monitor,
                f"{monitor.name} is not selected by Prometheus {names}: nothing is measured",
                field="metadata.labels",
                hint="give it the labels by which Prometheus selects",
            )


def _empty(inventory: Inventory, monitor: Resource, what: str) -> Iterator[Accusation | Unjudged]:
    spaces = monitored_namespaces(inventory, monitor)
    chosen = monitor.get("spec.selector", {})
    selected = ask.services if what == "Service" else ask.pods
    answers = [selected(inventory, space, chosen) for space in spaces]
    if any(answer.there for answer in answers):
        return
    why = next((answer.why for answer in answers if answer.why), "")
    if not why and what == "Service" and unlabelled(inventory, monitor):
        why = "a chart or operator makes Services there whose labels are not known"
    if why:
        yield Unjudged(str(monitor.subject), why, inventory.place(monitor, "spec.selector"))
        return
    where = "any namespace" if len(spaces) > 3 else ", ".join(spaces) or "its namespace"
    yield Accusation(
        monitor,
        f"{monitor.name} selects no {what} in {where}: nothing is measured",
        field="spec.selector",
        hint="a ServiceMonitor selects by the labels of the Service itself, a PodMonitor by those of the pods",
        absent=tuple(spaces),
    )
