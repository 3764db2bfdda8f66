"""Announced: which Services' addresses Cilium makes known on the LAN, and from which nodes.

Source: Cilium documentation, L2 Announcements / L2 Aware LB (`enable-l2-announcements`, CiliumL2AnnouncementPolicy).
"""

from __future__ import annotations

from collections.abc import Mapping

from homelab.kube import selector
from homelab.kube.facts import Announces
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

POLICY = "CiliumL2AnnouncementPolicy"
SETTINGS, KEY = "cilium-config", "enable-l2-announcements"
CLASS = "io.cilium/l2-announcer"


def switched_off(inventory: Inventory) -> str | None:
    """Where Cilium is told to announce nothing; None where it is told to, or nothing is known."""
    said = inventory.facts_of(Announces)
    if said:
        return None if any(fact.on for fact in said) else f"the values of release {said[0].subject.name} leave"
    for settings in inventory.of("ConfigMap"):
        if settings.name == SETTINGS and isinstance(data := settings.get("data"), Mapping) and data:
            return f"ConfigMap {SETTINGS} leaves" if str(data.get(KEY, "false")) == "false" else None
    return None


def announcing(inventory: Inventory, service: Resource) -> Resource | None:
    """The policy that announces a Service's load balancer addresses."""
    if service.get("spec.type") != "LoadBalancer" or service.get("spec.loadBalancerClass") not in {None, "", CLASS}:
        return None
    own = {"io.kubernetes.service.namespace": service.namespace, "io.kubernetes.service.name": service.name}
    for policy in inventory.of(POLICY):
        chosen = policy.get("spec.serviceSelector")
        if policy.get("spec.loadBalancerIPs") and (not chosen or selector.matches(chosen, {**service.labels, **own})):
            return policy
    return None
