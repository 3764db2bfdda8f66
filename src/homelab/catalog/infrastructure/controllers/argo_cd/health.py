"""How Argo CD calls the health of objects for which its own script is no help.

Argo CD's script for CloudNativePG's `Cluster` reads the status before it looks whether there is one: a database that is
created before its operator runs makes the Application's health `Unknown`, and the wave after it never begins. Source:
argo-cd `resource_customizations/postgresql.cnpg.io/Cluster/health.lua` of 3.2 to 3.4, whose last lines index
`obj.status`; its mend is argo-cd#29055. Ours says `Progressing` until somebody has looked, and while anything ends by
itself; `Degraded` is what a person sees to, and a primary that is lost.
"""

from __future__ import annotations

from homelab.capabilities import Capability
from homelab.catalog.component import Values, because
from homelab.catalog.plan import Plan

HEALTHY = "Cluster in healthy state"
DEGRADED = (
    "Failing over",
    "Waiting for user action",
    "Unable to create required cluster objects",
    "Cluster cannot proceed to reconciliation due to an unknown plugin being required",
    "Cluster cannot proceed to reconciliation due to an error while interacting with plugins",
    "Cluster cannot execute instance online upgrade due to missing architecture binary",
    "Cluster has incomplete or invalid image catalog",
    "Cluster is unrecoverable and needs manual intervention",
)
"""Phases that wait for somebody, and the loss of a primary. Source: cloudnative-pg `api/v1/cluster_types.go`, `Phase…`."""

_DEGRADED = "".join(f'  ["{phase}"] = true,\n' for phase in DEGRADED)
_POSTGRES = f"""\
local degraded = {{
{_DEGRADED}}}
local said = obj.status or {{}}
local notes = (obj.metadata or {{}}).annotations or {{}}
local hs = {{status = "Progressing", message = said.phaseReason or said.phase or "the operator has not looked at it yet"}}
if notes["cnpg.io/reconciliation"] == "disabled" then
  return {{status = "Suspended", message = "its operator is told to leave it alone"}}
end
for _, condition in ipairs(said.conditions or {{}}) do
  if condition.type == "cnpg.io/hibernation" then
    hs.status = condition.status == "True" and "Suspended" or "Progressing"
    hs.message = condition.message
    return hs
  end
end
if said.phase == "{HEALTHY}" then
  hs.status = "Healthy"
elseif degraded[said.phase or ""] then
  hs.status = "Degraded"
end
return hs
"""


def customized(plan: Plan) -> Values:
    """Keys of `argocd-cm`: the health of databases, where the lab has their operator."""
    if not plan.has(Capability.DATABASE_POSTGRES):
        return {}
    why = "Argo CD's own script fails on a database that its operator has not seen yet (argo-cd#29055)"
    return {"resource.customizations.health.postgresql.cnpg.io_Cluster": because(_POSTGRES, why)}
