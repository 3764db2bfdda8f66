"""Questions every component asks about the lab: hosts, nodes, sizes, names. Plain functions over a Plan."""

from __future__ import annotations

from typing import Any

from homelab.catalog.component import Settings
from homelab.catalog.plan import Plan, practice
from homelab.spec import derived
from homelab.spec.hosts import Node

HOST_KEY = "topology.kubernetes.io/zone"
"""Node label whose value is the physical host."""
NODE_KEY = "kubernetes.io/hostname"

FACTORS = {"starter": 0.5, "homelab": 1.0, "enterprise": 1.5}
"""How a profile scales requests."""


def host_of(name: str, node: Node) -> str:
    """The failure domain of a node: its host, or itself where it is a machine of its own."""
    return node.host or name


def node_labels(plan: Plan, name: str, node: Node) -> dict[str, str]:
    """The topology labels of a node: its zone is the physical machine, by the name Proxmox knows it by."""
    host = host_of(name, node)
    known = plan.settings("proxmox").node_names if "proxmox" in plan.by_name else {}
    return {HOST_KEY: known.get(host, host), "topology.kubernetes.io/region": plan.homelab.name}


def hosts(plan: Plan) -> tuple[str, ...]:
    """The failure domains that carry nodes, in file order."""
    return tuple(dict.fromkeys(host_of(name, node) for name, node in plan.homelab.nodes.items()))


def control_planes(plan: Plan) -> dict[str, Node]:
    """The control plane nodes by name."""
    return derived.control_planes(plan.homelab)


def schedulable(plan: Plan) -> dict[str, Node]:
    """The nodes that run ordinary pods."""
    return derived.schedulable(plan.homelab)


def schedulable_hosts(plan: Plan) -> tuple[str, ...]:
    """The failure domains that run ordinary pods."""
    return tuple(dict.fromkeys(host_of(name, node) for name, node in schedulable(plan).items()))


def copies(plan: Plan, wanted: int) -> int:
    """A default replica count that the lab can use: `wanted`, but 1 on a lab of one node."""
    return wanted if len(schedulable(plan)) > 1 else 1


def hostname(plan: Plan, label: str) -> str:
    """The full hostname of a route."""
    return f"{label}.{plan.homelab.domain}"


def api_address(plan: Plan) -> str:
    """Where the Kubernetes API answers: the virtual address, else the single control plane's own."""
    return plan.homelab.network.api or next(iter(control_planes(plan).values())).address


def spread_over_hosts(plan: Plan, settings: Settings, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Topology spread constraints: over hosts where there are several, then over nodes; [] where the practice is off.

    Over hosts it is `ScheduleAnyway`: with two hosts a hard rule would leave pods pending while one is down.
    """
    if not practice(plan, settings, "spread") or len(schedulable(plan)) < 2:
        return []
    keys = [(NODE_KEY, "ScheduleAnyway")]
    if len(schedulable_hosts(plan)) > 1:
        keys.insert(0, (HOST_KEY, "ScheduleAnyway"))
    return [
        {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": rule, "labelSelector": {"matchLabels": dict(labels)}}
        for key, rule in keys
    ]


def sized(
    plan: Plan, settings: Settings, cpu: str, memory: str, *, limit: str | None = None, least: str = "0"
) -> dict[str, Any]:
    """Requests scaled by the profile, and a memory limit (`limit`, else twice the request); {} where the practice is off.

    `least` is what the program was seen to hold at rest, which no profile makes smaller.
    CPU has no limit: throttling hurts more than a busy neighbour, and requests already share the processor fairly.
    """
    from homelab.documents.quantity import format_bytes, format_cpu, parse_bytes, parse_cpu

    if not practice(plan, settings, "requests"):
        return {}
    factor = FACTORS[plan.homelab.profile]
    request = max(int(parse_bytes(memory) * factor), int(parse_bytes(least)))
    return {
        "requests": {"cpu": format_cpu(int(parse_cpu(cpu) * factor)), "memory": format_bytes(request)},
        "limits": {"memory": format_bytes(int(parse_bytes(limit) * max(1.0, factor)) if limit else request * 2)},
    }


def restricted_pod() -> dict[str, Any]:
    """Pod security context of the restricted level."""
    return {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def restricted_container() -> dict[str, Any]:
    """Container security context of the restricted level, with a read-only root."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
