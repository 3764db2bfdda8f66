"""Two counts of one thing: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import place
from homelab.errors import Place
from homelab.findings import Severity, Subject
from homelab.ground import FILE
from homelab.kube.facts import Machines
from homelab.kube.inventory import Inventory

LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")


@check(severity=Severity.MEDIUM)
def control_plane_count_disagrees(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """The lab file, OpenTofu, Talos or the cluster itself count different numbers of control planes."""
    counts = list(_counts(inventory))
    if [source for source, _, _ in counts] == [FILE]:
        yield Unjudged("the number of control planes", f"only {FILE} says it; no file that builds machines is readable")
        return
    if len({count for _, count, _ in counts}) < 2:
        return
    first, last = counts[0], next(c for c in reversed(counts) if c[1] != counts[0][1])
    said = "; ".join(f"{count} by {source}" for source, count, _ in counts)
    yield Accusation(
        Subject("File", last[0]),
        f"the number of control planes is {said}: every verdict about them depends on which is true",
        hint=f"keep one of them as the source, {first[0]} perhaps, and make the others from it",
        place=last[2],
    )


def _counts(inventory: Inventory) -> Iterator[tuple[str, int, Place | None]]:
    ground = inventory.ground
    if ground is not None and ground.nodes:
        yield FILE, sum(node.control_plane for node in ground.nodes), place(inventory, "nodes")
    for fact in inventory.facts_of(Machines):
        yield fact.subject.name, fact.control_planes, fact.place
    nodes = inventory.of("Node")
    planes = [node for node in nodes if any(label in node.labels for label in LABELS)]
    if planes:
        yield "the cluster's Nodes", len(planes), inventory.place(planes[0])
