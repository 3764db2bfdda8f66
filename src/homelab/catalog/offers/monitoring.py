"""ServiceMonitor, PodMonitor and PrometheusRule: the three kinds by which a component is watched, built in one place.

Prometheus of this lab selects all of them in every namespace, so none needs a label of a release.
Source: https://prometheus-operator.dev/docs/api-reference/api/ (monitoring.coreos.com/v1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Settings
from homelab.catalog.flows import Pods
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert
from homelab.kube.resource import Manifest

API_VERSION = "monitoring.coreos.com/v1"
ETCD_METRICS = 2381
"""Port of etcd's figures on each control plane."""
INTERVAL = "30s"
"""How often a target is scraped; the unit of every `[5m]` window in the alert rules."""
STATE_METRICS_UP = 'on () (up{job="kube-state-metrics"} == 1)'
"""What a rule over absent `kube_*` series is joined with (`and`): while nobody counts objects, KubeStateMetricsAbsent says so."""


def monitored(plan: Plan, settings: Settings) -> bool:
    """Whether a component gets monitors: the practice holds and something in the lab reads them."""
    return practice(plan, settings, "monitors") and plan.has(Capability.METRICS_CRDS)


def alerted(plan: Plan, settings: Settings) -> bool:
    """Whether a component gets alert rules: the practice holds and something in the lab evaluates them."""
    return practice(plan, settings, "alerts") and plan.has(Capability.METRICS_CRDS)


def scrapes_control_plane(plan: Plan) -> bool:
    """Whether somebody reads the figures of etcd, scheduler and controller manager: only then they answer beyond their node."""
    store = plan.providers.get(Capability.METRICS_STORE)
    return bool(store and getattr(store.settings, "control_plane", False))


def endpoint(port: str, *, path: str = "/metrics", interval: str = INTERVAL, **more: Any) -> dict[str, Any]:
    """One scraped port by its name; `more` are further fields of the kind (`scheme`, `tlsConfig`, `relabelings`)."""
    return {"port": port, "path": path, "interval": interval, **more}


def service_monitor(
    name: str, namespace: str, labels: Mapping[str, str], endpoints: Sequence[Mapping[str, Any]]
) -> Manifest:
    """A ServiceMonitor for the Services of its own namespace that carry `labels`."""
    return _monitor("ServiceMonitor", name, namespace, labels, {"endpoints": [dict(each) for each in endpoints]})


def pod_monitor(
    name: str, namespace: str, labels: Mapping[str, str], endpoints: Sequence[Mapping[str, Any]]
) -> Manifest:
    """A PodMonitor for the pods of its own namespace that carry `labels`."""
    ends = [dict(each) for each in endpoints]
    return _monitor("PodMonitor", name, namespace, labels, {"podMetricsEndpoints": ends})


def _monitor(kind: str, name: str, namespace: str, labels: Mapping[str, str], ends: Mapping[str, Any]) -> Manifest:
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": dict(labels)}, **ends},
    }


def prometheus_rule(component: str, namespace: str, alerts: Iterable[Alert], runbooks: str = "") -> Manifest:
    """The alert rules of a component as one PrometheusRule named after it.

    `runbooks` is the address of the page that holds the component's runbooks; each alert then links its own heading.
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "PrometheusRule",
        "metadata": {"name": component, "namespace": namespace},
        "spec": {"groups": [{"name": component, "rules": [_rule(alert, runbooks) for alert in alerts]}]},
    }


def _rule(alert: Alert, runbooks: str) -> dict[str, Any]:
    annotations = {"summary": alert.summary, "description": alert.runbook}
    if runbooks:
        annotations["runbook_url"] = f"{runbooks}#{alert.name.lower()}"
    waits = {"for": f"{alert.minutes}m"} if alert.minutes else {}
    return {
        "alert": alert.name,
        "expr": alert.expression,
        **waits,
        "labels": {"severity": alert.severity},
        "annotations": annotations,
    }


def listed(pods: Pods) -> str:
    """The command that lists pods, by the labels that the flows know."""
    chosen = ",".join(f"{key}={value}" for key, value in pods.labels.items())
    return f"kubectl -n {pods.namespace} get pods" + (f" -l {chosen}" if chosen else "")


def absent(name: str, what: str, pods: Pods, *jobs: str, minutes: int = 10) -> Alert:
    """The alert for targets that vanished: a scrape job has nothing that is up.

    An absent target is also an absent component, so this one rule catches what rules over a component's own metrics
    cannot. Each job is asked for alone, by its whole name: `absent` over an expression that fits several is silent as
    long as one of them is up.

    Args:
        name: of the alert.
        what: the component, as a sentence names it.
        pods: the targets, in the namespace where they are scraped.
        jobs: values of the label `job`: the name of the Service of a ServiceMonitor, `namespace/name` of a PodMonitor.
        minutes: how long nothing is up before it fires.
    """
    gone = [f'absent(up{{namespace="{pods.namespace}",job="{job}"}} == 1)' for job in jobs]
    return Alert(
        name=name,
        expression=" or ".join(gone),
        minutes=minutes,
        severity="critical",
        summary=f"{what} has no target that answers Prometheus",
        runbook=(
            f"Look at the pods of {what}: `{listed(pods)}`. When they run, Prometheus cannot reach them: look at its "
            "Targets page for the error, then at the network policies."
        ),
    )
