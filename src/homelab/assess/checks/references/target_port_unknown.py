"""A port nobody listens on: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def target_port_unknown(inventory: Inventory) -> Iterator[Accusation]:
    """A Service sends to a port by a name that no container of its pods has."""
    for service in inventory.of("Service"):
        workloads = inventory.workloads_of(service)
        names = {port.get("name") for w in workloads for c in (*w.containers, *w.init_containers) for port in c.ports}
        for index, port in enumerate(service.get("spec.ports", [])):
            target = port.get("targetPort")
            if workloads and isinstance(target, str) and not target.isdigit() and target not in names:
                known = ", ".join(sorted(filter(None, names))) or "none"
                yield Accusation(
                    service,
                    f"{service.name} sends to port {target}; containers of {workloads[0].name} name {known}",
                    field=f"spec.ports.{index}.targetPort",
                    hint="use the name of a container port, or its number",
                )
