"""cloudnative-pg in labs of one node, two hosts and three hosts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.infrastructure.controllers.cloudnative_pg.component import CLOUDNATIVE_PG
from homelab.catalog.plan import Plan, needs_of, parts_of, pin
from homelab.catalog.versions import support_row, version_conflicts
from homelab.kube.schemas.validate import Schemas
from homelab.software.cloudnative_pg.system import CLOUDNATIVE_PG as SOFTWARE
from homelab.software.lookup import expand
from software.compare import assert_same

TARGETS = {"targets": {"offsite": {"kind": "s3", "endpoint": "https://s3.example.net"}}}
CERTIFICATES = stub("cert-manager", Capability.TLS_ISSUER)


def made(shape: str = "three", settings: dict[str, Any] | None = None, **more: Any) -> Plan:
    return plan(lab(shape, **more), METRICS, CERTIFICATES, CLOUDNATIVE_PG, settings={"cloudnative-pg": settings or {}})


LABS = {
    "three": made(backup=TARGETS),
    "two": made("two", backup=TARGETS),
    "one": made("one", backup=TARGETS),
    "off": made("two", backup=TARGETS, practices=EVERYTHING_OFF),
    "own": made("three", {"replicas": 1, "plugin_replicas": 3}, backup=TARGETS),
    "unwatched": plan(lab("two"), CLOUDNATIVE_PG),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """In each lab our values pass the chart's schema in real helm, and render to exactly what we say they make."""
    for release in releases(LABS[name], "cloudnative-pg").values():
        expansion = expand(release)
        assert expansion.unknown == ()
        assert_same(oracle("helm"), test_data / "charts" / release.chart, release, expansion)


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Budgets and rules are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "cloudnative-pg"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods that the charts really make."""
    assert strangers(LABS[name], "cloudnative-pg") == []


@pytest.mark.parametrize(("name", "copies", "budgets"), [("three", 2, 2), ("two", 2, 2), ("one", 1, 0)])
def test_copies_follow_the_lab(name: str, copies: int, budgets: int) -> None:
    """Two of each controller with a budget where a second node can carry it; on one node neither."""
    found = expanded(LABS[name], "cloudnative-pg")
    assert [body["spec"]["replicas"] for body in found.of("Deployment").values()] == [copies, copies]
    assert len(found.of("PodDisruptionBudget")) == budgets


def test_every_container_is_bounded() -> None:
    """With the practice on, both controllers have a memory request and a limit."""
    for body in expanded(LABS["three"], "cloudnative-pg").of("Deployment").values():
        for container in body["spec"]["template"]["spec"]["containers"]:
            assert container["resources"]["requests"]["memory"]
            assert container["resources"]["limits"]["memory"]


def test_practices_off_leave_the_chart_as_it_is() -> None:
    """With every practice off there are no budgets, spread, monitors, sizes, rules, and no archive plugin."""
    found = expanded(LABS["off"], "cloudnative-pg")
    assert not any(found.of(kind) for kind in ("PodDisruptionBudget", "PodMonitor", "PrometheusRule"))
    (body,) = found.of("Deployment").values()
    pod = body["spec"]["template"]["spec"]
    assert "topologySpreadConstraints" not in pod
    assert not pod["containers"][0]["resources"]


def test_the_plugin_needs_certificates_and_a_target() -> None:
    """The archive plugin and its need of certificates are there exactly where something can be archived."""
    for name, wanted in {"three": True, "off": False, "unwatched": False}.items():
        choice = LABS[name].by_name["cloudnative-pg"]
        assert ("plugin-barman-cloud" in [part.name for part in parts_of(LABS[name], choice)]) is wanted
        needed = {need.capability for need in needs_of(LABS[name], choice)}
        assert (Capability.TLS_ISSUER in needed) is wanted


def test_alerts_ask_what_databases_export(test_data: Path) -> None:
    """The rule that the roadmap names is there, and each rule over databases asks for a series they export."""
    queries = (test_data / "charts/cloudnative-pg/values.yaml").read_text()
    alerts = CLOUDNATIVE_PG.alerts(LABS["three"], LABS["three"].by_name["cloudnative-pg"].settings)
    assert "CNPGLastFailedArchiveTime" in {alert.name for alert in alerts}
    for word in ("last_failed_time", "last_archived_time", "is_wal_receiver_up", "in_recovery", "lag"):
        assert word in queries
    for alert in alerts:
        assert any(known in alert.expression for known in ("cnpg_", "barman_cloud_cloudnative_pg_io_", "cnpg-system"))
        assert len(alert.runbook) > 40


def test_kubernetes_1_33_is_outside_of_support() -> None:
    """On 1.33 the pinned operator runs, and is known to be unsupported there; on 1.35 it is supported."""
    old = made("two", backup=TARGETS, versions={"kubernetes": "1.33.2", "talos": "1.10.6"})
    (part, *_rest) = parts_of(old, old.by_name["cloudnative-pg"])
    row = support_row(SOFTWARE, pin(old, part), chart=True)
    assert row is not None
    assert "1.33" in row.runs
    assert "1.33" not in row.supported
    assert "1.35" in row.supported
    assert not list(version_conflicts(old))


def test_no_value_is_random() -> None:
    """The same lab gives the same bytes twice."""
    first, second = (own(made(backup=TARGETS), "cloudnative-pg") for _ in range(2))
    assert json.dumps(first) == json.dumps(second)
