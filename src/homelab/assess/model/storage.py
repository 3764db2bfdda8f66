"""Storage: which class stands on what, and when a replicated pool serves I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from homelab.assess.model.frame import NODE, Frame, Source
from homelab.assess.model.machines import Failure, failures_of, outside
from homelab.availability.system import All, AtLeast, Gate
from homelab.findings import Subject
from homelab.ground import Node
from homelab.kube.facts import Pool
from homelab.kube.inventory import Inventory

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

    Copies lost one domain at a time are made again elsewhere, where there is a domain to spare. Domains that fall
    together, with the machine under them, are not: some objects have no copy left until the machine is back.
    """
    name = f"pool/{pool.subject}"
    if name in frame.gates:
        return name
    domains = _domains(frame, pool)
    if not domains:
        return frame.every(name, ())
    tolerated = pool.size - pool.min_size
    failing = {f for nodes in domains.values() for node in nodes for f in failures_of(frame, node)}
    shared = Counter(f for nodes in domains.values() for f in {f for node in nodes for f in failures_of(frame, node)})
    healing = {f for f in failing if shared[f] <= tolerated} if len(domains) > pool.size else set()
    whole = tuple(_domain(frame, nodes, healing) for nodes in domains.values())
    return frame.every(name, (AtLeast(max(pool.min_size, len(domains) - tolerated), whole),))


def _domains(frame: Frame, pool: Pool) -> dict[str, list[Node]]:
    carriers = [n for n in frame.ground.nodes if (n.name in pool.nodes if pool.nodes else n.ceph)]
    found: dict[str, list[Node]] = defaultdict(list)
    for node in carriers:
        found[node.name if pool.domain in {"host", "osd"} else node.host or node.name].append(node)
    return dict(found)


def _domain(frame: Frame, nodes: list[Node], healing: set[Failure]) -> Gate:
    """That no disk of a domain is missing, or what was missing has been copied elsewhere by now."""
    terms: list[Gate | str] = []
    for node in nodes:
        heal = frame.hours("ceph.heal")
        terms += [f.borne(heal) if f in healing else f.over for f in failures_of(frame, node)]
        terms += [Failure(disk, brief=False).borne(heal) for disk in _disks(frame, node)]
        terms += outside(frame, node, ("reboot",))
    return All(tuple(terms))


def _disks(frame: Frame, node: Node) -> Iterator[str]:
    """The disks that a node gives to a pool; what one of them held is made again from its copies."""
    for number in range(len(node.ceph)):
        source = Source(f"disks of {node.name}", (Subject("Node", node.name),), option=f"nodes.{node.name}")
        yield frame.part(f"disk/{node.name}/{number}", frame.rate("disk.ssd"), source, NODE)
