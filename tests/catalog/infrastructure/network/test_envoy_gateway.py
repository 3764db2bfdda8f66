"""envoy-gateway in labs of one node, two hosts and three hosts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.infrastructure.network.envoy_gateway.component import ENVOY_GATEWAY
from homelab.catalog.offers.gateway import PROXY_NAMESPACE, PROXY_SERVICE, gateway_address, http_route
from homelab.catalog.plan import Plan
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same


def made(shape: str = "three", settings: dict[str, Any] | None = None, **more: Any) -> Plan:
    return plan(lab(shape, **more), METRICS, ENVOY_GATEWAY, settings={"envoy-gateway": settings or {}})


LABS = {
    "three": made(),
    "two": made("two"),
    "one": made("one"),
    "off": made("two", practices=EVERYTHING_OFF),
    "single": made("two", {"replicas": 1, "proxy_replicas": 1}),
    "own": made("three", {"proxy_replicas": 3, "address": "192.168.1.169"}, profile="enterprise"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name: str, oracle: Callable[[str], Path], test_data: Path) -> None:
    """In each lab our values render with real helm, and to exactly what we say the charts make of them."""
    for release in releases(LABS[name], "envoy-gateway").values():
        expansion = expand(release)
        assert expansion.unknown == ()
        assert_same(oracle("helm"), test_data / "charts" / release.chart, release, expansion)


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Every object of ours is what its kind allows."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "envoy-gateway"):
        assert schemas.validate(body) == [], (body["kind"], body["metadata"]["name"])


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods of the controller, its job, or the proxies."""
    assert strangers(LABS[name], "envoy-gateway") == []


@pytest.mark.parametrize(
    ("name", "copies", "budgets"), [("three", 2, 2), ("two", 2, 2), ("one", 1, 0), ("single", 1, 0)]
)
def test_copies_follow_the_lab(name: str, copies: int, budgets: int) -> None:
    """Two controllers and two proxies with budgets where a second node can carry them; one of each elsewhere."""
    found = expanded(LABS[name], "envoy-gateway")
    assert found.unknown == ()
    assert {key: body["spec"]["replicas"] for key, body in found.of("Deployment").items()} == {
        "envoy-gateway": copies,
        PROXY_SERVICE: copies,
    }
    assert len(found.of("PodDisruptionBudget")) == budgets


def test_every_container_is_bounded() -> None:
    """With the practice on, also the job and the sidecar that drains connections have a request and a limit."""
    found = expanded(LABS["three"], "envoy-gateway")
    pods = [body["spec"]["template"]["spec"] for kind in ("Deployment", "Job") for body in found.of(kind).values()]
    containers = [each for pod in pods for each in pod["containers"]]
    assert {each["name"] for each in containers} == {
        "envoy-gateway",
        "envoy-gateway-certgen",
        "envoy",
        "shutdown-manager",
    }
    for each in containers:
        assert each["resources"]["requests"]["memory"], each["name"]
        assert each["resources"]["limits"]["memory"], each["name"]


def test_proxies_spread_over_machines() -> None:
    """Copies part by physical host first, then by node; without the practice nothing is said."""
    pod = expanded(LABS["three"], "envoy-gateway").of("Deployment")[PROXY_SERVICE]["spec"]["template"]["spec"]
    keys = [each["topologyKey"] for each in pod["topologySpreadConstraints"]]
    assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    bare = expanded(LABS["off"], "envoy-gateway")
    for body in bare.of("Deployment").values():
        assert "topologySpreadConstraints" not in body["spec"]["template"]["spec"]
    assert not bare.of("PodDisruptionBudget")
    assert not bare.of("PodMonitor")


def test_the_address_is_stable() -> None:
    """The Service has the name the tunnel points at, and the address the hostnames resolve to."""
    service = expanded(LABS["three"], "envoy-gateway").of("Service")[PROXY_SERVICE]
    assert service["metadata"]["namespace"] == PROXY_NAMESPACE
    assert service["metadata"]["annotations"]["lbipam.cilium.io/ips"] == gateway_address(LABS["three"])
    assert service["spec"]["externalTrafficPolicy"] == "Cluster"
    assert {port["port"]: port["targetPort"] for port in service["spec"]["ports"]} == {80: 10080, 443: 10443}
    chosen = expanded(LABS["own"], "envoy-gateway").of("Service")[PROXY_SERVICE]
    assert chosen["metadata"]["annotations"]["lbipam.cilium.io/ips"] == "192.168.1.169"


