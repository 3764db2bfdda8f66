"""A port nobody offers: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.monitoring import pods_of, services_of
from homelab.kube.resource import Resource


@check(severity=Severity.MEDIUM)
def monitor_port_unknown(inventory: Inventory) -> Iterator[Accusation]:
    """A monitor asks for a port by a name that nothing it selects has: nothing is measured."""
    for monitor in inventory.of("ServiceMonitor", "PodMonitor"):
        if monitor.origin.maker != "file":
            continue
        found, names = _ports(inventory, monitor)
        field = "spec.endpoints" if monitor.kind == "ServiceMonitor" else "spec.podMetricsEndpoints"
        for index, endpoint in enumerate(monitor.get(field, [])):
            port = endpoint.get("port")
            if found and port and port not in names:
                known = ", ".join(sorted(names)) or "none with a name"
                yield Accusation(
                    monitor,
                    f"{monitor.name} asks for port {port}; {found} has {known}",
                    field=f"{field}.{index}.port",
                    hint="`port` is the name of a Service's port; a container's number goes into `targetPort`",
                )


def _ports(inventory: Inventory, monitor: Resource) -> tuple[str, set[str]]:
    """What a monitor selects, and the names of its ports."""
    if monitor.kind == "ServiceMonitor":
        services = services_of(inventory, monitor)
        found = ", ".join(f"Service {s.name}" for s in services)
        return found, {str(p["name"]) for s in services for p in s.get("spec.ports", []) if p.get("name")}
    pods = pods_of(inventory, monitor)
    containers = [c for w in pods for c in (*w.containers, *w.init_containers)]
    return ", ".join(w.name for w in pods), {str(p["name"]) for c in containers for p in c.ports if p.get("name")}
