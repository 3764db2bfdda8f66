"""Copies that may share a machine: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import domains, grounded, host_of, pools
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def failure_domain_too_low(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Copies are spread over disks or virtual machines, several of which stand on one machine."""
    found = pools(inventory)
    ground = grounded(inventory, "whether copies share a machine") if found else None
    if isinstance(ground, Unjudged):
        yield ground
        return
    for pool in found if ground else ():
        resource = inventory.subject(pool.subject)
        if resource is None or ground is None or pool.size < 2:
            continue
        by_host: dict[str, int] = {}
        for nodes in domains(ground, pool).values():
            by_host[host_of(nodes[0])] = by_host.get(host_of(nodes[0]), 0) + 1
        most = max(by_host.values(), default=0)
        if most < 2 or len(by_host) < 2:
            continue
        lost = min(most, pool.size)
        enough = len(by_host) >= pool.size
        where = f"{len(by_host)} machines"
        verdict = (
            "may be lost with it" if lost == pool.size else f"may be gone with it, and {pool.min_size} must be there"
        )
        yield Accusation(
            resource,
            f"{resource.name} keeps copies apart by {pool.domain}, so one of {where} may hold {lost} of {pool.size}: they {verdict}",
            field="spec.failureDomain",
            hint="set failureDomain to the machine's label (zone)"
            if enough
            else "as many machines with disks as copies",
            fix=Patch(pool.subject, "spec.failureDomain", "zone") if enough else None,
            severity=Severity.HIGH if enough else Severity.MEDIUM,
        )
