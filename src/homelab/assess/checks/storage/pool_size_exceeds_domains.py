"""More copies than places: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import domains, pools
from homelab.findings import Severity
from homelab.ground import FILE
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def pool_size_exceeds_domains(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A pool wants more copies than there are failure domains: it never gets healthy."""
    ground = inventory.ground
    for pool in pools(inventory):
        resource = inventory.subject(pool.subject)
        if resource is None:
            continue
        if ground is None or not ground.nodes:
            yield Unjudged(str(pool.subject), f"no nodes are declared; {FILE} may say which carry disks")
            continue
        found = domains(ground, pool)
        if not found:
            why = (
                "which disks become Ceph's is decided on the nodes" if not pool.nodes else "its nodes are not declared"
            )
            yield Unjudged(str(pool.subject), why, inventory.place(resource, "spec"))
        elif len(found) < pool.size:
            yield Accusation(
                resource,
                f"{resource.name} wants {pool.size} copies in different {_word(pool.domain)}, and there are {len(found)}",
                field="spec.replicated.size",
                hint="fewer copies, a smaller failure domain, or another machine with disks",
            )


def _word(domain: str) -> str:
    return {"osd": "disks", "host": "nodes", "topology.kubernetes.io/zone": "machines"}.get(domain, f"{domain} domains")
