"""kube-prometheus-stack: metrics of everything, alert rules, and the way on which alerts reach a person.

Two Prometheus scrape the same targets and know nothing of each other, so either may be away; three Alertmanagers agree
by gossip who calls. The operator and kube-state-metrics are one each: while they are away nothing is lost but their own
view. All monitors and rules of every namespace are read, whoever made them. Grafana is a component of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Route, Serves, Uses
from homelab.catalog.infrastructure.monitoring.kube_prometheus_stack.alerts import (
    NAME,
    NAMESPACE,
    STATE_METRICS,
    alerts,
    called,
    config,
    secrets,
    slack_volume,
)
from homelab.catalog.needs import run, start
from homelab.catalog.offers.gateway import http_route, routed
from homelab.catalog.offers.lab import (
    HOST_KEY,
    control_planes,
    copies,
    hostname,
    hosts,
    schedulable,
    sized,
    spread_over_hosts,
)
from homelab.catalog.offers.monitoring import ETCD_METRICS, INTERVAL
from homelab.catalog.offers.outside import reaching
from homelab.catalog.offers.storage import storage_class
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Uncopied
from homelab.catalog.values import filled
from homelab.documents.duration import format_duration
from homelab.documents.quantity import format_bytes
from homelab.kube.resource import Manifest
from homelab.spec.units import HOUR, LARGEST_VOLUME, YEAR, Bytes, Seconds

PROMETHEUS = {"app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": f"{NAME}-prometheus"}
ALERTMANAGER = {"app.kubernetes.io/name": "alertmanager", "alertmanager": f"{NAME}-alertmanager"}
OPERATOR = {"app": f"{NAME}-operator", "release": NAME}
GIB = 1 << 30
INTERFACES = {"prometheus": 9090, "alertmanager": 9093}
"""First label of a hostname to the port behind it."""


class Settings(component.Settings):
    """Copies, volumes, how long metrics are kept."""

    prometheus_replicas: int | None = Field(default=None, ge=1, le=3)
    """Prometheus servers, each with all metrics; derived: 2, on one node 1."""
    alertmanager_replicas: int | None = Field(default=None, ge=1, le=5)
    """Alertmanagers, of which any one suffices; derived: 3 where three nodes can carry them, on one node 1, else 2."""
    retention: Seconds = Field(default=30 * 86400, ge=HOUR, le=10 * YEAR)
    """How long metrics are kept."""
    prometheus_storage: Bytes = Field(default=50 * GIB, ge=GIB, le=LARGEST_VOLUME)
    """Volume of each Prometheus. When it is nearly full the oldest metrics go first, whatever `retention` says."""
    alertmanager_storage: Bytes = Field(default=GIB, ge=GIB, le=LARGEST_VOLUME)
    """Volume of each Alertmanager: silences and what was already said."""
    control_plane: bool = True
    """Scrape etcd, scheduler and controller manager, which the machine configuration opens to the cluster. Off: their alerts are off too."""


def prometheus_replicas(plan: Plan, settings: Settings) -> int:
    """Prometheus servers: as set, else two where there are two nodes."""
    return copies(plan, 2) if settings.prometheus_replicas is None else settings.prometheus_replicas


def alertmanager_replicas(plan: Plan, settings: Settings) -> int:
    """Alertmanagers: as set, else one on each node up to three."""
    return min(3, len(schedulable(plan))) if settings.alertmanager_replicas is None else settings.alertmanager_replicas


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    return filled(
        grafana={"enabled": because(False, "Grafana is a component of its own, with its own version")},
        kubeProxy={"enabled": because(False, "Cilium does its work")},
        **_control_plane(settings),
        defaultRules={
            "disabled": {"TargetDown": because(True, "PrometheusTargetDown says it for every single target")}
        },
        prometheusOperator=_operator(plan, settings),
        prometheus=_prometheus(plan, settings),
        alertmanager=_alertmanager(plan, settings),
        **{
            "kube-state-metrics": _state_metrics(plan, settings),
            "prometheus-node-exporter": _node_exporter(plan, settings),
        },
    )


def _control_plane(settings: Settings) -> Values:
    if not settings.control_plane:
        off = because(False, "components.kube-prometheus-stack.control_plane is off")
        return {key: {"enabled": off} for key in ("kubeEtcd", "kubeScheduler", "kubeControllerManager")}
    found = because(False, "etcd is no pod on Talos: a ScrapeConfig beside this file names its addresses")
    return {"kubeEtcd": {"service": {"enabled": found}, "serviceMonitor": {"enabled": False}}}


def _operator(plan: Plan, settings: Settings) -> Values:
    probed = practice(plan, settings, "probes")
    reloader = filled(
        enableProbe=True if probed else None,
        resources=sized(plan, settings, cpu="10m", memory="32Mi", limit="64Mi"),
    )
    issued = because(True, "the chart's own way is a pair of Jobs on every sync")
    return filled(
        admissionWebhooks={"certManager": {"enabled": issued}},
        prometheusConfigReloader=reloader,
        resources=sized(plan, settings, cpu="20m", memory="96Mi", limit="256Mi"),
    )


def _prometheus(plan: Plan, settings: Settings) -> Values:
    count = prometheus_replicas(plan, settings)
    everything = because(False, "read all monitors and rules, not only those of this release")
    kinds = ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig")
    spec = filled(
        replicas=count,
        retention=format_duration(settings.retention),
        retentionSize=because(
            _most(settings.prometheus_storage), "a full volume stops Prometheus; 85 % of it never does"
        ),
        externalUrl=_address(plan, "prometheus"),
        externalLabels={"cluster": plan.homelab.name},
        scrapeInterval=INTERVAL,
        **{f"{kind}SelectorNilUsesHelmValues": everything for kind in kinds},
        topologySpreadConstraints=spread_over_hosts(plan, settings, PROMETHEUS) if count > 1 else None,
        resources=sized(plan, settings, cpu="250m", memory="1Gi", limit="3Gi"),
        storageSpec=_volume(plan, settings.prometheus_storage),
    )
    return filled(podDisruptionBudget=_budget(plan, settings, count), prometheusSpec=spec)


def _most(size: int) -> str:
    """85 % of a volume in the unit Prometheus knows."""
    return f"{size * 85 // 100 // (1 << 20)}MB"


def _alertmanager(plan: Plan, settings: Settings) -> Values:
    count = alertmanager_replicas(plan, settings)
    spec = filled(
        replicas=count,
        externalUrl=_address(plan, "alertmanager"),
        topologySpreadConstraints=spread_over_hosts(plan, settings, ALERTMANAGER) if count > 1 else None,
        resources=sized(plan, settings, cpu="10m", memory="48Mi", limit="128Mi"),
        storage=_volume(plan, settings.alertmanager_storage),
        **slack_volume(plan),
    )
    return filled(config=config(plan), podDisruptionBudget=_budget(plan, settings, count), alertmanagerSpec=spec)


def _address(plan: Plan, host: str) -> str | None:
    """Where people open an interface; None where it has no route."""
    return f"https://{hostname(plan, host)}" if routed(plan, Route(host, NAMESPACE, login=False)) else None


def _budget(plan: Plan, settings: Settings, count: int) -> Values | None:
    if count < 2 or not practice(plan, settings, "budgets"):
        return None
    gone = because(None, "null removes the chart's own bound: both at once are an error")
    return {"enabled": True, "minAvailable": gone, "maxUnavailable": 1}


def _volume(plan: Plan, size: int) -> Values | None:
    """A volume for each pod; none, and metrics that end with the pod, in a lab that stores nothing."""
    if not (plan.has(Capability.STORAGE_BLOCK) or plan.has(Capability.STORAGE_LOCAL)):
        return None
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": format_bytes(size)}}}
    name = storage_class(plan)
    return {"volumeClaimTemplate": {"spec": {**({"storageClassName": name} if name else {}), **asked}}}


def _state_metrics(plan: Plan, settings: Settings) -> Values:
    zone = because([f"nodes=[{HOST_KEY}]"], "the alert HostDown asks which node stands on which host")
    return filled(
        metricLabelsAllowlist=zone if len(hosts(plan)) > 1 else None,
        startupProbe={"enabled": True} if practice(plan, settings, "probes") else None,
        resources=sized(plan, settings, cpu="20m", memory="96Mi", limit="256Mi"),
    )


def _node_exporter(plan: Plan, settings: Settings) -> Values:
    hardened: dict[str, Any] = {}
    if practice(plan, settings, "security_contexts"):
        hardened = {
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containerSecurityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    return filled(**hardened, resources=sized(plan, settings, cpu="20m", memory="32Mi", limit="64Mi"))


def resources(plan: Plan, settings: Settings) -> Iterable[Manifest]:
    """Etcd as targets, and the routes to both user interfaces."""
    if settings.control_plane:
        targets = [f"{node.address}:{ETCD_METRICS}" for node in control_planes(plan).values()]
        yield {
            "apiVersion": "monitoring.coreos.com/v1alpha1",
            "kind": "ScrapeConfig",
            "metadata": {"name": "kube-etcd", "namespace": NAMESPACE},
            "spec": {"jobName": "kube-etcd", "staticConfigs": [{"targets": targets}]},
        }
    for route in routed(plan, *routes(plan, settings)):
        host, service = route.host, f"{NAME}-{route.host}"
        yield http_route(plan, name=host, namespace=NAMESPACE, host=host, service=service, port=INTERFACES[host])


def routes(plan: Plan, _settings: Settings) -> tuple[Route, ...]:
    """The user interfaces, on the LAN where the owner wants them: neither has a login."""
    if not plan.has(Capability.GATEWAY_HTTP):
        return ()
    return tuple(
        Route(host, NAMESPACE, login=False, port=str(port), services=(f"{NAME}-{host}",))
        for host, port in INTERFACES.items()
    )


def flows(plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """Prometheus scrapes, Alertmanager calls out; through the gateway they are looked at where they have a route."""
    pods = {"prometheus": Pods(NAMESPACE, PROMETHEUS), "alertmanager": Pods(NAMESPACE, ALERTMANAGER)}
    prometheus, alertmanager = pods.values()
    operator, state = Pods(NAMESPACE, OPERATOR), Pods(NAMESPACE, STATE_METRICS)
    found: list[Flow] = [
        Serves(prometheus, 9090, capability=Capability.METRICS_STORE),
        Serves(alertmanager, 9093, capability=Capability.ALERTS_ROUTE),
        Serves(alertmanager, 9094, audience="namespace"),
        Serves(alertmanager, 9094, audience="namespace", protocol="UDP"),
        Serves(operator, 10250, audience="api-server"),
        *(Serves(pods[r.host], INTERFACES[r.host], audience="gateway") for r in routed(plan, *routes(plan, settings))),
        Uses(prometheus, capability=Capability.ALERTS_ROUTE),
        *(Uses(each, outside="api-server") for each in (prometheus, operator, state)),
    ]
    scraped = [(prometheus, 9090), (prometheus, 8080), (alertmanager, 9093), (alertmanager, 8080), (operator, 10250)]
    scraped += [(state, 8080), (Pods("kube-system", {"k8s-app": "kube-dns"}), 9153)]
    found.extend(Serves(pods, port, audience="metrics") for pods, port in scraped)
    return (*found, *reaching(plan, alertmanager, *called(plan)))


def uncopied(_plan: Plan, _settings: Settings) -> tuple[Uncopied, ...]:
    """Measurements: many, always being written, and worth little once the lab they were of is gone.

    A StatefulSet gives its claims the labels by which it selects its pods.
    """
    return (Uncopied(NAMESPACE, dict(PROMETHEUS), "measurements: Prometheus starts anew without them"),)


KUBE_PROMETHEUS_STACK = Component(
    name=NAME,
    area=Area.INFRASTRUCTURE,
    group="monitoring",
    summary="Metrics of everything, alert rules, alerts that reach a person.",
    settings=Settings,
    parts=(
        Part(
            NAME,
            NAMESPACE,
            chart=Chart("https://prometheus-community.github.io/helm-charts", NAME, "88.5.3"),
            values=values,
            resources=resources,
            folder=".",
        ),
    ),
    namespaces=(Namespace(NAMESPACE, "privileged"),),
    provides=frozenset({Capability.METRICS_STORE, Capability.METRICS_CRDS, Capability.ALERTS_ROUTE}),
    needs=(
        run(Capability.NETWORK_POD, "targets are scraped over the pod network"),
        run(Capability.CLUSTER_DNS, "Prometheus finds Alertmanager by name"),
        start(Capability.CLUSTER_API, "targets are found there"),
        start(Capability.STORAGE_BLOCK, "metrics and silences outlive their pods"),
        start(Capability.TLS_ISSUER, "the operator's webhooks need a certificate"),
    ),
    flows=flows,
    alerts=alerts,
    routes=routes,
    secrets=secrets,
    uncopied=uncopied,
    homepage="https://github.com/prometheus-operator/kube-prometheus",
    applies=lambda _homelab: True,
)
