"""cert-manager: the expansion beside the real chart."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.kube.facts import Role, Standby
from homelab.software.cert_manager.system import expand
from homelab.software.software import Release
from software.compare import assert_same

SPREAD = [{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}]
BOUNDS = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}
EACH = {
    "replicaCount": 2,
    "podDisruptionBudget": {"enabled": True},
    "resources": BOUNDS,
    "topologySpreadConstraints": SPREAD,
}
GRID = {
    "defaults": {},
    "crds": {"crds": {"enabled": True}},
    "all three doubled": {**EACH, "webhook": EACH, "cainjector": EACH},
    "budgets of their own": {"podDisruptionBudget": {"enabled": True, "maxUnavailable": 1}, "replicaCount": 3},
    "monitor": {"prometheus": {"servicemonitor": {"enabled": True}}},
    "metrics off": {"prometheus": {"enabled": False}},
    "no injector": {"cainjector": {"enabled": False}},
    "no start check": {"startupapicheck": {"enabled": False}},
    "no liveness": {"livenessProbe": {"enabled": False}},
    "priority": {"global": {"priorityClassName": "system-cluster-critical"}, "tolerations": [{"operator": "Exists"}]},
}


def release(values, name="cert-manager"):
    return Release("cert-manager", "https://charts.jetstack.io", "v1.21.1", name, "cert-manager", values)


@pytest.mark.slow
@pytest.mark.parametrize("values", GRID.values(), ids=GRID.keys())
def test_expansion_equals_the_chart(oracle, test_data, values):
    """For each switch we read, the expansion and the real chart make the same objects."""
    made = release(values)
    assert_same(oracle("helm"), test_data / "charts" / "cert-manager", made, expand(made))


def test_a_second_controller_is_a_standby():
    """A replica more shortens a takeover; it does not serve more."""
    facts = expand(release({})).facts
    subject = Subject("Deployment", "cert-manager", "cert-manager")
    assert {type(fact) for fact in facts if fact.subject == subject} == {Role, Standby}


def test_unmodelled_values_are_named():
    """A value that the expansion does not understand is said to be unknown, never ignored."""
    assert expand(release({"hostAliases": [1]})).unknown == ("values key hostAliases is not modelled",)
