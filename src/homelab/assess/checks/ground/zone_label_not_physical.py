"""Zones that are none: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import grounded, hosts, place
from homelab.findings import Severity, Subject
from homelab.kube.inventory import Inventory
from homelab.kube.spread import ZONE


@check(severity=Severity.HIGH)
def zone_label_not_physical(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Nodes of one machine carry different zone labels: copies in two zones die together."""
    ground = grounded(inventory, "whether zones are machines")
    if isinstance(ground, Unjudged):
        yield ground
        return
    for host, nodes in hosts(ground.nodes).items():
        zones = sorted({node.labels[ZONE] for node in nodes if ZONE in node.labels})
        if len(zones) > 1:
            second = next(node for node in nodes if node.labels.get(ZONE) == zones[1])
            yield Accusation(
                Subject("Host", host),
                f"nodes of {host} are in zones {' and '.join(zones)}; what is spread over those zones stands on one machine",
                hint="label nodes with the machine that carries them",
                place=place(inventory, "nodes", second.name, "labels", ZONE),
                option=f"nodes.{second.name}",
            )
