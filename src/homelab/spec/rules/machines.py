"""Machines: hosts that exist, virtual machines that fit on them, identities that are nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from homelab.documents.quantity import rounded_bytes
from homelab.spec.derived import mac, network_documents, vm_id
from homelab.spec.rules.ip import address
from homelab.spec.source import Problem
from homelab.spec.words import near

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab


def unknown_host(homelab: Homelab) -> Iterator[Problem]:
    """A node stands on a host that is declared."""
    for name, node in homelab.nodes.items():
        if node.host is not None and node.host not in homelab.hosts:
            hint = near(node.host, homelab.hosts, otherwise=lambda names: f"known: {', '.join(names)}")
            yield Problem(f"nodes.{name}.host", f"{node.host} is not one of hosts", hint or "declare it under hosts")


def without_host(homelab: Homelab) -> Iterator[Problem]:
    """Where there are hosts, every node says which one carries it."""
    for name, node in homelab.nodes.items() if homelab.hosts else ():
        if node.host is None:
            hint = f"add host: {next(iter(homelab.hosts))}; a lab has hosts for all of its nodes, or none"
            yield Problem(f"nodes.{name}.host", "is missing, and the lab has", hint, also="hosts", at_key=True)


def identities(homelab: Homelab) -> Iterator[Problem]:
    """No two machines share a hardware address, or (as virtual machines) an id, given or derived."""
    macs: dict[str, str] = {}
    ids: dict[int, str] = {}
    for name, node in homelab.nodes.items():
        if node.mac or node.host:
            own = mac(homelab.name, name, node)
            if (first := macs.setdefault(own, name)) != name:
                message = f"{own} is also the address of"
                yield Problem(f"nodes.{name}.mac", message, "give each its own, or none", also=f"nodes.{first}.mac")
        if node.host and address(node.address):
            number = vm_id(node)
            first = ids.setdefault(number, name)
            if first != name and node.address != homelab.nodes[first].address:
                message = f"{number} is also the id of"
                yield Problem(f"nodes.{name}.vm_id", message, "give each its own, or none", also=f"nodes.{first}.vm_id")


def only_virtual(homelab: Homelab) -> Iterator[Problem]:
    """A machine of its own has no id in Proxmox."""
    for name, node in homelab.nodes.items():
        if node.vm_id is not None and node.host is None:
            yield Problem(
                f"nodes.{name}.vm_id", "means nothing for a machine of its own", "take it out, or name its host"
            )


def install_disks(homelab: Homelab) -> Iterator[Problem]:
    """A machine of its own with several disks says which of them is the system's: the others are Ceph's to overwrite."""
    for name, node in homelab.nodes.items():
        if node.host is None and node.ceph and node.install_disk is None:
            hint = f"ask it: talosctl get disks --insecure --nodes {node.address}"
            message = "is missing, and beside raw disks nobody can tell the system's"
            yield Problem(f"nodes.{name}.install_disk", message, hint, at_key=True)


def ports(homelab: Homelab) -> Iterator[Problem]:
    """Before 1.12, Talos tells the ports of a machine by their hardware addresses only: each would get the address."""
    for name, node in homelab.nodes.items():
        if node.host is None and node.mac is None and not network_documents(homelab):
            hint = f"ask it: talosctl get links --insecure --nodes {node.address}; from versions.talos 1.12 on the port with the cable is found"
            message = f"is missing, and Talos {homelab.versions.talos} would give the address to every port"
            yield Problem(f"nodes.{name}.mac", message, hint, at_key=True)


def memory(homelab: Homelab) -> Iterator[Problem]:
    """The memory of a host's virtual machines fits into the host."""
    for host, machine in homelab.hosts.items():
        taken = sum(node.memory for node in homelab.nodes.values() if node.host == host)
        if taken > machine.memory:
            message = f"has {rounded_bytes(machine.memory)}, its virtual machines take {rounded_bytes(taken)}"
            yield Problem(f"hosts.{host}.memory", message, _largest(homelab, host, "memory"))


def disks(homelab: Homelab) -> Iterator[Problem]:
    """The disks of a host's virtual machines fit onto its disks; a host that names no disks is not judged."""
    for host, machine in homelab.hosts.items():
        taken = sum(node.disk + sum(node.ceph) for node in homelab.nodes.values() if node.host == host)
        room = sum(machine.disks.values())
        if machine.disks and taken > room:
            message = f"have {rounded_bytes(room)}, its virtual machines take {rounded_bytes(taken)}"
            yield Problem(
                f"hosts.{host}.disks", message, "give the virtual machines smaller disks, or the host a larger one"
            )


def processors(homelab: Homelab) -> Iterator[Problem]:
    """No virtual machine has more processors than its host has threads: the hypervisor refuses to start it."""
    for name, node in homelab.nodes.items():
        host = homelab.hosts.get(node.host or "")
        if host and node.cpu > host.cpu:
            message = f"is {node.cpu:g}, but its host has {host.cpu:g}:"
            yield Problem(f"nodes.{name}.cpu", message, also=f"hosts.{node.host}.cpu")


def _largest(homelab: Homelab, host: str, key: str) -> str:
    """A hint that names the machines, largest first."""
    there = [(getattr(node, key), name) for name, node in homelab.nodes.items() if node.host == host]
    listed = ", ".join(f"{name} {rounded_bytes(size)}" for size, name in sorted(there, reverse=True))
    return f"on it: {listed}"
