"""Upkeep: what keeps the containers of long-running workloads healthy and bounded, and which of them one may ask that of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homelab.findings import Patch
from homelab.kube.admission.served import minor
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig
from homelab.kube.routing.exposure import asked_ports
from homelab.kube.workload import Container, Workload


def kept_running(inventory: Inventory) -> Iterator[Workload]:
    """Long-running workloads whose pod template somebody can edit: what operators make is left to their makers."""
    for workload in inventory.workloads:
        if workload.long_running and workload.resource.origin.maker != "operator":
            yield workload


def group_of(workload: Workload) -> str | None:
    """The common cause under which missing practices of one owner are folded: its chart, its Application, its folder."""
    origin = workload.resource.origin
    return origin.via or origin.application or origin.file.rpartition("/")[0] or None


def served_ports(inventory: Inventory, workload: Workload) -> frozenset[int | str]:
    """Container ports (by number and by name) to which Services send requests; measurements are none."""
    found: set[int | str] = set()
    for service in inventory.services_of(workload):
        for port in asked_ports(service):
            target = port.get("targetPort", port.get("port"))
            if isinstance(target, int | str):
                found.add(target)
    return frozenset(found)


def serves(container: Container, ports: frozenset[int | str], *, alone: bool) -> bool:
    """Whether requests reach a container: a served port is its own, or it is the only one."""
    declared = {p.get("containerPort") for p in container.ports} | {p.get("name") for p in container.ports}
    return bool(declared & ports) or (alone and bool(ports))


FILLED = {"requests": ("defaultRequest", "default", "max", "min"), "limits": ("default", "max")}
"""What of a LimitRange fills in a missing request or limit: its maximum is the default limit, the default limit the default
request, and its minimum where there is neither (pkg/apis/core/v1/defaults.go, SetDefaults_LimitRangeItem)."""
POD_LEVEL = 34
"""Since this minor a pod as a whole may have requests and limits (KEP 2837, beta)."""


def supplied(inventory: Inventory, workload: Workload, kind: str, resource: str) -> bool:
    """Whether a container's missing `requests` or `limits` of a resource come from elsewhere: its pod, or a LimitRange."""
    if _pod_level(inventory) and any(
        dig(workload.pod, ["resources", each, resource]) is not None for each in dict.fromkeys((kind, "limits"))
    ):
        return True
    return any(
        limit.get("type") == "Container" and any(dig(limit, [key, resource]) is not None for key in FILLED[kind])
        for entry in inventory.once("limit ranges", lambda: _ranges(inventory)).get(workload.namespace, ())
        for limit in entry.get("spec.limits", [])
    )


def _ranges(inventory: Inventory) -> Mapping[str, list[Resource]]:
    by_space: dict[str, list[Resource]] = {}
    for entry in inventory.of("LimitRange"):
        by_space.setdefault(entry.namespace, []).append(entry)
    return by_space


def _pod_level(inventory: Inventory) -> bool:
    return (minor(inventory) or POD_LEVEL) >= POD_LEVEL


def probed(workload: Workload, container: Container, kind: str, ports: frozenset[int | str]) -> Patch | None:
    """The mend that gives a container a probe (`livenessProbe` …) of the TCP port that requests come to.

    None where no port is known to answer: a probe of a port that nobody serves restarts the container for ever.
    """
    port = _answering(container, ports, alone=len(workload.containers) == 1)
    if port is None:
        return None
    value = {"tcpSocket": {"port": port}, "periodSeconds": 10}
    return Patch(workload.subject, f"{container.path}.{kind}", value)


def _answering(container: Container, ports: frozenset[int | str], *, alone: bool) -> int | None:
    """A declared TCP port that a Service sends requests to; else the number that it names, for an only container."""
    for port in container.ports:
        if str(port.get("protocol", "TCP")) == "TCP" and {port.get("containerPort"), port.get("name")} & ports:
            return int(port["containerPort"])
    known = {port.get("containerPort") for port in container.ports}
    numbers = sorted(port for port in ports if isinstance(port, int) and port not in known)
    return numbers[0] if alone and len(ports) == 1 and numbers else None


def bounded(workload: Workload, container: Container, kind: str, wanted: Mapping[str, str]) -> Patch:
    """The mend that gives a container its missing `requests` or `limits`, all of them where it has none."""
    section = f"{container.path}.resources.{kind}"
    if not dig(container.body, ["resources", kind]):
        return Patch(workload.subject, section, dict(wanted))
    (name, value), *_ = wanted.items()
    return Patch(workload.subject, f"{section}.{name}", value)
