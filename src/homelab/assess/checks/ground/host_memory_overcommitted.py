"""More memory promised than there is: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import grounded, hosts, place
from homelab.documents.quantity import rounded_bytes
from homelab.findings import Severity, Subject
from homelab.kube.inventory import Inventory

RESERVE = 0.10
"""Share of a machine's memory that its hypervisor and file cache need [A]."""


@check(severity=Severity.HIGH)
def host_memory_overcommitted(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """The virtual machines of a host were promised more memory than it can give."""
    ground = grounded(inventory, "whether the virtual machines fit")
    if isinstance(ground, Unjudged):
        yield ground
        return
    by_host = hosts(node for node in ground.nodes if node.virtual)
    for host in ground.hosts:
        promised = sum(node.memory for node in by_host.get(host.name, ()))
        if host.memory and promised > host.memory * (1 - RESERVE):
            yield Accusation(
                Subject("Host", host.name),
                f"virtual machines of {host.name} have {rounded_bytes(promised)} of {rounded_bytes(host.memory)};"
                f" a tenth should stay for the host itself",
                hint="make virtual machines smaller, or move one",
                place=place(inventory, "hosts", host.name, "memory"),
                option=f"hosts.{host.name}.memory",
            )
