"""Argo CD's chart, as we say it is and as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homelab.kube.facts import Calls, Produces, Quorum, Singleton
from homelab.software.argo_cd.system import expand
from homelab.software.software import Release
from software.compare import assert_same

CHART = "argo-cd"
SIZED = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
SPREAD = [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}]
PROBED = {kind: {"enabled": True} for kind in ("livenessProbe", "readinessProbe", "startupProbe")}
PARTS = ("controller", "server", "repoServer", "applicationSet", "notifications", "dex")
MONITORED = {"metrics": {"enabled": True, "serviceMonitor": {"enabled": True}}}

GRID: dict[str, tuple[str, dict[str, Any]]] = {
    "defaults": ("argocd", {}),
    "another release name": ("gitops", {}),
    "names of its own": ("x", {"fullnameOverride": "deploy", "namespaceOverride": "elsewhere"}),
    "everything single and small": ("argocd", {"dex": {"enabled": False}, "notifications": {"enabled": False}}),
    "no policies": (
        "argocd",
        {"global": {"networkPolicy": {"create": False}}, "server": {"networkPolicy": {"create": True}}},
    ),
    "denied by default": ("argocd", {"global": {"networkPolicy": {"defaultDenyIngress": True}}}),
    "sized": ("argocd", {part: {"resources": SIZED} for part in (*PARTS, "redis", "redisSecretInit")}),
    "copies sized apart": (
        "argocd",
        {"repoServer": {"copyutil": {"resources": SIZED}}, "dex": {"initImage": {"resources": SIZED}}},
    ),
    "probed": (
        "argocd",
        {
            **dict.fromkeys(PARTS, PROBED),
            "redis": {**PROBED, "exporter": {"enabled": True, "livenessProbe": {"enabled": True}, "resources": SIZED}},
        },
    ),
    "unprobed": (
        "argocd",
        {part: {kind: {"enabled": False} for kind in PROBED} for part in ("server", "repoServer")},
    ),
    "watched": (
        "argocd",
        {**dict.fromkeys(PARTS, MONITORED), "redis": {**MONITORED, "exporter": {"enabled": True}}},
    ),
    "several": (
        "argocd",
        {
            **{
                part: {"replicas": 2, "pdb": {"enabled": True, "maxUnavailable": 1}}
                for part in ("server", "repoServer")
            },
            "applicationSet": {"replicas": 3, "pdb": {"enabled": True, "minAvailable": 2}},
            "controller": {"replicas": 2, "pdb": {"enabled": True}},
            "notifications": {"pdb": {"enabled": True, "minAvailable": 1}},
            "dex": {"pdb": {"enabled": True}},
            "redis": {"pdb": {"enabled": True}},
            "global": {"topologySpreadConstraints": SPREAD},
        },
    ),
    "scaled by load": (
        "argocd",
        {
            "server": {"autoscaling": {"enabled": True, "minReplicas": 2}},
            "repoServer": {
                "autoscaling": {
                    "enabled": True,
                    "targetMemoryUtilizationPercentage": None,
                    "behavior": {"scaleDown": {}},
                }
            },
        },
    ),
    "placed": (
        "argocd",
        {
            "global": {
                "affinity": {
                    "podAntiAffinity": "hard",
                    "nodeAffinity": {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
                },
                "priorityClassName": "high",
                "tolerations": [{"operator": "Exists"}],
                "nodeSelector": {"disk": "ssd"},
                "podLabels": {"team": "us"},
                "additionalLabels": {"more": "yes"},
                "image": {"tag": "v3.4.5@sha256:ab"},
                "deploymentStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            },
            "server": {
                "affinity": {"nodeAffinity": {}},
                "tolerations": [{"key": "a", "operator": "Exists"}],
                "service": {"type": "LoadBalancer"},
            },
            "repoServer": {
                "topologySpreadConstraints": SPREAD,
                "extraContainers": [{"name": "plugin", "image": "p:1"}],
            },
        },
    ),
    "soft node affinity": (
        "argocd",
        {
            "global": {
                "affinity": {
                    "podAntiAffinity": "none",
                    "nodeAffinity": {"type": "soft", "matchExpressions": [{"key": "a", "operator": "Exists"}]},
                }
            }
        },
    ),
    "configured": (
        "argocd",
        {
            "configs": {
                "cm": {"admin.enabled": False},
                "params": {"server.insecure": True},
                "styles": "a{}",
                "cmp": {"create": True, "plugins": {}},
                "secret": {"createSecret": False},
                "repositories": {"lab": {"url": "https://example.org/lab.git"}},
                "credentialTemplates": {"all": {"url": "https://example.org"}},
            },
            "crds": {"install": False},
            "createAggregateRoles": True,
            "createClusterRoles": False,
        },
    ),
    "redis three times": ("argocd", {"redis-ha": {"enabled": True}}),
    "redis three times, complete": (
        "argo",
        {
            "redis-ha": {
                "enabled": True,
                "replicas": 5,
                "hardAntiAffinity": False,
                "topologySpreadConstraints": {"enabled": True},
                "podDisruptionBudget": {"maxUnavailable": 1},
                "init": {"resources": SIZED},
                "redis": {"resources": SIZED, "startupProbe": {"enabled": False}},
                "sentinel": {"resources": SIZED, "livenessProbe": {"enabled": False}},
                "splitBrainDetection": {"resources": SIZED},
                "exporter": {"enabled": True, "resources": SIZED, "serviceMonitor": {"enabled": True}},
                "persistentVolume": {"enabled": True, "storageClass": "fast", "size": "1Gi"},
                "haproxy": {
                    "replicas": 2,
                    "hardAntiAffinity": False,
                    "podDisruptionBudget": {"maxUnavailable": 1},
                    "resources": SIZED,
                    "init": {"resources": SIZED},
                    "metrics": {"serviceMonitor": {"enabled": True}},
                },
            },
        },
    ),
}


def released(values: dict[str, Any], name: str = "argocd", **more: Any) -> Release:
    return Release(CHART, "https://argoproj.github.io/argo-helm", "10.1.1", name, "argocd", values, **more)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_the_expansion_makes_what_the_chart_makes(point: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """Objects, replicas, labels, budgets, probes, monitors: equal over the grid of values."""
    name, values = GRID[point]
    release = released(values, name)
    expansion = expand(release)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / CHART, release, expansion)


@pytest.mark.slow
def test_without_the_monitoring_kinds_there_are_no_monitors(oracle: Callable[[str], Path], test_data: Path) -> None:
    """The chart asks the cluster whether ServiceMonitors exist, and so does the expansion."""
    release = released(GRID["watched"][1], api_versions=frozenset())
    assert_same(oracle("helm"), test_data / "charts" / CHART, release, expand(release))


def test_a_key_nobody_models_is_unknown_and_never_ignored() -> None:
    """An expansion that does not know what a value does says so."""
    found = expand(released({"server": {"ingress": {"enabled": True}}, "global": {"domain": "x.org"}})).unknown
    assert found == ("values key server.ingress is not modelled",)


def test_the_controller_is_a_singleton_and_the_cache_is_a_quorum_when_it_is_three() -> None:
    """Advice to scale the controller would do nothing; the Redis set survives one of its three."""
    single = {fact.subject.name for fact in expand(released({})).facts if isinstance(fact, Singleton)}
    assert single == {
        f"argocd-{name}" for name in ("application-controller", "notifications-controller", "dex-server", "redis")
    }
    (quorum,) = [f for f in expand(released({"redis-ha": {"enabled": True}})).facts if isinstance(f, Quorum)]
    assert (quorum.subject.name, quorum.need, quorum.size) == ("argocd-redis-ha-server", 2, 3)


def test_the_cache_is_called_where_it_answers_and_its_secret_is_made() -> None:
    """Callers name HAProxy when it stands before Redis, and nobody accuses the Secret that the hook makes."""
    for values, host in (({}, "argocd-redis"), ({"redis-ha": {"enabled": True}}, "argocd-redis-ha-haproxy")):
        facts = expand(released(values)).facts
        services = {o["metadata"]["name"] for o in expand(released(values)).objects if o["kind"] == "Service"}
        hosts = {fact.host for fact in facts if isinstance(fact, Calls)}
        assert hosts <= services
        assert host in hosts
        made = {thing.name for fact in facts if isinstance(fact, Produces) for thing in fact.objects}
        assert made == {"argocd-redis", "argocd-initial-admin-secret"}
