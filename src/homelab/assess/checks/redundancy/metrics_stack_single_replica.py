"""Monitoring alone: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import weighed

WANTED = {"Prometheus": 2, "Alertmanager": 3}


@check(severity=Severity.MEDIUM, nodes=2)
def metrics_stack_single_replica(inventory: Inventory) -> Iterator[Accusation]:
    """Prometheus or Alertmanager runs alone: while its node is away nobody is told."""
    for kind, wanted in WANTED.items():
        for resource in inventory.of(kind):
            if resource.group == "monitoring.coreos.com" and int(resource.get("spec.replicas", 1)) == 1:
                yield Accusation(
                    resource,
                    f"{kind} {resource.name} runs one replica; the node that dies may take the alert about it along",
                    field="spec.replicas",
                    hint=f"run {wanted}; each keeps its own data, so the price is memory and disk",
                    fix=Patch(resource.subject, "spec.replicas", wanted),
                    severity=weighed(inventory, Severity.MEDIUM),
                )
