"""The chart cloudflared, beside what we say it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homelab.software.cloudflared.system import expand
from homelab.software.software import Release
from software.compare import assert_same

NAMED = {
    "tunnelConfig": {"name": "t"},
    "tunnelSecrets": {"existingPemFileSecret": {"name": "pem"}, "existingConfigJsonFileSecret": {"name": "json"}},
}
SIZE = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}
GRID: dict[str, dict[str, Any]] = {
    "named secrets": NAMED,
    "written secrets": {
        "tunnelConfig": {"name": "t"},
        "tunnelSecrets": {"base64EncodedPemFile": "eA==", "base64EncodedConfigJsonFile": "eA=="},
    },
    "one written": {
        "tunnelConfig": {"name": "t"},
        "tunnelSecrets": {"base64EncodedPemFile": "eA==", "existingConfigJsonFileSecret": {"name": "json"}},
    },
    "two": {**NAMED, "replica": {"allNodes": False, "count": 2}, "resources": SIZE},
    "one": {**NAMED, "replica": {"allNodes": False}},
    "placed": {
        **NAMED,
        "nodeSelector": {"a": "b"},
        "tolerations": [],
        "affinity": {"podAntiAffinity": {}},
        "updateStrategy": {"type": "OnDelete", "rollingUpdate": None},
    },
    "probed": {**NAMED, "livenessProbe": {"httpGet": {"path": "/metrics", "port": 2000}}, "image": {"tag": "2026.1.0"}},
    "another account": {**NAMED, "serviceAccount": {"create": False}, "fullnameOverride": "tunnel"},
    "another name": {**NAMED, "serviceAccount": {"name": "tunnel"}, "nameOverride": "tunnel", "podLabels": {"a": "b"}},
}


def release(values: dict[str, Any], name: str = "cloudflared") -> Release:
    where = "https://community-charts.github.io/helm-charts"
    return Release("cloudflared", where, "2.2.16", name, "cloudflared", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
@pytest.mark.parametrize("name", ["cloudflared", "edge"])
def test_same_as_the_chart(point: str, name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point], name)
    expansion = expand(made)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "cloudflared", made, expansion)


def test_a_key_we_do_not_model_is_named() -> None:
    """A key outside of the model is said to be unknown."""
    assert expand(release({**NAMED, "other": 1})).unknown == ("values key other is not modelled",)


def test_liveness_asks_for_the_internet() -> None:
    """The trap of the chart is in the truth: its liveness is the edge connection, so an outage restarts every pod."""
    (workload,) = [body for body in expand(release(NAMED)).objects if body["kind"] == "DaemonSet"]
    (container,) = workload["spec"]["template"]["spec"]["containers"]  # type: ignore[index]
    assert container["livenessProbe"]["httpGet"]["path"] == "/ready"
