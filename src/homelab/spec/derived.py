"""Derived: what follows from the file and therefore is not asked. One place, so that rules and renders agree."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from homelab.spec.hosts import Node, Role

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab

PROXMOX = "bc:24:11"
"""The hardware address prefix that Proxmox gives to virtual machines."""


def vm_id(node: Node) -> int:
    """The Proxmox id of a virtual machine: its own, else one that shows its address: 192.168.68.101 → 68101."""
    if node.vm_id is not None:
        return node.vm_id
    *_, third, fourth = (int(part) for part in node.address.split("."))
    return (third or 256) * 1_000 + fourth


def mac(lab: str, name: str, node: Node) -> str:
    """The hardware address of a virtual machine: its own, else one that stays the same for the same lab and name."""
    if node.mac:
        return node.mac.lower()
    digest = sha256(f"{lab}/{name}".encode()).hexdigest()
    return f"{PROXMOX}:{digest[:2]}:{digest[2:4]}:{digest[4:6]}"


def network_documents(homelab: Homelab) -> bool:
    """Whether this Talos takes the network as documents of its own, which can tell a port by its cable; since 1.12."""
    major, minor = homelab.versions.talos.split(".")[:2]
    return (int(major), int(minor)) >= (1, 12)


def schedulable(homelab: Homelab) -> dict[str, Node]:
    """The nodes that run ordinary pods: workers; control planes where there is no worker, or where told to."""
    workers = any(node.role is Role.WORKER for node in homelab.nodes.values())
    return {
        name: node
        for name, node in homelab.nodes.items()
        if (node.schedulable if node.schedulable is not None else node.role is Role.WORKER or not workers)
    }


def control_planes(homelab: Homelab) -> dict[str, Node]:
    """The nodes that run etcd and the API server."""
    return {name: node for name, node in homelab.nodes.items() if node.role is Role.CONTROL_PLANE}
