"""A policy that forgets DNS: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.policies.names import deaf

MORE = ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy", "GlobalNetworkPolicy")
"""Policies of other languages: what they allow is not read here."""


@check(severity=Severity.MEDIUM)
def dns_egress_blocked(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """Pods may reach others by policy, but not the DNS that finds them: every call by name fails."""
    seen: set[tuple[str, str, str, str]] = set()
    for found in deaf(inventory):
        policy, workload = found.policy.resource, found.workload
        if policy.identity in seen:
            continue
        seen.add(policy.identity)
        field = f"{found.policy.path}.egress"
        if why := ask.anything(inventory, workload.namespace) or _elsewhere(inventory):
            yield Unjudged(f"{policy.subject}: DNS of {workload.subject}", why, inventory.place(policy, field))
            continue
        yield Accusation(
            policy,
            f"{workload.name} may reach what {policy.name} allows, but no policy lets it ask the cluster's DNS: no name is found",
            field=field,
            hint="allow UDP and TCP port 53 to the pods of DNS in kube-system",
            absent=(workload.namespace,),
        )


def _elsewhere(inventory: Inventory) -> str | None:
    """Why more may be allowed than the policies of Kubernetes and Cilium say: other languages, and policies that are made."""
    others = [*inventory.of(*MORE), *(r for r in inventory.of("NetworkPolicy") if r.group != "networking.k8s.io")]
    if others:
        return f"{others[0].subject} may allow more"
    for policy in inventory.of("ClusterPolicy", "Policy", "GeneratingPolicy"):
        if policy.kind == "GeneratingPolicy" or "'generate'" in str(policy.get("spec.rules", [])):
            return f"{policy.subject} may make policies"
    return None
