"""Plans by hand for component tests: labs of one node, two hosts or three hosts, with the components under test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Area, Component, Settings, because
from homelab.catalog.plan import Choice, Plan, parts_of
from homelab.software.software import Release
from homelab.spec.homelab import Homelab
from homelab.spec.section import settle

GIB = 1 << 30
SHAPES = {
    "one": ({"solo": "pve-1"}, {}),
    "two": ({"ctrl-0": "pve-1"}, {"worker-1": "pve-1", "worker-2": "pve-2", "worker-3": "pve-1", "worker-4": "pve-2"}),
    "three": (
        {"ctrl-0": "pve-1", "ctrl-1": "pve-2", "ctrl-2": "pve-3"},
        {"worker-1": "pve-1", "worker-2": "pve-2", "worker-3": "pve-3"},
    ),
}
"""Shape to its control planes and workers, each with its host."""


def lab(shape: str = "three", **more: Any) -> Homelab:
    """A lab of one node, of two hosts (one control plane) or of three hosts; workers have one 200 GiB Ceph disk."""
    control, workers = SHAPES[shape]
    nodes = {}
    for index, (name, host) in enumerate([*control.items(), *workers.items()]):
        role = "control-plane" if name in control else "worker"
        disks = () if name in control else (200 * GIB,)
        nodes[name] = {
            "role": role, "host": host, "address": f"192.168.1.{10 + index}", "cpu": 8, "memory": 16 * GIB,
            "disk": 100 * GIB, "ceph": disks,
        }  # fmt: skip
    hosts = {
        h: {"cpu": 32, "memory": 96 * GIB, "disks": {"nvme": 2000 * GIB}}
        for h in sorted({n["host"] for n in nodes.values()})
    }
    network = {
        "nodes": "192.168.1.0/24",
        "gateway": "192.168.1.1",
        "load_balancers": "192.168.1.150-192.168.1.170",
        "api": "192.168.1.9" if len(control) > 1 else None,
    }
    raw = {"homelab": "v1", "name": shape, "domain": "example.org", "hosts": hosts, "nodes": nodes, "network": network}
    found = Homelab.model_validate({**raw, **more})
    settle(found, "")
    return found


def stub(name: str, *provides: Capability) -> Component:
    """A component of which only what it provides matters: a neighbour of the one under test."""
    return Component(name, Area.INFRASTRUCTURE, name, Settings, provides=frozenset(provides))


METRICS = stub("kube-prometheus-stack", Capability.METRICS_CRDS, Capability.METRICS_STORE, Capability.ALERTS_ROUTE)
EVERYTHING_OFF = dict.fromkeys(
    (
        "budgets", "spread", "probes", "requests", "security_contexts", "network_policies", "backup_schedules",
        "database_backups", "alerts", "monitors",
    ),
    False,
)  # fmt: skip
"""Practices of a lab as it often is: none."""


def plan(homelab: Homelab, *components: Component, settings: Mapping[str, Mapping[str, Any]] | None = None) -> Plan:
    """A plan of these components in this order; `settings` by component name."""
    chosen = []
    for component in components:
        typed = component.settings.model_validate((settings or {}).get(component.name, {}))
        settle(typed, f"components.{component.name}")
        chosen.append(Choice(component, typed, "test"))
    return Plan(homelab, tuple(chosen))


def plain(value: Any) -> Any:
    """Values as the chart gets them: without the reasons."""
    if isinstance(value, because):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def releases(made: Plan, name: str) -> dict[str, Release]:
    """Each chart of a component as it is installed in a plan, by the name of its part."""
    choice = made.by_name[name]
    return {
        part.name: Release(
            part.chart.name,
            part.chart.repository,
            part.chart.pin(made.homelab.versions.kubernetes),
            part.release or part.name,
            part.namespace,
            plain(part.values(made, choice.settings)) if part.values else {},
        )
        for part in parts_of(made, choice)
        if part.chart
    }


def own(made: Plan, name: str) -> list[Any]:
    """Every manifest of our own that a component makes in a plan."""
    choice = made.by_name[name]
    parts = parts_of(made, choice)
    return [plain(body) for part in parts if part.resources for body in part.resources(made, choice.settings)]
