"""Hosts and nodes: what carries pods, what is planned on them, and the Kubernetes API that stands on the control planes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd

from homelab.assess.model.frame import HOST, MAINTENANCE, NODE, Frame, Source
from homelab.assess.model.timing import moved
from homelab.availability.system import All, Any_, AtLeast, Gate, LongDown, Outside, Settled, Up
from homelab.documents.quantity import parse_bytes
from homelab.findings import Subject
from homelab.ground import Node
from homelab.kube.facts import Failover

GIB = 1 << 30
BRIEF, RARE = 3.0, 1e-3
"""Outages are brief that last a third of the time until pods are moved, and rare where all of them fill so much of the time."""
NODE_RESERVE = 0.12
"""Share of a node's memory that the system keeps: kubelet reservations and eviction threshold [A]."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What stops a node: a part, or a state of `maintenance` where it is over before anybody moves its pods."""

    name: str
    brief: bool

    @property
    def machine(self) -> bool:
        """Whether it takes all nodes of the machine along."""
        return not self.name.startswith("node/")

    @property
    def over(self) -> Gate:
        """That it is not there."""
        return Outside(MAINTENANCE, self.name) if self.brief else Up(self.name)

    def borne(self, delay: float, *given: Gate | str) -> Gate:
        """That it is not there, or has been for so long that its work runs elsewhere, given what that takes."""
        if self.brief:
            return self.over
        return Any_((Up(self.name), All((LongDown(self.name, delay), *given)))) if given else Settled(self.name, delay)


def failures_of(frame: Frame, node: Node) -> tuple[Failure, ...]:
    """What stops a node: its host, the host's hypervisor, the machine's own system."""
    own = f"node/{node.name}"
    host = (f"host/{host_of(node)}",) if not node.virtual or node.host is None else machine(node.host)
    return (*(Failure(name, brief=False) for name in host), Failure(own, brief=own in frame.stays))


def machine(host: str) -> tuple[str, str]:
    """The parts of a host that carries virtual machines."""
    return f"host/{host}", f"hypervisor/{host}"


def host_of(node: Node) -> str:
    """The machine that carries a node; a machine by address is its own."""
    return node.host or node.name


def build(frame: Frame) -> None:
    """Name the gates `node/<name> runs`, `api`, and `elsewhere`: a pod of a dead machine can be started on another."""
    drain = frame.hours("kubernetes.drain")
    frame.drained = (
        *sorted({time for fact in frame.inventory.facts_of(Failover) if 0 < (time := handover(frame, fact)) < drain}),
        drain,
    )
    for node in frame.ground.nodes:
        _node(frame, node)
    _api(frame)
    _elsewhere(frame)


def handover(frame: Frame, fact: Failover) -> float:
    """Hours until another leads when the leader's node is emptied in order."""
    return frame.hours(fact.planned or fact.knob, fact.seconds if fact.switchover is None else fact.switchover)


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
    _own(frame, node, own)
    _planned(frame, node, host)
    alive = (failure.over for failure in failures_of(frame, node))
    frame.every(f"node/{node.name} runs", (*alive, *outside(frame, node, ("reboot",))))


def _own(frame: Frame, node: Node, source: Source) -> None:
    """A node's own failures: a part, or a state of what strikes one node at a time where that loses next to nothing.

    It loses that two nodes fail at once, and that pods leave a node which is back before they would.
    """
    name, rate = f"node/{node.name}", frame.rate("vm" if node.virtual else "node.kubelet")
    count = len(frame.ground.nodes)
    if count > 1 and BRIEF * rate.mttr < moved(frame, attached=False) and count * rate.unavailability < RARE:
        frame.stay(name, rate, rate.mttr, source.component, source, planned=False)
    else:
        frame.part(name, rate, source, NODE)


def _planned(frame: Frame, node: Node, host: str) -> None:
    own = Source(f"upgrades of {node.name}", (Subject("Node", node.name),), "planned", option=f"nodes.{node.name}")
    upgrade = frame.rate("node.upgrade")
    frame.drain(f"drain {node.name}", upgrade, "planned upgrades", own)
    frame.stay(f"reboot {node.name}", upgrade, upgrade.mttr, "planned upgrades", own)
    if node.virtual and node.host is not None and f"reboot host {host}" not in frame.stays:
        below = Source(f"updates of host {host}", (Subject("Host", host),), "planned", option=_option(frame, host))
        update = frame.rate("host.update")
        frame.drain(f"drain host {host}", update, "planned host updates", below)
        frame.stay(f"reboot host {host}", update, update.mttr, "planned host updates", below)


def outside(frame: Frame, node: Node, what: Iterable[str]) -> tuple[Gate, ...]:
    """That no planned work of these kinds (`drain`, `reboot`) is on the node or its host."""
    states = (f"{kind} {place}" for kind in what for place in (node.name, f"host {host_of(node)}"))
    every = (name for state in states for name in (frame.drains(state) if state.startswith("drain") else [state]))
    return tuple(Outside(MAINTENANCE, state) for state in every if state in frame.stays)


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
        gates += [failure.borne(frame.hours("talos.vip")) for failure in failures_of(frame, planes[0])]
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
