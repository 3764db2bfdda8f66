"""No room after a machine is lost: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import demand, grounded, hosts, place, supply
from homelab.documents.quantity import rounded_bytes
from homelab.findings import Severity, Subject
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def no_room_after_host_loss(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """What is left when a machine is lost cannot carry what ran on it: pods stay pending until it is repaired."""
    ground = grounded(inventory, "whether everything fits after the loss of a machine")
    if isinstance(ground, Unjudged):
        yield ground
        return
    by_host = hosts(ground.nodes)
    if len(by_host) < 2 or not any(node.memory for node in ground.nodes):
        return
    for host in by_host:
        left = [node for node in ground.nodes if node not in by_host[host]]
        wanted, room = demand(inventory, left), supply(left)
        if wanted > room and supply(by_host[host]):
            yield Accusation(
                Subject("Host", host),
                f"without {host} pods want {rounded_bytes(wanted)} and find {rounded_bytes(room)};"
                f" {rounded_bytes(wanted - room)} would stay pending until it is repaired",
                hint="more memory in the other machines, smaller requests, or priorities that say what may wait",
                place=place(inventory, "hosts", host),
                option=f"hosts.{host}.memory" if any(h.name == host for h in ground.hosts) else f"nodes.{host}",
            )
