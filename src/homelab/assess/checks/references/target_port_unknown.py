"""A port nobody listens on: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def target_port_unknown(inventory: Inventory) -> Iterator[Accusation]:
    """A Service sends to a port by a name that no container of its pods has.

    Name and protocol count, of containers and of sidecars; an init container that ends listens no more
    (k8s.io/endpointslice v0.36 utils.go, FindPort).
    """
    for service in inventory.of("Service"):
        workloads = tuple(w for w in inventory.workloads_of(service) if w.containers)
        ports = [(p.get("name"), p.get("protocol") or "TCP") for w in workloads for c in w.containers for p in c.ports]
        for index, port in enumerate(service.get("spec.ports", [])):
            target = port.get("targetPort")
            wanted = (target, port.get("protocol") or "TCP")
            if workloads and isinstance(target, str) and not target.isdigit() and wanted not in ports:
                known = ", ".join(sorted({f"{n} ({p})" if n == target else n for n, p in ports if n})) or "none"
                yield Accusation(
                    service,
                    f"{service.name} sends to port {target}; containers of {workloads[0].name} name {known}",
                    field=f"spec.ports.{index}.targetPort",
                    hint="use the name of a container port, or its number",
                )
