"""Listeners and grants: which routes a Gateway takes, and what may be referred to across namespaces.

Source: Gateway API v1, Listener (hostname, allowedRoutes), ParentReference (sectionName, port) and ReferenceGrant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.kube.inventory import Inventory
from homelab.kube.monitoring import namespace_labels
from homelab.kube.resource import Resource, dig
from homelab.kube.routing.routes import GROUP, Parent, Route
from homelab.kube.selector import matches

TAKEN = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}
"""Protocol of a listener to the kinds of routes that it can serve."""
NAMED = ("HTTPRoute", "GRPCRoute", "TLSRoute")
"""Kinds of routes with hostnames."""


def meant(gateway: Resource, parent: Parent) -> list[Mapping[str, Any]]:
    """The listeners that a parentRef means, by name and port."""
    return [
        listener
        for listener in gateway.get("spec.listeners", [])
        if parent.section in {"", listener.get("name")} and parent.port in {None, listener.get("port")}
    ]


def admits(inventory: Inventory, gateway: Resource, listener: Mapping[str, Any], route: Route) -> bool:
    """Whether a listener takes routes of a namespace: only those of its own unless it says otherwise."""
    allowed = dig(listener, ["allowedRoutes", "namespaces"], {})
    space = route.resource.namespace
    match allowed.get("from", "Same"):
        case "Same":
            return space == gateway.namespace
        case "Selector":
            return matches(allowed.get("selector"), namespace_labels(inventory, space))
        case other:
            return bool(other == "All")


def takes(listener: Mapping[str, Any], kind: str) -> bool:
    """Whether a listener takes routes of a kind: those that it lists, else those of its protocol."""
    listed = dig(listener, ["allowedRoutes", "kinds"], [])
    if listed:
        return any(each.get("kind") == kind and each.get("group", GROUP) == GROUP for each in listed)
    return kind in TAKEN.get(str(listener.get("protocol")), (kind,))


def serves(listener: Mapping[str, Any], hostname: str) -> bool:
    """Whether a listener has a hostname in common with one of a route; a wildcard stands for any number of labels."""
    own = str(listener.get("hostname") or "").lower()
    return not own or _common(own, hostname.lower()) or _common(hostname.lower(), own)


def _common(wide: str, narrow: str) -> bool:
    return wide == narrow or (wide.startswith("*.") and narrow.removeprefix("*").endswith(wide[1:]))


def granted(inventory: Inventory, origin: Resource, kind: str, namespace: str, name: str) -> bool:
    """Whether the namespace of an object lets an object of the Gateway API in another one refer to it."""
    if namespace == origin.namespace:
        return True
    for grant in inventory.of("ReferenceGrant"):
        if grant.namespace != namespace:
            continue
        for_us = any(
            (each.get("group"), each.get("kind"), each.get("namespace"))
            == (origin.group, origin.kind, origin.namespace)
            for each in grant.get("spec.from", [])
        )
        to_it = any(
            (each.get("group") or "", each.get("kind")) == ("", kind) and each.get("name") in {None, "", name}
            for each in grant.get("spec.to", [])
        )
        if for_us and to_it:
            return True
    return False
