"""An even number of control planes: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import place
from homelab.findings import Severity, Subject
from homelab.ground import FILE
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def etcd_members_even_or_few(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """An even number of etcd members: one more to fail, and no more that may."""
    ground = inventory.ground
    if ground is None or not ground.nodes:
        yield Unjudged("the members of etcd", f"no nodes are declared; {FILE} may say which there are")
        return
    planes = [node for node in ground.nodes if node.control_plane]
    if planes and len(planes) % 2 == 0:
        last = planes[-1]
        yield Accusation(
            Subject("Node", last.name),
            f"{len(planes)} control planes tolerate {(len(planes) - 1) // 2} lost, no more than {len(planes) - 1} would",
            hint="run three or five",
            place=place(inventory, "nodes", last.name),
            option=f"nodes.{last.name}",
        )
