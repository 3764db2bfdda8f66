"""cilium in labs of one node, two hosts and three hosts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.flows import Serves
from homelab.catalog.infrastructure.network.cilium.component import CILIUM
from homelab.catalog.plan import Plan, flows_of, routes
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

GATEWAY = stub("gateway", Capability.GATEWAY_HTTP)
OPEN = {"without_login": ["hubble"]}


def made(shape: str = "three", settings: dict[str, Any] | None = None, **more: Any) -> Plan:
    return plan(lab(shape, **more), METRICS, GATEWAY, CILIUM, settings={"cilium": settings or {}})


LABS = {
    "three": made(),
    "two": made("two"),
    "one": made("one"),
    "off": made("two", practices=EVERYTHING_OFF),
    "own": made("three", {"operator_replicas": 1, "relay_replicas": 3, "encryption": True, "flow_metrics": []}),
    "open": made(access=OPEN),
    "unwatched": plan(lab("two", access=OPEN), CILIUM),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    (release,) = releases(LABS[name], "cilium").values()
    expansion = expand(release)
    assert expansion.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / "cilium", release, expansion)


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_it_renders_before_prometheus_is_there(name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """On a cluster that knows no ServiceMonitor yet the chart renders with our values, monitors and all."""
    (release,) = releases(LABS[name], "cilium").values()
    values = json.dumps(release.values)
    chart = [str(oracle("helm")), "template", "cilium", str(test_data / "charts/cilium"), "--values", "-"]
    done = subprocess.run(
        [*chart, "--kube-version", "1.35.2"], input=values, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    watched = name not in {"off", "unwatched"}
    assert ("kind: ServiceMonitor" in done.stdout) is watched


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Pool, announcement and route are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "cilium"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods that the chart really makes."""
    assert strangers(LABS[name], "cilium") == []


@pytest.mark.parametrize(("name", "copies", "budgets"), [("three", 2, 3), ("two", 2, 3), ("one", 1, 0)])
def test_copies_follow_the_lab(name: str, copies: int, budgets: int) -> None:
    """Two of everything with a budget where a second node can carry it; on one node neither."""
    found = expanded(LABS[name], "cilium")
    assert {body["spec"]["replicas"] for body in found.of("Deployment").values()} == {copies}
    assert len(found.of("PodDisruptionBudget")) == budgets


def test_every_container_is_bounded() -> None:
    """With the practice on, no container, step of a start or job is left without a request and a limit."""
    found = expanded(LABS["three"], "cilium")
    pods = [
        body["spec"]["template"]["spec"]
        for kind in ("Deployment", "DaemonSet", "Job")
        for body in found.of(kind).values()
    ]
    for container in (each for pod in pods for each in [*pod["containers"], *pod.get("initContainers", ())]):
        assert container["resources"]["requests"]["memory"], container["name"]
        assert container["resources"]["limits"]["memory"], container["name"]


def test_practices_off_leave_the_chart_as_it_is() -> None:
    """With every practice off there are no budgets, spread, monitors or sizes of ours."""
    found = expanded(LABS["off"], "cilium")
    assert not found.of("PodDisruptionBudget")
    assert not found.of("ServiceMonitor")
    for body in found.of("Deployment").values():
        pod = body["spec"]["template"]["spec"]
        assert "topologySpreadConstraints" not in pod
        assert all("resources" not in container for container in pod["containers"])


def test_addresses_are_those_of_the_lab() -> None:
    """Services get addresses of the range the owner set aside, announced on the owner's interfaces."""
    pool, policy, route = own(LABS["open"], "cilium")
    assert pool["spec"]["blocks"] == [{"start": "192.168.1.150", "stop": "192.168.1.170"}]
    assert policy["spec"]["interfaces"] == [LABS["three"].homelab.network.interface]
    assert route["spec"]["rules"][0]["backendRefs"] == [{"name": "hubble-ui", "port": 80}]


def test_only_workers_announce_where_there_are_any() -> None:
    """Control planes announce addresses only in a lab whose applications run on them."""
    assert "nodeSelector" in own(LABS["two"], "cilium")[1]["spec"]
    assert "nodeSelector" not in own(LABS["one"], "cilium")[1]["spec"]


def reached(plan: Plan) -> bool:
    """Whether the gateway may call the pods of the interface."""
    flows = flows_of(plan, plan.by_name["cilium"])
    return any(isinstance(flow, Serves) and flow.audience == "gateway" for flow in flows)


def test_the_ui_is_routed_only_where_the_owner_wants_it() -> None:
    """Closed unless asked for: without a word, or without a gateway, there is no route, no hostname and no open port."""
    assert [route.host for _choice, route in routes(LABS["open"])] == ["hubble"]
    assert reached(LABS["open"])
    for closed in (LABS["three"], LABS["unwatched"]):
        assert routes(closed) == ()
        assert len(own(closed, "cilium")) == 2
        assert not reached(closed)


def test_alerts_ask_what_cilium_exports() -> None:
    """Each alert has a sentence, a way to go on, and asks for a series of Cilium's own or for its absence."""
    choice = LABS["three"].by_name["cilium"]
    for alert in CILIUM.alerts(LABS["three"], choice.settings):
        assert "cilium" in alert.expression
        assert alert.summary
        assert len(alert.runbook) > 40
