"""metrics-server's chart, as we say it is and as it is."""

from __future__ import annotations

import pytest

from homelab.software.metrics_server.system import METRICS_SERVER, expand
from homelab.software.software import Release
from software.compare import assert_same

GRID = {
    "defaults": ("metrics-server", {}),
    "another release name": ("ms", {}),
    "several": (
        "metrics-server",
        {
            "replicas": 2,
            "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"},
            "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "ScheduleAnyway"}],
            "updateStrategy": {"type": "RollingUpdate"},
        },
    ),
    "certificates": (
        "metrics-server",
        {"tls": {"type": "cert-manager"}, "apiService": {"insecureSkipTLSVerify": False}},
    ),
    "watched": ("metrics-server", {"metrics": {"enabled": True}, "serviceMonitor": {"enabled": True}}),
    "monitor without metrics": ("metrics-server", {"serviceMonitor": {"enabled": True}}),
    "bare": (
        "metrics-server",
        {
            "resources": None,
            "livenessProbe": None,
            "priorityClassName": "",
            "rbac": {"create": False},
            "serviceAccount": {"create": False},
            "apiService": {"create": False},
        },
    ),
    "placed": (
        "metrics-server",
        {
            "hostNetwork": {"enabled": True},
            "nodeSelector": {"a": "b"},
            "tolerations": [{"operator": "Exists"}],
            "podLabels": {"c": "d"},
            "args": ["--kubelet-insecure-tls"],
            "fullnameOverride": "top",
            "image": {"tag": "v0.8.0"},
        },
    ),
}


def released(values, name="metrics-server"):
    repository = "https://kubernetes-sigs.github.io/metrics-server"
    return Release("metrics-server", repository, "3.13.1", name, "kube-system", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_the_expansion_makes_what_the_chart_makes(point, oracle, test_data):
    """Equal over the grid of values."""
    name, values = GRID[point]
    release = released(values, name)
    expansion = expand(release)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "metrics-server", release, expansion)


def test_other_certificates_and_the_resizer_are_unknown():
    """What is not modelled is named."""
    values = {"tls": {"type": "helm"}, "addonResizer": {"enabled": True}}
    assert expand(released(values)).unknown == (
        "values key addonResizer is not modelled",
        "values key tls.type: helm is not modelled",
    )


def test_the_new_line_does_not_run_on_an_old_cluster():
    """0.9 needs Kubernetes 1.34: on 1.33 the line stays 0.8."""
    lines = {support.line: support.runs for support in METRICS_SERVER.support}
    assert "1.33" in lines["0.8"]
    assert "1.33" not in lines["0.9"]
