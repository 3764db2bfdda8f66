"""Gateways: the proxies behind a Gateway, and who says how many there are."""

from __future__ import annotations

from dataclasses import dataclass

from homelab.findings import Subject
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.workload import Workload

ENVOY = "gateway.envoyproxy.io/gatewayclass-controller"
NAME, NAMESPACE = "gateway.envoyproxy.io/owning-gateway-name", "gateway.envoyproxy.io/owning-gateway-namespace"


@dataclass(frozen=True, slots=True)
class DataPlane:
    """How many proxies serve a Gateway; `owner` and `field` say where that number is (or would be) declared."""

    gateway: Resource
    replicas: int
    owner: Resource
    field: str
    fix: Subject


def proxies(inventory: Inventory, gateway: Resource) -> list[Workload]:
    """The workloads that are a Gateway's data plane, by the labels their operator gives them."""
    wanted = {NAME: gateway.name, NAMESPACE: gateway.namespace}
    return [w for w in inventory.workloads if all(w.labels.get(k) == v for k, v in wanted.items())]


def data_plane(inventory: Inventory, gateway: Resource) -> DataPlane | None:
    """The data plane of an Envoy Gateway; None where it is a DaemonSet, another implementation's, or unknown."""
    if controller(inventory, gateway) != ENVOY:
        return None
    owner = _parameters(inventory, gateway)
    base = "spec.provider.kubernetes"
    if owner is None:
        return DataPlane(
            gateway, 1, gateway, "spec.infrastructure", Subject("EnvoyProxy", gateway.name, gateway.namespace)
        )
    if owner.get(f"{base}.envoyDaemonSet") is not None:
        return None
    if owner.get(f"{base}.envoyHpa") is not None:
        field = f"{base}.envoyHpa.minReplicas"
    else:
        field = f"{base}.envoyDeployment.replicas"
    return DataPlane(gateway, int(owner.get(field, 1)), owner, field, owner.subject)


def controller(inventory: Inventory, gateway: Resource) -> str | None:
    """The controller of a Gateway's class; None where the class is not declared."""
    found = inventory.get("GatewayClass", "", str(gateway.get("spec.gatewayClassName", "")))
    return str(found.get("spec.controllerName", "")) if found else None


def _parameters(inventory: Inventory, gateway: Resource) -> Resource | None:
    """The EnvoyProxy of a Gateway: its own, else that of its class; the more specific one replaces the other."""
    own = gateway.get("spec.infrastructure.parametersRef")
    if own and own.get("kind") == "EnvoyProxy":
        return inventory.get("EnvoyProxy", gateway.namespace, str(own.get("name")))
    named = inventory.get("GatewayClass", "", str(gateway.get("spec.gatewayClassName", "")))
    ref = named.get("spec.parametersRef", {}) if named else {}
    return inventory.get("EnvoyProxy", str(ref.get("namespace", "")), str(ref.get("name", ""))) if ref else None
