"""Shape: whether an object's fields have the types that everybody relies on; one that has not is said and not judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.kube.resource import dig
from homelab.kube.workload import TEMPLATES

MAPS = {
    "": ("metadata", "metadata.labels", "metadata.annotations"),
    "Service": ("spec", "spec.selector"),
    "PodDisruptionBudget": ("spec", "spec.selector", "spec.selector.matchLabels"),
    "Secret": ("data", "stringData"),
    "ConfigMap": ("data",),
}
"""Kind (empty for every kind) to the paths that hold maps, where they are there."""
LISTS = {
    "Service": ("spec.ports",),
    "HTTPRoute": ("spec.hostnames", "spec.parentRefs", "spec.rules"),
    "GRPCRoute": ("spec.hostnames", "spec.parentRefs", "spec.rules"),
    "Ingress": ("spec.rules", "spec.tls"),
    "Gateway": ("spec.listeners",),
    "Application": ("spec.sources",),
    "ServiceMonitor": ("spec.endpoints",),
    "PodMonitor": ("spec.podMetricsEndpoints",),
}
"""Kind to the paths that hold lists; their items are maps, but for host names."""
SPEC = frozenset({"StatefulSet", "Deployment", "DaemonSet", "Job", "CronJob", "Pod", *MAPS, *LISTS}) - {"Secret", "ConfigMap", ""}
CONTAINER_LISTS = ("env", "envFrom", "ports", "volumeMounts")
POD_LISTS = ("containers", "initContainers", "volumes", "tolerations", "topologySpreadConstraints")


def misshapen(body: Mapping[str, Any]) -> str | None:
    """The first field of another type than it should have, as a sentence; None for an object as it should be."""
    return next(_wrong(body), None)


def _wrong(body: Mapping[str, Any]) -> Iterator[str]:
    kind = str(body.get("kind", ""))
    yield from _maps(body, MAPS[""] + MAPS.get(kind, ()) + (("spec",) if kind in SPEC else ()), "")
    for path in LISTS.get(kind, ()):
        yield from _lists(body, (path,), "", maps=not path.endswith("hostnames"))
    if kind in TEMPLATES:
        yield from _workload(body, kind)


def _workload(body: Mapping[str, Any], kind: str) -> Iterator[str]:
    replicas = dig(body, ["spec", "replicas"])
    if replicas is not None and (isinstance(replicas, bool) or not isinstance(replicas, int | float)):
        yield f"spec.replicas is {replicas!r}, not a number"
    if kind not in {"Pod", "Job", "CronJob"}:
        yield from _maps(body, ("spec.selector", "spec.selector.matchLabels"), "")
    start = TEMPLATES[kind]
    parts = start.split(".") if start else []
    for depth in range(1, len(parts) + 1):
        yield from _maps(body, (".".join(parts[:depth]),), "")
    template = dig(body, parts, {}) if parts else body
    if not isinstance(template, Mapping):
        return
    at = f"{start}." if start else ""
    yield from _maps(template, ("metadata", "metadata.labels", "metadata.annotations", "spec", "spec.affinity"), at)
    yield from _lists(template, tuple(f"spec.{name}" for name in POD_LISTS), at)
    for name in POD_LISTS[:2]:
        found = dig(template, ["spec", name], [])
        for index, container in enumerate(found if isinstance(found, list) else ()):
            if isinstance(container, Mapping):
                inside = f"{at}spec.{name}.{index}."
                yield from _lists(container, CONTAINER_LISTS, inside)
                yield from _maps(container, ("resources", "resources.requests", "resources.limits"), inside)


def _maps(value: Mapping[str, Any], paths: tuple[str, ...], at: str) -> Iterator[str]:
    for path in paths:
        found = dig(value, path.split("."))
        if found is not None and not isinstance(found, Mapping):
            yield f"{at}{path} is {_word(found)}, not a map"


def _lists(value: Mapping[str, Any], paths: tuple[str, ...], at: str, *, maps: bool = True) -> Iterator[str]:
    for path in paths:
        found = dig(value, path.split("."))
        if found is not None and not isinstance(found, list):
            yield f"{at}{path} is {_word(found)}, not a list"
        elif found and maps and not all(isinstance(item, Mapping) for item in found):
            yield f"{at}{path} holds something that is not a map"


def _word(value: object) -> str:
    return {dict: "a map", list: "a list", str: "text", bool: "true or false"}.get(type(value), "a number")
