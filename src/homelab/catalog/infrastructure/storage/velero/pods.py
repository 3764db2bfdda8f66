"""Sizes of the pods that Velero makes itself: those that tidy the stores of backups, and those that copy volumes.

They stand as JSON in ConfigMaps, which no schema sees, and are all or nothing: Velero parses the four values together, an
empty one is no quantity, and then no maintenance job starts at all, and pods that copy run without any size
(velero 1.18.1 pkg/util/kube/resource_requirements.go, pkg/repository/maintenance/maintenance.go,
pkg/cmd/cli/nodeagent/server.go). `"0"` means unbounded. The agent's ConfigMap must hold one key, whatever its name
(pkg/nodeagent/node_agent.go, GetConfigs).
"""

from __future__ import annotations

import json

from homelab.catalog.component import Values
from homelab.catalog.infrastructure.storage.velero.settings import Settings
from homelab.catalog.offers.lab import sized
from homelab.catalog.plan import Plan

MOVERS = "velero-node-agent"
"""The ConfigMap that the agent reads; the chart puts its own name before ours."""
UNBOUNDED = "0"


def _pods(plan: Plan, settings: Settings, cpu: str, memory: str, limit: str) -> Values:
    """Sizes in Velero's own words."""
    found = sized(plan, settings, cpu, memory, limit=limit)
    if not found:
        return {}
    asks, limits = found["requests"], found["limits"]
    return {
        "podResources": {
            "cpuRequest": asks["cpu"],
            "cpuLimit": limits.get("cpu", UNBOUNDED),
            "memoryRequest": asks["memory"],
            "memoryLimit": limits["memory"],
        }
    }


def maintenance(plan: Plan, settings: Settings) -> Values:
    """Sizes of the pods that tidy the backups' stores."""
    pods = _pods(plan, settings, "50m", "128Mi", "1Gi")
    return {"repositoryMaintenanceJob": {"repositoryConfigData": {"global": pods}}} if pods else {}


def movers(plan: Plan, settings: Settings) -> Values:
    """Sizes of the pods in which the agent copies a volume, by the file that the agent reads."""
    pods = _pods(plan, settings, "50m", "256Mi", "2Gi")
    if not pods or not settings.volumes:
        return {}
    return {"configMaps": {"node-agent": {"data": {"node-agent-config.json": json.dumps(pods, indent=2) + "\n"}}}}
