"""Cloudflare Tunnel: chosen hostnames are reachable from the Internet without an open port at home.

Our own Deployment: the published chart uses `/ready` as a liveness probe, which restarts every pod while the line is
down, and knows neither spread nor a budget. Only the hostnames listed are published; anything else gets a 404, and TLS
towards the Gateway is verified instead of switched off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Component, Namespace, Part
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.infrastructure.controllers.cert_manager import ISSUER, own_authority
from homelab.catalog.needs import Need, run, start
from homelab.catalog.offers.gateway import PROXY_NAMESPACE, PROXY_SERVICE, public_hosts
from homelab.catalog.offers.lab import copies, hostname, restricted_container, restricted_pod, sized, spread_over_hosts
from homelab.catalog.offers.monitoring import absent, endpoint, monitored, pod_monitor
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert, SecretRequest
from homelab.documents.emit import emit
from homelab.kube.resource import Manifest

NAMESPACE = "cloudflared"
LABELS = {"app.kubernetes.io/name": "cloudflared"}
SECRET = "cloudflared-credentials"  # noqa: S105 - the name of a Secret, not its value
IMAGE = "docker.io/cloudflare/cloudflared:2026.8.2"
METRICS = 2000
ORIGIN = "origin-ca"
"""Certificate whose Secret carries the authority that signed the Gateway's certificate, where that is the lab's own."""


class Settings(component.Settings):
    """The tunnel's connectors."""

    replicas: int | None = Field(default=None, ge=1, le=6)
    """Connectors, each with four connections to the edge; derived: two, one on a lab of one node."""


def replicas(plan: Plan, settings: Settings) -> int:
    """How many connectors run."""
    return settings.replicas or copies(plan, 2)


def published(plan: Plan) -> tuple[str, ...]:
    """The full hostnames that the tunnel serves: production routes of the applications under `access.public`."""
    return tuple(hostname(plan, host) for host in public_hosts(plan))


def resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """The connectors with their configuration."""
    yield _configuration(plan)
    yield _deployment(plan, settings)
    if practice(plan, settings, "budgets") and replicas(plan, settings) > 1:
        yield {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "cloudflared", "namespace": NAMESPACE},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
        }
    if monitored(plan, settings):
        yield pod_monitor("cloudflared", NAMESPACE, LABELS, [endpoint("metrics")])


def _configuration(plan: Plan) -> Manifest:
    gateway = f"https://{PROXY_SERVICE}.{PROXY_NAMESPACE}.svc.cluster.local:443"
    pool = {"caPool": "/etc/cloudflared/origin/ca.crt"} if own_authority(plan) else {}
    ingress: list[dict[str, Any]] = [
        {
            "hostname": host,
            "service": gateway,
            "originRequest": {"originServerName": host, "httpHostHeader": host, **pool},
        }
        for host in published(plan)
    ]
    configuration = {
        "tunnel": plan.homelab.name,
        "credentials-file": "/etc/cloudflared/credentials/credentials.json",
        "metrics": f"0.0.0.0:{METRICS}",
        "no-autoupdate": True,
        "ingress": [*ingress, {"service": "http_status:404"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cloudflared", "namespace": NAMESPACE},
        "data": {"config.yaml": emit(configuration)},
    }


def origin(_plan: Plan, _settings: Settings) -> Iterator[Manifest]:
    """The certificate that carries the lab's authority; apart, because cert-manager's webhook is asked about it."""
    yield {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {"name": ORIGIN, "namespace": NAMESPACE},
        "spec": {
            "secretName": ORIGIN,
            "commonName": ORIGIN,
            "dnsNames": [f"{ORIGIN}.{NAMESPACE}.svc"],
            "issuerRef": {"name": ISSUER, "kind": "ClusterIssuer", "group": "cert-manager.io"},
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        },
    }


def _deployment(plan: Plan, settings: Settings) -> Manifest:
    pod: dict[str, Any] = {
        "containers": [_container(plan, settings)],
        "volumes": [
            {"name": "config", "configMap": {"name": "cloudflared"}},
            {"name": "credentials", "secret": {"secretName": SECRET}},
        ],
        "automountServiceAccountToken": False,
    }
    if own_authority(plan):
        trusted = {"secretName": ORIGIN, "items": [{"key": "ca.crt", "path": "ca.crt"}]}
        pod["volumes"].append({"name": "origin", "secret": trusted})
    if practice(plan, settings, "security_contexts"):
        pod["securityContext"] = {**restricted_pod(), "runAsUser": 65532, "runAsGroup": 65532}
    if replicas(plan, settings) > 1 and (spread := spread_over_hosts(plan, settings, LABELS)):
        pod["topologySpreadConstraints"] = spread
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cloudflared", "namespace": NAMESPACE, "labels": LABELS},
        "spec": {
            "replicas": replicas(plan, settings),
            "selector": {"matchLabels": LABELS},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": LABELS}, "spec": pod},
        },
    }


def _container(plan: Plan, settings: Settings) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "cloudflared",
        "image": IMAGE,
        "args": ["tunnel", "--config", "/etc/cloudflared/config/config.yaml", "run"],
        "ports": [{"name": "metrics", "containerPort": METRICS}],
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/cloudflared/config", "readOnly": True},
            {"name": "credentials", "mountPath": "/etc/cloudflared/credentials", "readOnly": True},
        ],
    }
    if own_authority(plan):
        container["volumeMounts"].append({"name": "origin", "mountPath": "/etc/cloudflared/origin", "readOnly": True})
    if bounds := sized(plan, settings, "20m", "64Mi", limit="192Mi"):
        container["resources"] = bounds
    if practice(plan, settings, "security_contexts"):
        container["securityContext"] = restricted_container()
    if practice(plan, settings, "probes"):
        # /ready answers only with a live edge connection: right for readiness, a restart storm as liveness
        alive = {"tcpSocket": {"port": "metrics"}}
        container["startupProbe"] = {**alive, "periodSeconds": 2, "failureThreshold": 30}
        container["livenessProbe"] = {**alive, "periodSeconds": 20, "failureThreshold": 6}
        container["readinessProbe"] = {"httpGet": {"path": "/ready", "port": "metrics"}, "periodSeconds": 10}
    return container


