"""When the network itself needs a person: nodes that do not reach each other, full tables, policies that do not load.

Source of the metrics: https://docs.cilium.io/en/v1.19/observability/metrics/ and cilium 1.19.5 `pkg/metrics/metrics.go`, which
gives the status of connectivity the labels `type` and `status` only: which agent says so is told by the scrape's own labels.
"""

from __future__ import annotations

from homelab.catalog import component
from homelab.catalog.flows import Pods
from homelab.catalog.offers.monitoring import absent, listed, monitored
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Alert

NAMESPACE = "kube-system"
AGENT = {"k8s-app": "cilium"}
OPERATOR = {"io.cilium/app": "operator", "name": "cilium-operator"}


def alerts(plan: Plan, settings: component.Settings) -> tuple[Alert, ...]:
    """Alerts over agents and operator; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    return (
        Alert(
            "CiliumNodeUnreachable",
            'max by (node) (cilium_node_health_connectivity_status{type="node",status="unreachable"}) > 0',
            10,
            "critical",
            "Node {{ $labels.node }} cannot reach another node over the pod network",
            "Look which: `kubectl -n kube-system exec ds/cilium -- cilium-health status`. When one node is unreachable from "
            "all others it is down or its link is; when two groups do not see each other, look at the switch, the VLAN and "
            "port 8472/UDP between the hosts.",
        ),
        Alert(
            "CiliumPolicyNotApplied",
            'sum by (node) (increase(cilium_policy_change_total{outcome="fail"}[15m])) > 0',
            10,
            "warning",
            "A network policy was refused by the agent on {{ $labels.node }}",
            "The policy is not in force on that node. `kubectl get cnp,ccnp -A` shows the one that is not valid; the agent's "
            "log has the reason. Mend the policy in Git.",
        ),
        Alert(
            "CiliumMapNearlyFull",
            "max by (node, map_name) (cilium_bpf_map_pressure) > 0.9",
            15,
            "warning",
            "The table {{ $labels.map_name }} of the datapath on {{ $labels.node }} is nearly full",
            f"At 1.0 new connections are dropped. `{listed(Pods(NAMESPACE, AGENT))} -o wide` names the agent of that node; look "
            "what fills the table there (`cilium-dbg map list`), then raise `bpf.mapDynamicSizeRatio`; agents restart one "
            "after another.",
        ),
        Alert(
            "CiliumEndpointNotReady",
            'sum by (node) (cilium_endpoint_state{endpoint_state=~"invalid|not-ready"}) > 0',
            30,
            "warning",
            "A pod has no network on {{ $labels.node }}",
            f"`{listed(Pods(NAMESPACE, AGENT))} -o wide` names the agent of that node; `cilium-dbg endpoint list` in it names "
            "the pod. Restarting that agent is safe: traffic of running pods goes on.",
        ),
        absent("CiliumAgentAbsent", "cilium", Pods(NAMESPACE, AGENT), "cilium-agent"),
        absent("CiliumOperatorAbsent", "the Cilium operator", Pods(NAMESPACE, OPERATOR), "cilium-operator"),
    )
