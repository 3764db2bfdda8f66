"""Storage: which class stands on what, and when a replicated pool serves I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from homelab.assess.model.frame import POD, Frame, Source
from homelab.assess.model.machines import Failure, failures_of, outside
from homelab.availability.system import All, AtLeast, Gate
from homelab.findings import Subject
from homelab.ground import Node
from homelab.kube.facts import Pool
from homelab.kube.inventory import Inventory

ZONE = "topology.kubernetes.io/zone"
"""A label that Rook makes a bucket of the CRUSH map of."""
LOCAL = (
    "rancher.io/local-path",
    "csi.proxmox.sinextra.dev",
    "kubernetes.io/no-provisioner",
    "topolvm",
    "openebs.io/local",
    "local.csi",
)
"""Provisioners whose volumes never leave their node."""


def default_class(inventory: Inventory) -> str:
    """The name of the default StorageClass, empty when there is none."""
    for resource in inventory.of("StorageClass"):
        if str(resource.annotations.get("storageclass.kubernetes.io/is-default-class", "")).lower() == "true":
            return resource.name
    return ""


def is_local(inventory: Inventory, name: str) -> bool:
    """Whether volumes of a class are nailed to a node."""
    resource = inventory.get("StorageClass", "", name or default_class(inventory))
    provisioner = str(resource.body.get("provisioner", "")) if resource else ""
    return any(known in provisioner for known in LOCAL)


def pools_by_class(inventory: Inventory) -> Mapping[str, Pool]:
    """StorageClass name to the pool it stands on."""
    return {name: pool for pool in inventory.facts_of(Pool) for name in pool.classes}


def gate_of_pool(frame: Frame, pool: Pool) -> str:
    """Name the gate of a pool: so few failure domains have lost a disk that every object has `min_size` copies.

    What was lost is made again elsewhere while an object has a copy left and there are enough domains, also below
    `min_size`. It is not where a whole zone, rack or more is down: then monitors mark nothing out
    (`mon_osd_down_out_subtree_limit`, rack by default), and objects wait for the machine.
    """
    name = f"pool/{pool.subject}"
    if name in frame.gates:
        return name
    domains = _domains(frame, pool)
    if not domains:
        return frame.every(name, ())
    tolerated = pool.size - pool.min_size
    shared = Counter(f for nodes in domains.values() for f in {f for node in nodes for f in failures_of(frame, node)})
    spare = len(domains) - pool.size
    healing = {f for f, count in shared.items() if count < pool.size and count <= spare and _marked(frame, domains, f)}
    whole = tuple(_domain(frame, nodes, healing, spare=spare > 0) for nodes in domains.values())
    return frame.every(name, (AtLeast(max(pool.min_size, len(domains) - tolerated), whole),))


def _marked(frame: Frame, domains: Mapping[str, list[Node]], failure: Failure) -> bool:
    """Whether disks that a failure takes along are marked out: it leaves something of each zone that it touches."""
    zones: dict[str, list[bool]] = defaultdict(list)
    for node in (node for nodes in domains.values() for node in nodes):
        if zone := node.labels.get(ZONE):
            zones[zone].append(failure in failures_of(frame, node))
    return not any(all(struck) for struck in zones.values())


def _domains(frame: Frame, pool: Pool) -> dict[str, list[Node]]:
    carriers = [n for n in frame.ground.nodes if (n.name in pool.nodes if pool.nodes else n.ceph)]
    found: dict[str, list[Node]] = defaultdict(list)
    for node in carriers:
        host = node.host or node.name
        found[node.name if pool.domain in {"host", "osd"} else node.labels.get(pool.domain, host)].append(node)
    return dict(found)


def _domain(frame: Frame, nodes: list[Node], healing: set[Failure], *, spare: bool) -> Gate:
    """That no disk of a domain is missing, or what was missing has been copied elsewhere by now.

    A single disk is made again on another of its domain, or of one to spare.
    """
    spare = spare or sum(len(node.ceph) for node in nodes) > 1
    terms: list[Gate | str] = []
    for node in nodes:
        heal = frame.hours("ceph.heal")
        terms += [f.borne(heal) if f in healing else f.over for f in failures_of(frame, node)]
        disks = [Failure(disk, brief=False) for disk in _disks(frame, node)]
        terms += [disk.borne(heal) if spare else disk.over for disk in disks]
        terms += outside(frame, node, ("reboot",))
    return All(tuple(terms))


def _disks(frame: Frame, node: Node) -> Iterator[str]:
    """The disks that a node gives to a pool; what one of them held is made again from its copies."""
    for number in range(len(node.ceph)):
        source = Source(f"disks of {node.name}", (Subject("Node", node.name),), option=f"nodes.{node.name}")
        yield frame.part(f"disk/{node.name}/{number}", frame.rate("disk.ssd"), source, POD)
