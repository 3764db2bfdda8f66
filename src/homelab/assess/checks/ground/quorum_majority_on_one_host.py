"""A majority on one machine: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import counted, grounded, host_keys, host_of, hosts, most_on_one_host, place
from homelab.findings import Patch, Severity, Subject
from homelab.ground import Ground
from homelab.kube.facts import Quorum
from homelab.kube.inventory import Inventory
from homelab.kube.spread import ZONE, constraint, keys
from homelab.kube.workload import Workload


@check(severity=Severity.HIGH)
def quorum_majority_on_one_host(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """One machine carries so many members that its loss ends the quorum."""
    ground = grounded(inventory, "where the members of quorums stand")
    if isinstance(ground, Unjudged):
        yield ground
        return
    yield from _control_planes(inventory, ground)
    for quorum in inventory.facts_of(Quorum):
        resource = inventory.subject(quorum.subject)
        if len(quorum.members) != 1 or resource is None or len(hosts(ground.nodes)) < 2 or quorum.size < 3:
            continue
        workload = Workload(resource)
        spread = bool(keys(workload) & host_keys(ground))
        host, count = most_on_one_host(ground, workload, quorum.size, spread=spread)
        if quorum.size - count < quorum.need:
            field = f"{workload.pod_path}.topologySpreadConstraints"
            yield Accusation(
                resource,
                f"{host} may carry {count} of {quorum.size} {quorum.what}; with it gone fewer than {quorum.need} are left",
                field=field,
                hint="spread them over hosts, and have as many hosts as members",
                fix=None if spread else Patch(workload.subject, field, [constraint(workload, ZONE)]),
                severity=Severity.MEDIUM,
            )


def _control_planes(inventory: Inventory, ground: Ground) -> Iterator[Accusation]:
    planes = [node for node in ground.nodes if node.control_plane]
    need = len(planes) // 2 + 1
    for host, here in hosts(planes).items():
        if len(planes) > 1 and len(planes) - len(here) < need:
            yield Accusation(
                Subject("Host", host),
                f"{host} carries {len(here)} of {len(planes)} control planes ({counted(planes)}); without it no quorum is left",
                hint="one control plane on each of three machines; until then they only survive the loss of a VM",
                place=place(inventory, "nodes", next(n.name for n in here if host_of(n) == host), "host"),
                option=f"nodes.{here[0].name}.host",
            )
