"""The lab's Gateway as other components ask for it: its names, and the HTTPRoute that publishes a Service on it.

Every hostname of the lab is served by one Gateway with one wildcard certificate; the component that owns a Service owns
its route. Whoever provides `gateway.http` makes the Gateway under these names, so swapping it changes no route.
"""

from __future__ import annotations

from collections.abc import Sequence

from homelab.capabilities import Capability
from homelab.catalog.flows import Route
from homelab.catalog.offers.lab import hostname
from homelab.catalog.plan import Plan, is_open, routes
from homelab.kube.resource import Manifest

GATEWAY = "homelab"
GATEWAY_NAMESPACE = "gateway"
HTTPS = "https"
"""The listener that ends TLS for `*.<domain>`."""
HTTP = "http"
"""The listener that only redirects to `https`."""
API_VERSION = "gateway.networking.k8s.io/v1"
PROXY_NAMESPACE = "envoy-gateway-system"
"""Where the proxies and their Service stand; Envoy Gateway puts them beside its controller."""
PROXY_SERVICE = "homelab-gateway"
"""The proxies' Service under a fixed name, so that the tunnel has something stable to point at."""
WILDCARD_SECRET = "wildcard-tls"  # noqa: S105 - the name of a Secret, not its value
"""The Secret, in the Gateway's namespace, that cert-manager fills with the wildcard certificate."""

PROXY_LABELS = {
    "gateway.envoyproxy.io/owning-gateway-name": GATEWAY,
    "gateway.envoyproxy.io/owning-gateway-namespace": GATEWAY_NAMESPACE,
}
"""Labels of the proxies' pods."""
CONTROLLER_LABELS = {"control-plane": "envoy-gateway"}
"""Labels of the pods that tell the proxies what to serve."""


def gateway_address(plan: Plan) -> str:
    """The Gateway's address on the LAN, to which every hostname resolves: the first of the load balancers'."""
    return plan.homelab.network.load_balancers.partition("-")[0].strip()


def routed(plan: Plan, *found: Route) -> tuple[Route, ...]:
    """Those of these hostnames that the Gateway serves: without a login only where the owner says so, by first label."""
    if not plan.has(Capability.GATEWAY_HTTP):
        return ()
    return tuple(route for route in found if is_open(plan, route))


def front_address(plan: Plan) -> str:
    """The address on the LAN to which the lab's hostnames resolve: as set, else `gateway_address`."""
    settings = plan.providers[Capability.GATEWAY_HTTP].settings
    return str(getattr(settings, "address", None) or gateway_address(plan))


def public_hosts(plan: Plan) -> tuple[str, ...]:
    """First labels of the hostnames that are called from outside: production routes of the applications under `access.public`."""
    if not plan.has(Capability.ACCESS_PUBLIC):
        return ()
    public = plan.homelab.access.public
    production = ((choice, route) for choice, route in routes(plan) if route.environment == "production")
    return tuple(route.host for choice, route in production if choice.name in public)


def http_route(plan: Plan, *, name: str, namespace: str, host: str, service: str, port: int) -> Manifest:
    """An HTTPRoute that serves `https://<host>.<domain>` from a Service of the route's own namespace.

    Args:
        plan: the lab, for its domain.
        name: name of the route.
        namespace: of the route and of the Service.
        host: first label of the hostname, as in `catalog.component.Route`.
        service: the Service behind it.
        port: the Service's port.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "parentRefs": [{"name": GATEWAY, "namespace": GATEWAY_NAMESPACE, "sectionName": HTTPS}],
            "hostnames": [hostname(plan, host)],
            "rules": [{"backendRefs": [{"name": service, "port": port}]}],
        },
    }


def only_below(route: Manifest, paths: Sequence[str]) -> Manifest:
    """The same route for these path prefixes only; without any, for every path."""
    if not paths:
        return route
    matches = [{"path": {"type": "PathPrefix", "value": path}} for path in paths]
    rules = [{"matches": matches, **rule} for rule in route["spec"]["rules"]]
    return {**route, "spec": {**route["spec"], "rules": rules}}
