"""redis-operator in labs of one node, two hosts and three hosts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases
from homelab.catalog.plan import Plan
from homelab.catalog.platform.databases.redis_operator import REDIS_OPERATOR
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same


def made(shape: str = "three", settings: dict[str, Any] | None = None, **more: Any) -> Plan:
    return plan(lab(shape, **more), METRICS, REDIS_OPERATOR, settings={"redis-operator": settings or {}})


LABS = {
    "three": made(),
    "two": made("two"),
    "one": made("one"),
    "off": made("two", practices=EVERYTHING_OFF),
    "own": made("three", {"replicas": 1}),
    "unwatched": plan(lab("two"), REDIS_OPERATOR),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    (release,) = releases(LABS[name], "redis-operator").values()
    expansion = expand(release)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "redis-operator", release, expansion)


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Budget, monitor and rules are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "redis-operator"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods that the chart really makes."""
    assert strangers(LABS[name], "redis-operator") == []


@pytest.mark.parametrize(("name", "copies", "budgets"), [("three", 2, 1), ("two", 2, 1), ("one", 1, 0)])
def test_copies_follow_the_lab(name: str, copies: int, budgets: int) -> None:
    """Two operators with a budget where a second node can carry one; on one node neither."""
    found = expanded(LABS[name], "redis-operator")
    (body,) = found.of("Deployment").values()
    assert body["spec"]["replicas"] == copies
    assert len(found.of("PodDisruptionBudget")) == budgets


def test_hosts_come_before_nodes() -> None:
    """The operators prefer different hosts more than different nodes; on one host only nodes matter."""
    (body,) = expanded(LABS["two"], "redis-operator").of("Deployment").values()
    rules = body["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]
    (terms,) = rules.values()
    assert [(each["weight"], each["podAffinityTerm"]["topologyKey"]) for each in terms] == [
        (100, "topology.kubernetes.io/zone"),
        (50, "kubernetes.io/hostname"),
    ]


def test_practices_off_leave_no_trace() -> None:
    """With every practice off there are no budget, spread, monitor, rules, sizes and contexts of ours."""
    assert own(LABS["off"], "redis-operator") == []
    (body,) = expanded(LABS["off"], "redis-operator").of("Deployment").values()
    pod = body["spec"]["template"]["spec"]
    assert "affinity" not in pod
    assert "resources" not in pod["containers"][0]
    assert not pod["securityContext"]
