"""One control plane: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import place
from homelab.findings import Severity, Subject
from homelab.ground import FILE
from homelab.kube.inventory import Inventory

APART = "a third machine first, then three control planes, one on each; three on two machines gain little"
WHOLE = (
    "more replicas on one node gain nothing: a spare machine on the shelf, copies of the data outside of it "
    "(`backup.targets`) and a UPS are what shortens its loss; from three machines on nothing waits for one of them"
)


@check(severity=Severity.HIGH)
def single_control_plane_node(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """One control plane: its loss stops every change, failover and reschedule."""
    ground = inventory.ground
    if ground is None or not ground.nodes:
        yield Unjudged("the control plane", f"no nodes are declared; {FILE} may say which there are")
        return
    planes = [node for node in ground.nodes if node.control_plane]
    if len(planes) == 1:
        node = planes[0]
        on = f" on {node.host}" if node.host else ""
        whole = len(ground.nodes) == 1
        yield Accusation(
            Subject("Node", node.name),
            f"{node.name}{on} is the only {'node' if whole else 'control plane'}; while it is away "
            + ("everything is" if whole else "nothing is changed, moved or healed"),
            hint=WHOLE if whole else APART,
            place=place(inventory, "nodes", node.name),
            option=f"nodes.{node.name}",
        )
