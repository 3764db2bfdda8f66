"""Argo CD: its cache, as one Redis or as three with Sentinels behind HAProxy."""

from __future__ import annotations

from typing import Any

from homelab.catalog.component import Values, because
from homelab.catalog.flows import Flow, Pods, Serves
from homelab.catalog.offers.lab import HOST_KEY, NODE_KEY, schedulable, schedulable_hosts, sized
from homelab.catalog.offers.monitoring import monitored
from homelab.catalog.plan import Plan, practice
from homelab.catalog.values import filled

NAMESPACE = "argocd"
RELEASE = "argocd"
PROBED = {"enabled": True}


def highly_available(plan: Plan, settings: Any) -> bool:
    """Whether the cache is three Redis behind HAProxy."""
    return len(schedulable(plan)) >= 3 if settings.ha is None else settings.ha


def labels(name: str) -> dict[str, str]:
    """The labels that select the pods of a part."""
    return {"app.kubernetes.io/name": f"argocd-{name}", "app.kubernetes.io/instance": RELEASE}


def redis_labels(app: str) -> dict[str, str]:
    """The labels that select the pods of the three Redis (`redis-ha`) or of HAProxy (`redis-ha-haproxy`)."""
    return {"app": app, "release": RELEASE}


def watched(plan: Plan, settings: Any) -> Values | None:
    """Metrics and the monitor that reads them, where the lab collects any."""
    return {"enabled": True, "serviceMonitor": {"enabled": True}} if monitored(plan, settings) else None


def budget(plan: Plan, settings: Any, count: int) -> Values | None:
    """One copy at a time may be away, where there are several."""
    return {"maxUnavailable": 1} if count > 1 and practice(plan, settings, "budgets") else None


def _exporter(plan: Plan, settings: Any) -> Values:
    return filled(enabled=True, resources=sized(plan, settings, cpu="10m", memory="32Mi", limit="64Mi"))


def redis(plan: Plan, settings: Any) -> Values:
    """Values of the single Redis."""
    probed = practice(plan, settings, "probes")
    scraped = watched(plan, settings)
    return filled(
        livenessProbe=dict(PROBED) if probed else None,
        readinessProbe=dict(PROBED) if probed else None,
        resources=sized(plan, settings, cpu="50m", memory="96Mi", limit="256Mi"),
        exporter=_probed_exporter(plan, settings) if scraped else None,
        metrics=scraped,
    )


def _probed_exporter(plan: Plan, settings: Any) -> Values:
    probed = practice(plan, settings, "probes")
    probes = {kind: dict(PROBED) for kind in ("livenessProbe", "readinessProbe")} if probed else {}
    return {**_exporter(plan, settings), **probes}


def redis_ha(plan: Plan, settings: Any) -> Values:
    """Values of the three Redis and their HAProxies."""
    scraped = monitored(plan, settings)
    bound = budget(plan, settings, 3)
    small = sized(plan, settings, cpu="10m", memory="32Mi", limit="64Mi")
    apart = None
    if len(schedulable(plan)) < 3:
        apart = because(
            False, "three copies on fewer than three nodes: better two on one node than one that never starts"
        )
    return filled(
        enabled=True,
        hardAntiAffinity=apart,
        topologySpreadConstraints=_zones(plan, settings),
        podDisruptionBudget=bound,
        init=filled(resources=small),
        redis=filled(resources=sized(plan, settings, cpu="50m", memory="96Mi", limit="256Mi")),
        sentinel=filled(resources=small),
        splitBrainDetection=filled(resources=small),
        exporter={**_exporter(plan, settings), "serviceMonitor": {"enabled": True}} if scraped else None,
        haproxy=filled(
            hardAntiAffinity=apart,
            deploymentStrategy=because(
                {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
                "with three nodes a fourth pod has nowhere to go and an update would wait for ever",
            ),
            podDisruptionBudget=bound,
            init=filled(resources=small),
            resources=sized(plan, settings, cpu="20m", memory="64Mi", limit="256Mi"),
            metrics={"serviceMonitor": {"enabled": True}} if scraped else None,
        ),
    )


def _zones(plan: Plan, settings: Any) -> Values | None:
    """The subchart takes one key: the host where there are several, else the node."""
    if not practice(plan, settings, "spread") or len(schedulable(plan)) < 2:
        return None
    several = len(schedulable_hosts(plan)) > 1
    return {"enabled": True, "topologyKey": HOST_KEY if several else NODE_KEY, "whenUnsatisfiable": "ScheduleAnyway"}


def cache_flows(plan: Plan, settings: Any) -> tuple[Flow, ...]:
    """Who may talk to the cache."""
    if not highly_available(plan, settings):
        pods = Pods(NAMESPACE, labels("redis"))
        return (Serves(pods, 6379, audience="namespace"), Serves(pods, 9121, audience="metrics"))
    servers = Pods(NAMESPACE, redis_labels("redis-ha"))
    proxies = Pods(NAMESPACE, redis_labels("redis-ha-haproxy"))
    return (
        Serves(servers, 6379, audience="namespace"),
        Serves(servers, 26379, audience="namespace"),
        Serves(proxies, 6379, audience="namespace"),
        Serves(servers, 9121, audience="metrics"),
        Serves(proxies, 9101, audience="metrics"),
    )
