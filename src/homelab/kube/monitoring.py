"""Monitoring: which Prometheus loads which rules and monitors, and what a monitor selects, as the Prometheus operator joins them.

A selector that is absent selects nothing, an empty one everything; a namespace selector that is absent means the own
namespace, an empty one all (Prometheus operator API reference).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.selector import Labels, matches
from homelab.kube.workload import Workload

FIELDS = {
    "PrometheusRule": "rule",
    "ServiceMonitor": "serviceMonitor",
    "PodMonitor": "podMonitor",
}
"""Kind to the beginning of the fields of a Prometheus that select it."""


def namespace_labels(inventory: Inventory, name: str) -> Labels:
    """The labels of a namespace, its own name among them."""
    declared = inventory.get("Namespace", "", name)
    return {**(declared.labels if declared else {}), "kubernetes.io/metadata.name": name}


def loaded_by(inventory: Inventory, resource: Resource) -> tuple[Resource, ...]:
    """The Prometheuses that load a rule or a monitor, and the Thanos rulers that load a rule."""
    rulers = ("ThanosRuler",) if resource.kind == "PrometheusRule" else ()
    return tuple(p for p in inventory.of("Prometheus", *rulers) if _loads(inventory, p, resource))


def _loads(inventory: Inventory, prometheus: Resource, resource: Resource) -> bool:
    start = FIELDS[resource.kind]
    spaces = _selector(prometheus, f"{start}NamespaceSelector")
    if spaces is None:
        near = resource.namespace == prometheus.namespace
    else:
        near = matches(spaces, namespace_labels(inventory, resource.namespace))
    return near and matches(_selector(prometheus, f"{start}Selector"), resource.labels)


def _selector(prometheus: Resource, field: str) -> dict[str, object] | None:
    found = (prometheus.body.get("spec") or {}).get(field)
    return found if isinstance(found, dict) else None


def wanted_labels(inventory: Inventory, resource: Resource) -> Labels:
    """Labels with which the first Prometheus that selects by plain labels would load a rule or monitor."""
    for prometheus in inventory.of("Prometheus"):
        chosen = _selector(prometheus, f"{FIELDS[resource.kind]}Selector") or {}
        equal = chosen.get("matchLabels")
        if isinstance(equal, dict) and equal:
            return {str(k): str(v) for k, v in equal.items()}
    return {}


def monitored_namespaces(inventory: Inventory, monitor: Resource) -> tuple[str, ...]:
    """The namespaces a monitor looks into: its own unless it says otherwise."""
    wanted = monitor.get("spec.namespaceSelector", {})
    if wanted.get("any"):
        return inventory.namespaces
    return tuple(map(str, wanted.get("matchNames") or (monitor.namespace,)))


def services_of(inventory: Inventory, monitor: Resource) -> tuple[Resource, ...]:
    """The Services a ServiceMonitor selects, by the labels of the Services themselves."""
    spaces, chosen = set(monitored_namespaces(inventory, monitor)), monitor.get("spec.selector", {})
    equal = (chosen or {}).get("matchLabels") or {}
    index = inventory.once("services by label", lambda: _labelled(inventory.of("Service")))
    label = next(((key, str(value)) for key, value in equal.items()), None)
    candidates = index.get(label, ()) if label else inventory.of("Service")
    return tuple(s for s in candidates if s.namespace in spaces and matches(chosen, s.labels))


def _labelled(services: Iterable[Resource]) -> dict[tuple[str, str], list[Resource]]:
    """Services by each of their labels, in their order."""
    found: dict[tuple[str, str], list[Resource]] = defaultdict(list)
    for service in services:
        for key, value in service.labels.items():
            found[key, str(value)].append(service)
    return found


def pods_of(inventory: Inventory, monitor: Resource) -> tuple[Workload, ...]:
    """The workloads whose pods a PodMonitor selects."""
    chosen = monitor.get("spec.selector", {})
    return tuple(w for space in monitored_namespaces(inventory, monitor) for w in inventory.select(space, chosen))


def unlabelled(inventory: Inventory, monitor: Resource) -> bool:
    """Whether a Service there was made by a chart or operator whose labels nobody wrote down: it may be the one meant."""
    silent = inventory.once("namespaces with unlabelled services", lambda: _silent(inventory))
    return any(space in silent for space in monitored_namespaces(inventory, monitor))


def _silent(inventory: Inventory) -> frozenset[str]:
    return frozenset(
        s.namespace
        for s in inventory.of("Service")
        if s.origin.maker != "file" and not s.labels and not s.name.startswith("kubernetes")
    )
