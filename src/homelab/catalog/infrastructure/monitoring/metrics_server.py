"""metrics-server: what `kubectl top` and autoscalers read. Off unless named: nothing of the lab needs it to run.

Two pods behind the aggregated API. The API server verifies their certificate, which cert-manager issues. They verify the
kubelets' only where kubelets have serving certificates that somebody approves, which Talos does not do by itself.
"""

from __future__ import annotations

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.needs import start
from homelab.catalog.offers.lab import copies, sized, spread_over_hosts
from homelab.catalog.offers.monitoring import absent, monitored
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert
from homelab.catalog.values import filled

NAME = "metrics-server"
NAMESPACE = "metrics-server"
LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME}


class Settings(component.Settings):
    """Copies, and whom it trusts."""

    replicas: int | None = Field(default=None, ge=1, le=3)
    """Pods behind the metrics API; derived: 2, on one node 1."""
    verify_kubelets: bool = False
    """Verify the kubelets' certificates. Needs `rotate-server-certificates` on every node and an approver; without them nothing is measured."""


def replicas(plan: Plan, settings: Settings) -> int:
    """Copies: as set, else two where there are two nodes."""
    return copies(plan, 2) if settings.replicas is None else settings.replicas


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    count = replicas(plan, settings)
    budget = {"enabled": True, "maxUnavailable": 1} if count > 1 and practice(plan, settings, "budgets") else None
    trusting = because(["--kubelet-insecure-tls"], "kubelets sign their own certificates; see verify_kubelets")
    watched = {"enabled": True} if monitored(plan, settings) else None
    return filled(
        replicas=count,
        args=None if settings.verify_kubelets else trusting,
        tls={"type": because("cert-manager", "the API server can verify what cert-manager issued")},
        apiService={"insecureSkipTLSVerify": False},
        podDisruptionBudget=budget,
        topologySpreadConstraints=spread_over_hosts(plan, settings, LABELS) if count > 1 else None,
        resources=sized(plan, settings, cpu="50m", memory="100Mi", limit="256Mi"),
        metrics=watched,
        serviceMonitor=watched,
    )


def flows(_plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """The API server asks it, and it asks every kubelet."""
    pods = Pods(NAMESPACE, LABELS)
    return (
        Serves(pods, 10250, audience="api-server"),
        Serves(pods, 10250, audience="metrics"),
        Uses(pods, outside="api-server"),
        Uses(pods, outside="host", ports=(10250,)),
    )


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """It is away: autoscalers hold still."""
    return (absent("MetricsServerAbsent", NAME, Pods(NAMESPACE, LABELS), NAME),) if monitored(plan, settings) else ()


METRICS_SERVER = Component(
    name=NAME,
    area=Area.INFRASTRUCTURE,
    group="monitoring",
    summary="Resource metrics for kubectl top and autoscalers.",
    settings=Settings,
    parts=(
        Part(
            NAME,
            NAMESPACE,
            chart=Chart("https://kubernetes-sigs.github.io/metrics-server", NAME, "3.13.1"),
            values=values,
            folder=".",
        ),
    ),
    namespaces=(Namespace(NAMESPACE),),
    needs=(
        start(Capability.CLUSTER_API, "it serves an API of the API server"),
        start(Capability.KUBELET, "it asks the kubelets"),
        start(Capability.TLS_ISSUER, "the API server verifies its certificate"),
    ),
    flows=flows,
    alerts=alerts,
    homepage="https://github.com/kubernetes-sigs/metrics-server",
)