def test_routes_of_components_find_their_listener() -> None:
    """What `http_route` hangs itself on exists, takes routes of every namespace, and carries the certificate."""
    objects = {(body["kind"], body["metadata"]["name"]): body for body in own(LABS["three"], "envoy-gateway")}
    route = http_route(LABS["three"], name="a", namespace="a", host="a", service="a", port=80)
    (parent,) = route["spec"]["parentRefs"]
    gateway = objects["Gateway", parent["name"]]
    assert gateway["metadata"]["namespace"] == parent["namespace"]
    (listener,) = [each for each in gateway["spec"]["listeners"] if each["name"] == parent["sectionName"]]
    assert listener["allowedRoutes"] == {"namespaces": {"from": "All"}}
    assert listener["hostname"] == "*.example.org"
    (secret,) = listener["tls"]["certificateRefs"]
    assert objects["Certificate", "wildcard"]["spec"]["secretName"] == secret["name"]
    assert objects["Certificate", "wildcard"]["metadata"]["namespace"] == parent["namespace"]


def test_plain_http_only_redirects() -> None:
    """Port 80 takes no route of an application: all it says is where https is."""
    objects = {(body["kind"], body["metadata"]["name"]): body for body in own(LABS["three"], "envoy-gateway")}
    (plain,) = [each for each in objects["Gateway", "homelab"]["spec"]["listeners"] if each["port"] == 80]
    assert plain["allowedRoutes"] == {"namespaces": {"from": "Same"}}
    (rule,) = objects["HTTPRoute", "https-redirect"]["spec"]["rules"]
    assert "backendRefs" not in rule


def test_alerts_say_how_to_go_on() -> None:
    """Each alert has a sentence and a way to go on."""
    for alert in ENVOY_GATEWAY.alerts(LABS["three"], LABS["three"].by_name["envoy-gateway"].settings):
        assert alert.summary
        assert len(alert.runbook) > 40


TIMEOUTS = {
    "BackendTrafficPolicy": {"tcp": {"connectTimeout"}, "http": {
        "requestTimeout", "streamIdleTimeout", "connectionIdleTimeout", "maxConnectionDuration", "maxStreamDuration",
    }},
    "ClientTrafficPolicy": {"tcp": {"idleTimeout", "connectionInspectionTimeout", "tlsHandshakeTimeout"}, "http": {
        "requestHeadersReceivedTimeout", "requestReceivedTimeout", "idleTimeout", "streamIdleTimeout",
    }},
}  # fmt: skip
"""Every time-out that both kinds of policy have in the pinned version."""
UNBOUNDED = {"maxStreamDuration"}
"""Time-outs whose default is none, as we want it, and that cannot be set to none."""


def policy(name: str, kind: str) -> dict[str, Any]:
    (body,) = [each for each in own(LABS[name], "envoy-gateway") if each["kind"] == kind]
    return body["spec"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", TIMEOUTS)
def test_no_timeout_is_left_to_a_default(kind: str, test_data: Path) -> None:
    """Each time-out that the kind knows is decided by us; a new one of a later version fails here until it is."""
    timeouts = policy("three", kind)["timeout"]
    for layer, names in TIMEOUTS[kind].items():
        assert timeouts[layer].keys() == names - UNBOUNDED
    crds = yaml.safe_load_all((test_data / "crds" / "envoy-gateway-v1.9.0.yaml").read_text(encoding="utf-8"))
    (kinds,) = [each for each in crds if each and each["spec"]["names"]["kind"] == kind]
    spec = kinds["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    known = spec["timeout"]["properties"]
    assert {layer: set(each["properties"]) for layer, each in known.items()} == TIMEOUTS[kind]


def test_no_answer_is_cut() -> None:
    """A workflow, an upload or a stream may take as long as it takes; only silence ends it, after an hour."""
    backend, client = policy("three", "BackendTrafficPolicy"), policy("three", "ClientTrafficPolicy")
    assert backend["timeout"]["http"]["requestTimeout"] == client["timeout"]["http"]["requestReceivedTimeout"] == "0s"
    assert {each["timeout"]["http"]["streamIdleTimeout"] for each in (backend, client)} == {"1h"}
    assert "requestBuffer" not in backend
    assert set(backend["retry"]["retryOn"]["triggers"]) == {"connect-failure", "refused-stream"}


def test_only_the_tunnel_is_believed() -> None:
    """Who called is read from X-Forwarded-For where a tunnel stands in front, and from pods alone."""
    assert "clientIPDetection" not in policy("three", "ClientTrafficPolicy")
    tunnel = stub("tunnel", Capability.ACCESS_PUBLIC)
    made = plan(lab("three"), METRICS, tunnel, ENVOY_GATEWAY)
    (body,) = [each for each in own(made, "envoy-gateway") if each["kind"] == "ClientTrafficPolicy"]
    assert body["spec"]["clientIPDetection"] == {"xForwardedFor": {"trustedCIDRs": [made.homelab.network.pods]}}
