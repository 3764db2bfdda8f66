"""sealed-secrets in labs of one node and of three hosts."""

from __future__ import annotations

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, plan, releases
from homelab.catalog.plan import namespaces_of
from homelab.catalog.security.sealed_secrets import CONTROLLER, SEALED_SECRETS, alerts
from homelab.software.lookup import expand
from software.compare import assert_same

LABS = {
    "three": plan(lab("three"), METRICS, SEALED_SECRETS),
    "one": plan(lab("one", profile="starter"), METRICS, SEALED_SECRETS),
    "off": plan(lab("two", practices=EVERYTHING_OFF), METRICS, SEALED_SECRETS),
    "own": plan(lab("two"), SEALED_SECRETS, settings={"sealed-secrets": {"key_renewal": "30d"}}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name, oracle, test_data):
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    (release,) = releases(LABS[name], "sealed-secrets").values()
    expansion = expand(release)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "sealed-secrets", release, expansion)


def test_kubeseal_finds_the_controller():
    """The controller has the name by which kubeseal looks for it, and its key is not renewed unasked."""
    found = expanded(LABS["three"], "sealed-secrets")
    assert list(found.of("Deployment")) == [CONTROLLER]
    (release,) = releases(LABS["three"], "sealed-secrets").values()
    assert release.values["keyrenewperiod"] == "0"
    (own,) = releases(LABS["own"], "sealed-secrets").values()
    assert own.values["keyrenewperiod"] == "720h"


@pytest.mark.parametrize(("name", "bounded", "probes"), [("three", True, 3), ("one", True, 3), ("off", False, 2)])
def test_practices_hold(name, bounded, probes):
    """Requests, limits and three probes are there by practice; with it off, what the chart does by itself."""
    (container,) = expanded(LABS[name], "sealed-secrets").of("Deployment")[CONTROLLER]["spec"]["template"]["spec"][
        "containers"
    ]
    assert bool(container["resources"].get("limits")) is bounded
    assert sum(f"{kind}Probe" in container for kind in ("startup", "liveness", "readiness")) == probes
    assert container["securityContext"]["runAsNonRoot"]


def test_monitor_only_where_somebody_reads_it():
    """A ServiceMonitor exists where metrics are collected and the practice holds."""
    assert expanded(LABS["three"], "sealed-secrets").of("ServiceMonitor")
    assert not expanded(LABS["off"], "sealed-secrets").of("ServiceMonitor")
    assert not expanded(LABS["own"], "sealed-secrets").of("ServiceMonitor")


def test_flows_end_at_pods_that_exist():
    """Each end of a declared flow matches a pod that the chart really makes."""
    assert strangers(LABS["three"], "sealed-secrets") == []


def test_namespace_is_restricted_and_alerts_say_what_to_do():
    """The controller needs no privilege; each alert has a runbook."""
    choice = LABS["three"].by_name["sealed-secrets"]
    assert [space.level for space in namespaces_of(LABS["three"], choice)] == ["restricted"]
    assert all(alert.runbook for alert in alerts(LABS["three"], choice.settings))
