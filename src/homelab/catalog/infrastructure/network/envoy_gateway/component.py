"""Envoy Gateway: every hostname of the lab enters here; TLS ends, and the route decides which Service answers.

Two things with replicas of their own: the controller, which is missed only when something changes, and the proxies, through
which every request passes. One Gateway on one address, with one wildcard certificate; HTTP only redirects.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.infrastructure.controllers.cert_manager import ISSUER
from homelab.catalog.infrastructure.network.envoy_gateway.alerts import alerts
from homelab.catalog.infrastructure.network.envoy_gateway.traffic import policies
from homelab.catalog.needs import change, run, start
from homelab.catalog.offers.gateway import (
    API_VERSION,
    CONTROLLER_LABELS,
    GATEWAY,
    GATEWAY_NAMESPACE,
    HTTP,
    HTTPS,
    PROXY_LABELS,
    PROXY_NAMESPACE,
    PROXY_SERVICE,
    WILDCARD_SECRET,
    gateway_address,
)
from homelab.catalog.offers.lab import copies, sized, spread_over_hosts
from homelab.catalog.offers.monitoring import endpoint, monitored, pod_monitor, service_monitor
from homelab.catalog.plan import Plan, practice
from homelab.kube.resource import Manifest
from homelab.spec.forms import Address
from homelab.spec.rules.ip import address, span
from homelab.spec.source import Problem
from homelab.spec.words import show

REPOSITORY = "oci://docker.io/envoyproxy"
VERSION = "v1.9.0"
CLASS = "envoy"
CERTGEN = {"app": "certgen"}
CRITICAL = "system-cluster-critical"


class Settings(component.Settings):
    """The way in."""

    replicas: int | None = Field(default=None, ge=1, le=3)
    """Pods of the controller, of which one leads; derived: two, one on a lab of one node."""
    proxy_replicas: int | None = Field(default=None, ge=1, le=10)
    """Proxies, through which every request passes; derived: two, one on a lab of one node. One is the ingress of the whole lab."""
    address: Address | None = None
    """Its address on the LAN, to which the hostnames shall resolve; derived: the first of `network.load_balancers`."""


def controllers(plan: Plan, settings: Settings) -> int:
    """How many controllers run."""
    return settings.replicas if settings.replicas is not None else copies(plan, 2)


def proxies(plan: Plan, settings: Settings) -> int:
    """How many proxies run."""
    return settings.proxy_replicas if settings.proxy_replicas is not None else copies(plan, 2)


def kinds(_plan: Plan, _settings: Settings) -> Values:
    """Only Envoy Gateway's own kinds: those of the Gateway API have their owner."""
    return {"crds": {"envoyGateway": {"enabled": True}}}


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the controller's chart."""
    count = controllers(plan, settings)
    deployment: dict[str, Any] = {"replicas": count, "priorityClassName": CRITICAL}
    if count > 1 and (spread := spread_over_hosts(plan, settings, CONTROLLER_LABELS)):
        deployment["pod"] = {"topologySpreadConstraints": spread}
    found: Values = {
        "crds": {
            "enabled": because(False, "its copy of the Gateway API is the experimental one, and would have two owners")
        },
        "deployment": deployment,
    }
    if resources := sized(plan, settings, cpu="50m", memory="192Mi", limit="512Mi"):
        deployment["envoyGateway"] = {"resources": resources}
        found["certgen"] = {"job": {"resources": sized(plan, settings, cpu="20m", memory="64Mi", limit="128Mi")}}
    if count > 1 and practice(plan, settings, "budgets"):
        found["podDisruptionBudget"] = {"maxUnavailable": 1}
    return found


def resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """The proxies' shape, the Gateway, the redirect, the time-outs, and who watches them."""
    yield _thing("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy", GATEWAY, PROXY_NAMESPACE, _proxy(plan, settings))
    parameters = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": GATEWAY, "namespace": PROXY_NAMESPACE}
    controller = "gateway.envoyproxy.io/gatewayclass-controller"
    yield _thing(API_VERSION, "GatewayClass", CLASS, "", {"controllerName": controller, "parametersRef": parameters})
    yield _thing(API_VERSION, "Gateway", GATEWAY, GATEWAY_NAMESPACE, _gateway(plan))
    yield _thing(API_VERSION, "HTTPRoute", "https-redirect", GATEWAY_NAMESPACE, _redirect())
    yield from policies(plan)
    if monitored(plan, settings):
        ends = [endpoint("metrics", path="/stats/prometheus")]
        yield pod_monitor(PROXY_SERVICE, PROXY_NAMESPACE, PROXY_LABELS, ends)
        yield service_monitor("envoy-gateway", PROXY_NAMESPACE, CONTROLLER_LABELS, [endpoint("metrics")])


def certificate(plan: Plan, _settings: Settings) -> Iterator[Manifest]:
    """The wildcard certificate; apart, because cert-manager's webhook is asked about it, and the front door is not to wait."""
    yield _thing("cert-manager.io/v1", "Certificate", "wildcard", GATEWAY_NAMESPACE, _certificate(plan))


def _thing(api: str, kind: str, name: str, namespace: str, spec: dict[str, Any]) -> Manifest:
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **where}, "spec": spec}


