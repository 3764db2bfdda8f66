"""When the way in needs a person: no proxy, errors, routes without a pod behind them.

Source of the metrics: Envoy's statistics as Prometheus sees them, https://www.envoyproxy.io/docs/envoy/latest/configuration/.
"""

from __future__ import annotations

from homelab.catalog import component
from homelab.catalog.component import Alert
from homelab.catalog.offers.gateway import PROXY_NAMESPACE, PROXY_SERVICE
from homelab.catalog.offers.monitoring import absent
from homelab.catalog.plan import Plan

JOB = f"{PROXY_NAMESPACE}/{PROXY_SERVICE}"
"""The scrape job of the proxies: a PodMonitor's job is called by its namespace and name."""


def alerts(_plan: Plan, _settings: component.Settings) -> tuple[Alert, ...]:
    """Alerts over proxies and controller."""
    failed = 'sum(rate(envoy_http_downstream_rq_xx{envoy_response_code_class="5"}[5m]))'
    return (
        Alert(
            "GatewayAbsent",
            f'absent(up{{job="{JOB}"}} == 1)',
            5,
            "critical",
            "No proxy answers: no hostname of the lab is reachable",
            f"`kubectl -n {PROXY_NAMESPACE} get pods` shows the proxies. When they run, Prometheus cannot reach them; when "
            "there are none, look at the Gateway's conditions: `kubectl -n gateway describe gateway homelab`.",
        ),
        Alert(
            "GatewayErrors",
            f"{failed} / sum(rate(envoy_http_downstream_rq_xx[5m])) > 0.05",
            10,
            "warning",
            "More than one request in twenty ends in an error of the server",
            "Group by `envoy_cluster_name` in `envoy_cluster_upstream_rq_xx` to see which application it is; its pods' logs "
            "say why. When it is all of them, look at the nodes and the pod network.",
        ),
        Alert(
            "RouteWithoutBackend",
            'sum by (envoy_cluster_name) (envoy_cluster_membership_healthy{envoy_cluster_name=~"httproute/.+"}) == 0',
            10,
            "warning",
            "A route has no ready pod behind it",
            "The label names the route as `httproute/<namespace>/<name>`. Look at the Service it leads to and its pods: "
            "`kubectl -n <namespace> get endpointslices`.",
        ),
        Alert(
            "GatewayProxyOnItsOwn",
            "min by (pod) (envoy_control_plane_connected_state) == 0",
            15,
            "warning",
            "A proxy has no connection to its controller and misses every change of routes",
            f"It goes on with the routes it knows. Look at the controller: `kubectl -n {PROXY_NAMESPACE} logs "
            "deployment/envoy-gateway`; a certificate that ended between the two is mended by running the chart's certgen "
            "job again, which a sync does.",
        ),
        absent("GatewayControllerAbsent", "envoy-gateway", what="the gateway's controller"),
    )