def parts(plan: Plan, _settings: Settings) -> tuple[Part, ...]:
    """The connectors, and the lab's authority where it signed the Gateway's certificate."""
    connectors = Part("cloudflared", NAMESPACE, resources=resources, folder=".")
    own = Part("cloudflared-origin", NAMESPACE, resources=origin, folder="origin")
    return (connectors, own) if own_authority(plan) else (connectors,)


def needs(_plan: Plan, _settings: Settings) -> tuple[Need, ...]:
    """What publishing a hostname takes."""
    return (
        run(Capability.GATEWAY_HTTP, "the tunnel ends at the gateway"),
        start(Capability.TLS_ISSUER, "TLS to the gateway is verified"),
        run(Capability.CLUSTER_DNS, "the gateway is reached by name"),
        start(Capability.SECRETS_GIT, "the tunnel's credentials"),
    )


def flows(_plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """Out to the edge, in to the gateway."""
    pods = Pods(NAMESPACE, LABELS)
    return (
        Uses(pods, capability=Capability.GATEWAY_HTTP),
        Uses(pods, outside="world", ports=(7844, 443), protocol="ANY"),  # QUIC, and HTTP/2 where that is blocked
        Serves(pods, METRICS, audience="metrics"),
    )


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """The way in from the Internet is down, or about to be; none where nothing is scraped."""
    if not monitored(plan, settings):
        return ()
    return (
        Alert(
            "TunnelDisconnected",
            "sum(cloudflared_tunnel_ha_connections) == 0",
            5,
            "critical",
            "The tunnel has no connection to the edge: no public hostname answers",
            "Look at the line first, then at `kubectl -n cloudflared logs deployment/cloudflared`. Credentials of a "
            "deleted tunnel answer `Unauthorized`: make a new tunnel and seal its credentials.",
        ),
        absent("TunnelAbsent", "cloudflared", Pods(NAMESPACE, LABELS), f"{NAMESPACE}/cloudflared"),
    )


def secrets(plan: Plan, _settings: Settings) -> tuple[SecretRequest, ...]:
    """The tunnel's credentials."""
    where = f"ask-tunnel:the file that `cloudflared tunnel create {plan.homelab.name}` writes, ~/.cloudflared/<id>.json"
    return (SecretRequest(SECRET, NAMESPACE, "Cloudflare Tunnel credentials", {"credentials.json": where}),)


CLOUDFLARED = Component(
    name="cloudflared",
    area=Area.INFRASTRUCTURE,
    group="network",
    summary="Chosen hostnames reachable from the Internet, without an open port.",
    homepage="https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/",
    settings=Settings,
    parts=parts,
    namespaces=(Namespace(NAMESPACE),),
    provides=frozenset({Capability.ACCESS_PUBLIC}),
    needs=needs,
    flows=flows,
    alerts=alerts,
    secrets=secrets,
    applies=lambda homelab: bool(homelab.access.public),
)
