"""The repair path: what must stand for Argo CD to bring everything else back from Git, itself included.

Nothing on it is ever deleted by deleting its Application: one bad revert would otherwise take away the network over which
the next commit arrives, the keys that open what it holds, or the kinds that it is written in.
"""

from __future__ import annotations

from homelab.capabilities import Capability
from homelab.catalog.order import before
from homelab.catalog.plan import Plan

REPAIR = (
    Capability.GITOPS_SYNC,
    Capability.NETWORK_POD,
    Capability.NETWORK_POLICY,
    Capability.CLUSTER_DNS,
    Capability.POLICY_FOUNDATION,
    Capability.SECRETS_GIT,
    Capability.GATEWAY_API,
    Capability.TLS_ISSUER,
)
"""Capabilities whose loss a commit could not mend, or whose kinds take along every object that others wrote in them."""


def repair_path(plan: Plan) -> frozenset[str]:
    """Names of the components that provide these capabilities, and of whatever must stand before those."""
    found: set[str] = set()
    waiting = [plan.providers[capability].name for capability in REPAIR if capability in plan.providers]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(before(plan, plan.by_name[name]))
    return frozenset(found)
