"""One proxy for everything: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Patch, Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.routing.exposure import weighed
from homelab.kube.routing.gateways import controller, data_plane


@check(severity=Severity.HIGH, nodes=2)
def gateway_data_plane_single_replica(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """One proxy carries every hostname of a Gateway; replicas of the controller do not help."""
    seen: set[object] = set()
    for gateway in inventory.of("Gateway"):
        if gateway.group != "gateway.networking.k8s.io":
            continue
        if controller(inventory, gateway) is None:
            wanted = gateway.get("spec.gatewayClassName", "")
            why = f"its GatewayClass {wanted} is not declared, so nobody knows what serves it"
            yield Unjudged(str(gateway.subject), why, inventory.place(gateway, "spec.gatewayClassName"))
            continue
        found = data_plane(inventory, gateway)
        if found is None or found.replicas > 1 or (found.owner.identity, found.field) in seen:
            continue
        seen.add((found.owner.identity, found.field))
        if found.owner is gateway and (why := ask.anything(inventory, gateway.namespace)):
            yield Unjudged(f"the proxies of {gateway.subject}", why, inventory.place(gateway, "spec"))
            continue
        yield Accusation(
            found.owner,
            f"one proxy carries every hostname of Gateway {gateway.namespace}/{gateway.name}; two would survive a node",
            field=found.field,
            hint="set the replicas of the EnvoyProxy; scaling the envoy-gateway Deployment scales only the controller",
            fix=Patch(found.fix, "spec.provider.kubernetes.envoyDeployment.replicas", 2),
            severity=weighed(inventory, Severity.HIGH),
        )
