"""When the way in needs a person: no proxy, errors, routes without a pod behind them.

Source of the metrics: Envoy's statistics as Prometheus sees them, https://www.envoyproxy.io/docs/envoy/latest/configuration/.
"""

from __future__ import annotations

from homelab.catalog import component
from homelab.catalog.flows import Pods
from homelab.catalog.offers.gateway import CONTROLLER_LABELS, PROXY_LABELS, PROXY_NAMESPACE, PROXY_SERVICE
from homelab.catalog.offers.monitoring import STATE_METRICS_UP, absent, listed, monitored
from homelab.catalog.plan import Plan, routes
from homelab.catalog.upkeep import Alert

JOB = f"{PROXY_NAMESPACE}/{PROXY_SERVICE}"
"""The scrape job of the proxies: a PodMonitor's job is called by its namespace and name."""
REQUESTS = 'envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix=~"https?-.+"'
"""Requests at the Gateway's listeners; without the prefix the kubelet's probes and Prometheus' own calls, which never fail,
would outnumber those of a small lab."""


def alerts(plan: Plan, settings: component.Settings) -> tuple[Alert, ...]:
    """Alerts over proxies and controller; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    failed = f'sum(rate({REQUESTS},envoy_response_code_class="5"}}[5m]))'
    return (
        Alert(
            "GatewayAbsent",
            f'absent(up{{job="{JOB}"}} == 1)',
            5,
            "critical",
            "No proxy answers: no hostname of the lab is reachable",
            f"`{listed(Pods(PROXY_NAMESPACE, PROXY_LABELS))}` shows the proxies. When they run, Prometheus cannot reach them; "
            "when there are none, look at the Gateway's conditions: `kubectl -n gateway describe gateway homelab`.",
        ),
        Alert(
            "GatewayErrors",
            f"{failed} / sum(rate({REQUESTS}}}[5m])) > 0.05",
            10,
            "warning",
            "More than one request in twenty ends in an error of the server",
            "Group by `envoy_cluster_name` in `envoy_cluster_upstream_rq_xx` to see which application it is; its pods' logs "
            "say why. When it is all of them, look at the nodes and the pod network.",
        ),
        *_without_backend(plan),
        Alert(
            "GatewayProxyOnItsOwn",
            "min by (pod) (envoy_control_plane_connected_state) == 0",
            15,
            "warning",
            "The proxy {{ $labels.pod }} has no connection to its controller and misses every change of routes",
            "It goes on with the routes it knows. Look at the controller: "
            f"`kubectl -n {PROXY_NAMESPACE} logs deployment/envoy-gateway`; a certificate that ended between the two is "
            "mended by running the chart's certgen job again, which a sync does.",
        ),
        absent(
            "GatewayControllerAbsent",
            "the gateway's controller",
            Pods(PROXY_NAMESPACE, CONTROLLER_LABELS),
            "envoy-gateway",
        ),
    )


def _without_backend(plan: Plan) -> tuple[Alert, ...]:
    """A routed Service without a ready endpoint.

    Envoy has no series for it: its controller takes the cluster away with the last endpoint and answers 503 at the route. So each
    routed Service is named, and the endpoints are those that kube-state-metrics counts; a slice is called by its Service
    and five more letters (kube-state-metrics 2.20 `internal/store/endpointslice.go` gives no other name of it).
    """
    routed = sorted({(route.namespace, service) for _choice, route in routes(plan) for service in route.services})
    if not routed:
        return ()
    silent = [
        f'label_replace(absent(kube_endpointslice_endpoints{{namespace="{namespace}",endpointslice=~"{service}-[^-]+",'
        f'ready="true"}}), "service", "{service}", "", "")'
        for namespace, service in routed
    ]
    return (
        Alert(
            "RouteWithoutBackend",
            "(\n  " + "\n  or ".join(silent) + f"\n) and {STATE_METRICS_UP}",
            10,
            "warning",
            "No ready pod stands behind the routed Service {{ $labels.namespace }}/{{ $labels.service }}",
            "Whoever calls its hostname gets 503. `kubectl get httproutes -A` shows the routes; "
            "`kubectl -n <namespace> get services,pods` whether the Service is there and its pods are ready.",
        ),
    )
