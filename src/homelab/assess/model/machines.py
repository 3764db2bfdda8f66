"""Hosts and nodes: what carries pods, what is planned on them, and the Kubernetes API that stands on the control planes."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

from homelab.assess.model.frame import HOST, MAINTENANCE, NODE, Frame, Source
from homelab.assess.model.timing import hours
from homelab.availability.system import All, AtLeast, Gate, Outside, Settled, Up
from homelab.documents.quantity import parse_bytes
from homelab.findings import Subject
from homelab.ground import Node

GIB = 1 << 30
UPGRADES = 6.0
"""Planned reboots of each node a year: Kubernetes minors and Talos patches, rolling (release cadence) [A]."""
REBOOT, DRAIN = 10 / 60, 1.5 / 60
"""Hours of a reboot, and of pods starting elsewhere when a node is drained [A]."""
HOST_UPDATES = 12.0
"""Kernel updates of each host a year; its virtual machines are not migrated (availability reference, section 8)."""
NODE_RESERVE = 0.12
"""Share of a node's memory that the system keeps: kubelet reservations and eviction threshold [A]."""


def parts_of(node: Node) -> tuple[str, ...]:
    """The parts whose failure is the node's: its host, the host's hypervisor, the machine's own system."""
    if not node.virtual or node.host is None:
        return (f"host/{node.host or node.name}", f"node/{node.name}")
    return (f"host/{node.host}", f"hypervisor/{node.host}", f"node/{node.name}")


def build(frame: Frame) -> None:
    """Name the gates `node/<name> runs`, `api`, and `elsewhere`: a pod of a dead machine can be started on another."""
    for node in frame.ground.nodes:
        _node(frame, node)
    _api(frame)
    _elsewhere(frame)


def _node(frame: Frame, node: Node) -> None:
    host = node.host or node.name
    subject = Subject("Host", host)
    spare = frame.ground.site.spare_host
    rate = frame.rate("host.spare" if spare else "host")
    frame.part(
        f"host/{host}",
        rate,
        Source(f"Host {host}", (subject,), _carries(frame, host), option=_option(frame, host)),
        HOST,
    )
    if node.virtual and node.host is not None:
        source = Source(f"Host {host}", (subject,), "its hypervisor", option=_option(frame, host))
        frame.part(f"hypervisor/{host}", frame.rate("host.software"), source, HOST)
    own = Source(f"Node {node.name}", (Subject("Node", node.name),), _role(frame, node), option=f"nodes.{node.name}")
    frame.part(f"node/{node.name}", frame.rate("vm" if node.virtual else "node.kubelet"), own, NODE)
    _planned(frame, node, host)
    frame.every(f"node/{node.name} runs", (*(Up(part) for part in parts_of(node)), *outside(frame, node, ("reboot",))))


def _planned(frame: Frame, node: Node, host: str) -> None:
    own = Source(f"upgrades of {node.name}", (Subject("Node", node.name),), "planned", option=f"nodes.{node.name}")
    frame.stay(f"drain {node.name}", UPGRADES, DRAIN, "planned upgrades", own)
    frame.stay(f"reboot {node.name}", UPGRADES, REBOOT, "planned upgrades", own)
    if node.virtual and node.host is not None and f"reboot host {host}" not in frame.stays:
        below = Source(f"updates of host {host}", (Subject("Host", host),), "planned", option=_option(frame, host))
        frame.stay(f"drain host {host}", HOST_UPDATES, DRAIN, "planned host updates", below)
        frame.stay(f"reboot host {host}", HOST_UPDATES, REBOOT, "planned host updates", below)


def outside(frame: Frame, node: Node, what: Iterable[str]) -> tuple[Gate, ...]:
    """That no planned work of these kinds (`drain`, `reboot`) is on the node or its host."""
    states = (f"{kind} {place}" for kind in what for place in (node.name, f"host {node.host or node.name}"))
    return tuple(Outside(MAINTENANCE, state) for state in states if state in frame.stays)


def allocatable(node: Node) -> int:
    """Bytes of memory that pods may request."""
    return int(node.memory * (1 - NODE_RESERVE))


def requested(frame: Frame) -> int:
    """Bytes of memory that all long-running pods request together, one DaemonSet pod a node."""
    total = 0
    for workload in frame.inventory.workloads:
        if workload.long_running:
            pods = len(frame.ground.nodes) if workload.daemon else (frame.inventory.least_replicas(workload) or 0)
            total += pods * sum(parse_bytes(c.request("memory") or 0) for c in workload.containers)
    return total


def _elsewhere(frame: Frame) -> None:
    """What is left has the memory, and enough control planes stand to decide it.

    Only machines that stay away count: a reboot is over before the pods of a dead machine are moved.
    """
    hosts = tuple(dict.fromkeys(node.host or node.name for node in frame.ground.nodes))
    room = [
        sum(allocatable(n) for n in frame.ground.nodes if n.schedulable and (n.host or n.name) == h) // GIB
        for h in hosts
    ]
    planes = [sum(n.control_plane for n in frame.ground.nodes if (n.host or n.name) == h) for h in hosts]
    stands = tuple(Up(f"host/{host}") for host in hosts)
    needed = max(1, min(-(-requested(frame) // GIB), sum(room)))
    quorum = sum(planes) // 2 + 1
    frame.gate("elsewhere", All((_weighed(needed, stands, room), _weighed(quorum, stands, planes))))


def _weighed(needed: int, gates: tuple[Gate, ...], weights: list[int]) -> Gate:
    """At least `needed` of the weight is up; a common divisor of all weights is taken out."""
    divisor = gcd(*weights) or 1
    return AtLeast(-(-needed // divisor), gates, tuple(weight // divisor for weight in weights))


def _api(frame: Frame) -> None:
    planes = [node for node in frame.ground.nodes if node.control_plane]
    names: tuple[Gate | str, ...] = tuple(f"node/{node.name} runs" for node in planes)
    gates: list[Gate | str] = [AtLeast(len(planes) // 2 + 1, names)]
    if len(planes) > 1:
        gates += [Settled(part, hours("talos.vip")) for part in parts_of(planes[0])]
    frame.every("api", gates)


def _role(frame: Frame, node: Node) -> str:
    planes = sum(1 for other in frame.ground.nodes if other.control_plane)
    if node.control_plane and planes == 1:
        return "the only control plane: no change, no failover while it is away"
    return "a control plane" if node.control_plane else "a worker"


def _option(frame: Frame, host: str) -> str:
    return f"hosts.{host}" if any(h.name == host for h in frame.ground.hosts) else f"nodes.{host}"


def _carries(frame: Frame, host: str) -> str:
    """What stands on a host, counted: `4 of 6 workers, 1 of 3 control planes, 4 of 6 OSDs`."""
    nodes = frame.ground.nodes
    here = [node for node in nodes if (node.host or node.name) == host]
    counts = (
        ("control planes", sum(n.control_plane for n in here), sum(n.control_plane for n in nodes)),
        ("workers", sum(not n.control_plane for n in here), sum(not n.control_plane for n in nodes)),
        ("OSDs", sum(len(n.ceph) for n in here), sum(len(n.ceph) for n in nodes)),
    )
    parts = []
    for what, count, of in counts:
        if count:
            parts.append(f"the only {what.removesuffix('s')}" if of == 1 else f"{count} of {of} {what}")
    return ", ".join(parts)
