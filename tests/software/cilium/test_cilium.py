"""The chart cilium, beside what we say it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homelab.kube.facts import Calls, Produces
from homelab.software.cilium.system import expand
from homelab.software.software import Release
from software.compare import assert_same

WATCHED = {"enabled": True, "serviceMonitor": {"enabled": True}}
SIZE = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
SPREAD = [{"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"}]
GRID: dict[str, dict[str, Any]] = {
    "defaults": {},
    "talos": {
        "ipam": {"mode": "kubernetes"},
        "kubeProxyReplacement": True,
        "cgroup": {"autoMount": {"enabled": False}, "hostRoot": "/sys/fs/cgroup"},
        "securityContext": {"capabilities": {"ciliumAgent": ["CHOWN", "NET_ADMIN"], "cleanCiliumState": ["NET_ADMIN"]}},
        "l2announcements": {"enabled": True},
    },
    "one operator": {"operator": {"replicas": 1}},
    "guarded operator": {
        "operator": {
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": None, "minAvailable": 1},
            "topologySpreadConstraints": SPREAD,
            "affinity": None,
            "resources": SIZE,
            "podLabels": {"a": "b"},
            "prometheus": WATCHED,
        }
    },
    "watched": {
        "prometheus": WATCHED,
        "envoy": {"prometheus": WATCHED},
        "operator": {"prometheus": {"metricsService": True}},
        "hubble": {
            "metrics": {"enabled": ["dns", "drop"], "serviceMonitor": {"enabled": True}},
            "relay": {"enabled": True, "prometheus": WATCHED},
        },
    },
    "hubble": {
        "hubble": {
            "tls": {"auto": {"method": "cronJob"}},
            "relay": {"enabled": True, "replicas": 2, "podDisruptionBudget": {"enabled": True}, "resources": SIZE},
            "ui": {
                "enabled": True,
                "replicas": 2,
                "podDisruptionBudget": {"enabled": True},
                "topologySpreadConstraints": SPREAD,
                "frontend": {"resources": SIZE},
                "backend": {"resources": SIZE, "livenessProbe": {"enabled": True}},
            },
        },
        "certgen": {"resources": SIZE, "tolerations": [{"operator": "Exists"}]},
    },
    "secure hubble by helm": {
        "hubble": {"relay": {"enabled": True, "tls": {"server": {"enabled": True}}}, "ui": {"enabled": True}}
    },
    "no schedule": {"hubble": {"tls": {"auto": {"method": "cronJob", "schedule": ""}}}},
    "plain hubble": {"hubble": {"tls": {"enabled": False}, "relay": {"enabled": True}}},
    "no hubble": {"hubble": {"enabled": False}},
    "privileged": {"securityContext": {"privileged": True}, "envoy": {"securityContext": {"privileged": True}}},
    "bare": {
        "sysctlfix": {"enabled": False},
        "bpf": {"autoMount": {"enabled": False}},
        "cni": {"install": False},
        "enableCriticalPriorityClass": False,
        "prometheus": {"enabled": True},
        "operator": {"prometheus": {"enabled": False}, "hostNetwork": False},
        "envoy": {"prometheus": {"enabled": False}, "startupProbe": {"enabled": False}},
    },
    "sized": {"resources": SIZE, "initResources": SIZE, "envoy": {"resources": SIZE}, "cgroup": {"autoMount": {"resources": SIZE}}},
}  # fmt: skip


def release(values: dict[str, Any]) -> Release:
    return Release("cilium", "https://helm.cilium.io", "1.19.5", "cilium", "kube-system", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point])
    expansion = expand(made)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "cilium", made, expansion)


def test_what_we_do_not_model_is_named() -> None:
    """Another way to make certificates, and keys outside the model, are said to be unknown."""
    values = {"hubble": {"tls": {"auto": {"method": "certmanager"}}}, "clustermesh": {"useAPIServer": True}}
    assert expand(release(values)).unknown == (
        "values key clustermesh is not modelled",
        "hubble.tls.auto.method certmanager is not modelled",
    )


def test_hubble_calls_down_to_the_agents() -> None:
    """The UI is missed without the relay, and the relay without the agents' Service."""
    facts = expand(release(GRID["hubble"])).facts
    calls = {(fact.subject.name, fact.host, fact.port) for fact in facts if isinstance(fact, Calls)}
    assert calls == {("hubble-ui", "hubble-relay", 80), ("hubble-relay", "hubble-peer", 443)}


def test_what_appears_at_run_time_is_said() -> None:
    """The operator installs the kinds of cilium.io, the job makes Hubble's certificates: references to them hold."""
    made = {
        made.name
        for fact in expand(release(GRID["hubble"])).facts
        if isinstance(fact, Produces)
        for made in fact.objects
    }
    assert {"ciliumnetworkpolicies.cilium.io", "hubble-relay-client-certs", "cilium-ca"} <= made


def test_a_changed_certificate_job_is_another_job() -> None:
    """A Job cannot be changed, so its name changes with what it does."""
    names = [
        body["metadata"]["name"]  # type: ignore[index]
        for values in (GRID["hubble"], GRID["no schedule"])
        for body in expand(release(values)).objects
        if body["kind"] == "Job"
    ]
    assert len(set(names)) == len(names) == 2
