"""Nobody knows which machine carries which node: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import place
from homelab.findings import Severity, Subject
from homelab.ground import FILE
from homelab.kube.inventory import Inventory


@check(severity=Severity.MEDIUM)
def host_map_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Nothing says which virtual machine is on which host: every verdict about redundancy becomes an interval."""
    ground = inventory.ground
    if ground is None or not ground.nodes:
        yield Unjudged("the map of nodes to hosts", f"no nodes are declared; {FILE} may say which there are")
        return
    lost = [node for node in ground.nodes if node.virtual and node.host is None]
    if lost:
        names = ", ".join(node.name for node in lost)
        yield Accusation(
            Subject("Node", lost[0].name),
            f"nothing says which machine carries {names}; they may all be one machine, or each its own",
            hint="name the host of each node, or mark it `virtual: false` where it is a machine of its own",
            place=place(inventory, "nodes", lost[0].name),
            option=f"nodes.{lost[0].name}.host",
        )
