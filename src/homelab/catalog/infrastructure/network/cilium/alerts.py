"""When the network itself needs a person: nodes that do not reach each other, full tables, policies that do not load.

Source of the metrics: https://docs.cilium.io/en/v1.19/observability/metrics/.
"""

from __future__ import annotations

from homelab.catalog import component
from homelab.catalog.component import Alert
from homelab.catalog.offers.monitoring import absent
from homelab.catalog.plan import Plan


def alerts(_plan: Plan, _settings: component.Settings) -> tuple[Alert, ...]:
    """Alerts over agents and operator."""
    return (
        Alert(
            "CiliumNodeUnreachable",
            'max by (source_node_name) (cilium_node_health_connectivity_status{type="node",status="unreachable"}) > 0',
            10,
            "critical",
            "A node cannot reach another node over the pod network",
            "Look which: `kubectl -n kube-system exec ds/cilium -- cilium-health status`. When one node is unreachable from "
            "all others it is down or its link is; when two groups do not see each other, look at the switch, the VLAN and "
            "port 8472/UDP between the hosts.",
        ),
        Alert(
            "CiliumPolicyNotApplied",
            'sum by (pod) (increase(cilium_policy_change_total{outcome="fail"}[15m])) > 0',
            15,
            "warning",
            "A network policy was refused by an agent",
            "The policy is not in force on that node. `kubectl get cnp,ccnp -A` shows the one that is not valid; the agent's "
            "log has the reason. Mend the policy in Git.",
        ),
        Alert(
            "CiliumMapNearlyFull",
            "max by (pod, map_name) (cilium_bpf_map_pressure) > 0.9",
            15,
            "warning",
            "A table of the datapath is nearly full",
            "At 1.0 new connections are dropped. Look what fills it (`cilium-dbg map list` in the agent of that pod), then "
            "raise `bpf.mapDynamicSizeRatio`; agents restart one after another.",
        ),
        Alert(
            "CiliumEndpointNotReady",
            'sum by (pod) (cilium_endpoint_state{endpoint_state=~"invalid|not-ready"}) > 0',
            30,
            "warning",
            "A pod has no network on its node",
            "`kubectl -n kube-system exec <that agent> -- cilium-dbg endpoint list` names it. Restarting that agent is safe: "
            "traffic of running pods goes on.",
        ),
        absent("CiliumAgentAbsent", "cilium-agent", what="cilium"),
        absent("CiliumOperatorAbsent", "cilium-operator", what="the Cilium operator"),
    )
