"""Evictions: on which silent nodes Kubernetes gives pods up, and where it stops because too much of a zone is silent.

`pkg/controller/nodelifecycle` of Kubernetes 1.36 (ComputeZoneState, handleDisruption), with the defaults of its flags:
nodes with equal region and zone labels are one zone, those without either are one as well; a zone is partly disrupted
where more than two of its nodes and at least 55 % of them are silent, and a cluster of up to 50 nodes then evicts nobody
there; a zone of which nothing is left goes on, unless no zone has anything left.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from math import ceil

from homelab.assess.model.frame import Frame
from homelab.assess.model.machines import machine
from homelab.availability.system import All, AtLeast, Gate, Up
from homelab.ground import Ground, Node

UNHEALTHY, FEWEST, LARGE = 0.55, 3, 50
"""`--unhealthy-zone-threshold`; the least silent nodes that it counts for; `--large-cluster-size-threshold`."""
LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")

Zone = tuple[str, ...]


def zones(ground: Ground) -> Mapping[Zone, list[Node]]:
    """Nodes by the zone that their declared labels say."""
    found: dict[Zone, list[Node]] = defaultdict(list)
    for node in ground.nodes:
        found[zone_of(node)].append(node)
    return found


def zone_of(node: Node) -> Zone:
    """Region and zone, as declared; both empty is a zone too."""
    return tuple(node.labels.get(label, "") for label in LABELS)


def stopped(ground: Ground, silent: Collection[str]) -> frozenset[Zone]:
    """The zones in which nobody is evicted while these nodes are silent."""
    by_zone = zones(ground)
    dead = {zone: sum(node.name in silent for node in nodes) for zone, nodes in by_zone.items()}
    if all(dead[zone] == len(nodes) for zone, nodes in by_zone.items()):
        return frozenset(by_zone)
    if len(ground.nodes) > LARGE:
        return frozenset()
    return frozenset(zone for zone, nodes in by_zone.items() if borne(len(nodes)) < dead[zone] < len(nodes))


def borne(nodes: int) -> int:
    """How many silent nodes a zone of so many bears before evictions stop in it."""
    return max(FEWEST, ceil(UNHEALTHY * nodes - 1e-9)) - 1


def evicting(frame: Frame, node: Node) -> Gate | None:
    """That pods of a node are given up while its machine is away; None where no loss of machines stops that.

    A zone that lies on one machine is gone as a whole with it, which stops nothing while another zone stands. Of a zone
    on several machines it is asked how much of it stands; that evictions go on once the last of them has died as well
    is not counted.
    """
    nodes = zones(frame.ground)[zone_of(node)]
    hosts = Counter(each.host or each.name for each in nodes)
    allowed = borne(len(nodes))
    if len(hosts) < 2 or len(frame.ground.nodes) > LARGE or allowed >= len(nodes):
        return None
    parts = (tuple(name for name in machine(host) if name in frame.parts) for host in hosts)
    stand = tuple(All(tuple(Up(part) for part in each)) for each in parts)
    return AtLeast(len(nodes) - allowed, stand, tuple(hosts.values()))
