"""metrics-server in labs of one node, two hosts and three hosts."""

from __future__ import annotations

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, plan, releases
from homelab.catalog.infrastructure.monitoring.metrics_server import METRICS_SERVER
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

NAME = "metrics-server"


def labs(shape="three", settings=None, **more):
    return plan(lab(shape, **more), METRICS, METRICS_SERVER, settings={NAME: settings or {}})


LABS = {
    "three": labs(),
    "one": labs("one", {"verify_kubelets": True}),
    "off": labs("two", practices=EVERYTHING_OFF),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name, oracle, test_data):
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    (release,) = releases(LABS[name], NAME).values()
    made = expand(release)
    assert made.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / NAME, release, made)


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist_and_certificates_are_valid(name, test_data):
    """Flows match the chart's pods, and the certificate it asks for is one that cert-manager takes."""
    assert strangers(LABS[name], NAME) == []
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    asked = [body for body in expanded(LABS[name], NAME).objects if body["apiVersion"] == "cert-manager.io/v1"]
    assert len(asked) == 2
    assert [schemas.validate(body) for body in asked] == [[], []]


def test_two_with_a_budget_on_several_nodes_and_one_on_one():
    """A drain passes, and one node carries one."""
    several, single = expanded(LABS["three"], NAME), expanded(LABS["one"], NAME)
    assert several.of("Deployment")[NAME]["spec"]["replicas"] == 2
    assert several.of("PodDisruptionBudget")[NAME]["spec"]["maxUnavailable"] == 1
    assert len(several.of("Deployment")[NAME]["spec"]["template"]["spec"]["topologySpreadConstraints"]) == 2
    assert single.of("Deployment")[NAME]["spec"]["replicas"] == 1
    assert not single.of("PodDisruptionBudget")


def test_practices_off_leave_the_chart_as_it_is():
    """No budget, no spread, no monitor, the chart's own size."""
    made = expanded(LABS["off"], NAME)
    assert not made.of("PodDisruptionBudget")
    assert not made.of("ServiceMonitor")
    (container,) = made.of("Deployment")[NAME]["spec"]["template"]["spec"]["containers"]
    assert "limits" not in container["resources"]
    assert METRICS_SERVER.alerts(LABS["off"], LABS["off"].settings(NAME)) == ()


def test_kubelets_are_verified_only_on_request():
    """Without an approver of kubelet certificates verification would measure nothing."""
    assert "args" in releases(LABS["three"], NAME)[NAME].values
    assert "args" not in releases(LABS["one"], NAME)[NAME].values