def _proxy(plan: Plan, settings: Settings) -> dict[str, Any]:
    count = proxies(plan, settings)
    pod: dict[str, Any] = {"priorityClassName": CRITICAL}
    deployment: dict[str, Any] = {"name": PROXY_SERVICE, "replicas": count, "pod": pod}
    if count > 1 and (spread := spread_over_hosts(plan, settings, PROXY_LABELS)):
        pod["topologySpreadConstraints"] = spread
    # A new proxy is ready before an old one goes, also where there is only one.
    deployment["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    if size := sized(plan, settings, cpu="100m", memory="256Mi", limit="1Gi"):
        deployment["container"] = {"resources": size}
        # The sidecar that drains connections has no field of its own.
        small = {
            "name": "shutdown-manager",
            "resources": sized(plan, settings, cpu="10m", memory="32Mi", limit="128Mi"),
        }
        deployment["patch"] = {"type": "StrategicMerge", "value": _in_pods({"containers": [small]})}
    found = {
        "envoyDeployment": deployment,
        "envoyService": {
            "name": PROXY_SERVICE,
            # Local would drop what arrives at a node without a proxy, and one node alone announces the address.
            "externalTrafficPolicy": "Cluster",
            "annotations": {"lbipam.cilium.io/ips": settings.address or gateway_address(plan)},
        },
    }
    if count > 1 and practice(plan, settings, "budgets"):
        found["envoyPDB"] = {"name": PROXY_SERVICE, "maxUnavailable": 1}
    return {"provider": {"type": "Kubernetes", "kubernetes": found}}


def _in_pods(spec: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def _gateway(plan: Plan) -> dict[str, Any]:
    every = f"*.{plan.homelab.domain}"
    return {
        "gatewayClassName": CLASS,
        "listeners": [
            {
                "name": HTTPS,
                "protocol": "HTTPS",
                "port": 443,
                "hostname": every,
                "tls": {"mode": "Terminate", "certificateRefs": [{"name": WILDCARD_SECRET}]},
                "allowedRoutes": {"namespaces": {"from": "All"}},
            },
            {
                "name": HTTP,
                "protocol": "HTTP",
                "port": 80,
                "hostname": every,
                "allowedRoutes": {"namespaces": {"from": "Same"}},
            },
        ],
    }


def _certificate(plan: Plan) -> dict[str, Any]:
    return {
        "secretName": WILDCARD_SECRET,
        "dnsNames": [f"*.{plan.homelab.domain}"],
        "issuerRef": {"name": ISSUER, "kind": "ClusterIssuer", "group": "cert-manager.io"},
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
    }


def _redirect() -> dict[str, Any]:
    move = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
    return {"parentRefs": [{"name": GATEWAY, "sectionName": HTTP}], "rules": [{"filters": [move]}]}


def flows(_plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """In from the LAN and the tunnel, on to whoever says that the gateway may call."""
    ways, controller = Pods(PROXY_NAMESPACE, PROXY_LABELS), Pods(PROXY_NAMESPACE, CONTROLLER_LABELS)
    return (
        Serves(ways, 10443, capability=Capability.GATEWAY_HTTP),
        Serves(ways, 10080, capability=Capability.GATEWAY_HTTP),
        Serves(ways, 10443, audience="lan"),
        Serves(ways, 10080, audience="lan"),
        Serves(ways, 19001, audience="metrics"),
        Serves(controller, 18000, audience="namespace"),
        Serves(controller, 9443, audience="api-server"),
        Serves(controller, 19001, audience="metrics"),
        Uses(controller, outside="api-server"),
        Uses(Pods(PROXY_NAMESPACE, CERTGEN), outside="api-server"),
    )


def refuses(plan: Plan, settings: Settings) -> Iterator[Problem]:
    """An address that nobody announces: only those of the load balancers are."""
    option, ends = "components.envoy-gateway.address", span(plan.homelab.network.load_balancers)
    if settings.address is None:
        return
    if (at := address(settings.address)) is None:
        yield Problem(option, f"is {show(settings.address)}, expected an IPv4 address such as 192.168.1.150")
    elif ends and not ends[0] <= at <= ends[1]:
        hint = f"an address between {ends[0]} and {ends[1]}"
        yield Problem(
            option, f"{at} lies outside of the addresses that are announced:", hint, also="network.load_balancers"
        )


ENVOY_GATEWAY = Component(
    name="envoy-gateway",
    area=Area.INFRASTRUCTURE,
    group="network",
    summary="The way in: one address, TLS, and a route for every hostname.",
    settings=Settings,
    parts=(
        Part(
            "envoy-gateway-crds",
            PROXY_NAMESPACE,
            chart=Chart(REPOSITORY, "gateway-crds-helm", VERSION),
            values=kinds,
            stateful=True,  # deleting the kinds would delete the shape of the proxies
            folder="crds",
            kinds=True,
        ),
        Part(
            "envoy-gateway",
            PROXY_NAMESPACE,
            chart=Chart(REPOSITORY, "gateway-helm", VERSION),
            values=values,
            folder="controller",
        ),
        Part("gateway", GATEWAY_NAMESPACE, resources=resources, folder="gateway"),
        Part("gateway-certificate", GATEWAY_NAMESPACE, resources=certificate, folder="certificate"),
    ),
    namespaces=(Namespace(PROXY_NAMESPACE), Namespace(GATEWAY_NAMESPACE)),
    provides=frozenset({Capability.GATEWAY_HTTP}),
    needs=(
        run(Capability.NETWORK_ADDRESS, "its address is announced on the LAN"),
        run(Capability.NETWORK_POD, "requests go on to pods"),
        start(Capability.GATEWAY_API, "it serves Gateways and HTTPRoutes"),
        start(Capability.TLS_ISSUER, "the wildcard certificate"),
        start(Capability.CLUSTER_DNS, "a new proxy looks the controller up by name"),
        change(Capability.CLUSTER_API, "new routes are read there; proxies keep those they know"),
    ),
    flows=flows,
    alerts=alerts,
    refuses=refuses,
    homepage="https://gateway.envoyproxy.io",
    applies=lambda _homelab: True,
)
