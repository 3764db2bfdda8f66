"""Chart values in which null deleted a default: whole again, and no expansion breaks on them."""

from __future__ import annotations

import pytest

from homelab.software.argo_cd import system as argo_cd
from homelab.software.argo_cd.defaults import DEFAULTS as ARGO_CD
from homelab.software.kube_prometheus_stack import system as kube_prometheus_stack
from homelab.software.kube_prometheus_stack.frame import DEFAULTS as KUBE_PROMETHEUS
from homelab.software.metrics_server import system as metrics_server
from homelab.software.metrics_server.system import DEFAULTS as METRICS_SERVER
from homelab.software.software import Release
from homelab.software.values import over, paths, whole

CHARTS = {
    "argo-cd": (argo_cd.expand, ARGO_CD),
    "kube-prometheus-stack": (kube_prometheus_stack.expand, KUBE_PROMETHEUS),
    "metrics-server": (metrics_server.expand, METRICS_SERVER),
}


def test_what_null_deleted_can_still_be_asked_for():
    """A deleted leaf is None, a deleted map counts as empty and answers for its keys."""
    defaults = {"a": {"b": {"c": 1}}, "d": 1, "e": {}, "f": [1]}
    found = whole(over(defaults, {"a": None, "d": None, "e": None, "f": None}), defaults)
    assert not found["a"]
    assert found["a"]["b"]["c"] is None
    assert (found["d"], found["e"], found["f"]) == (None, {}, [])


def every(values, prefix=()):
    for key, value in values.items():
        yield (*prefix, key)
        if isinstance(value, dict):
            yield from every(value, (*prefix, key))


@pytest.mark.parametrize("chart", CHARTS)
def test_null_for_any_key_never_breaks_an_expansion(chart):
    """A stranger's values may delete any default; the expansion goes on as the chart does."""
    expand, defaults = CHARTS[chart]
    assert set(paths(defaults))
    for path in every(defaults):
        values = None
        for key in reversed(path):
            values = {key: values}
        if path[0] == "redis-ha" and len(path) > 1:
            values["redis-ha"].setdefault("enabled", True)
        assert expand(Release(chart, "https://x", "1", chart, "x", values)).objects, path
