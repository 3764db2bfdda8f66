"""kube-prometheus-stack in labs of one node, two hosts and three hosts."""

from __future__ import annotations

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, lab, own, plain, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.infrastructure.monitoring.kube_prometheus_stack.component import KUBE_PROMETHEUS_STACK, Settings
from homelab.catalog.plan import flows_of, namespaces_of, routes
from homelab.kube.schemas.validate import Schemas
from homelab.software.lookup import expand
from software.compare import assert_same

NAME = "kube-prometheus-stack"
GATEWAY = stub("envoy-gateway", Capability.GATEWAY_HTTP)
CEPH = stub("rook-ceph", Capability.STORAGE_BLOCK)
ALERTS = {
    "slack": {"channel": "#alerts"},
    "webhook": "https://ntfy.example.org/lab",
    "heartbeat": "https://hc.example.net/x",
}
PROMETHEUS = f"prometheus-{NAME}-prometheus"
ALERTMANAGER = f"alertmanager-{NAME}-alertmanager"


def stack(shape="three", settings=None, neighbours=(GATEWAY, CEPH), **more):
    return plan(lab(shape, **more), *neighbours, KUBE_PROMETHEUS_STACK, settings={NAME: settings or {}})


LABS = {
    "three": stack(alerts=ALERTS),
    "open": stack(access={"without_login": ["prometheus", "alertmanager"]}),
    "two": stack("two", {"prometheus_replicas": 1, "alertmanager_replicas": 1, "retention": "15d"}),
    "one": stack("one", neighbours=()),
    "off": stack("two", practices=EVERYTHING_OFF),
    "off, one": stack("one", {"control_plane": False}, practices=EVERYTHING_OFF),
    "all": stack(
        "three", {"prometheus_replicas": 3, "prometheus_storage": "200Gi"}, profile="enterprise", alerts=ALERTS
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name, oracle, test_data):
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    (release,) = releases(LABS[name], NAME).values()
    made = expand(release)
    assert made.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / release.chart, release, made)


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name, test_data):
    """Our own objects and the custom resources of the chart are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    custom = [body for body in expanded(LABS[name], NAME).objects if body["kind"] in {"Prometheus", "Alertmanager"}]
    assert len(custom) == 2
    for body in [*own(LABS[name], NAME), *custom]:
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name):
    """Each end of a declared flow matches pods of the chart or the operator; CoreDNS is the cluster's own."""
    assert {pods.namespace for pods in strangers(LABS[name], NAME)} <= {"kube-system"}


@pytest.mark.parametrize("name", ["three", "two", "one", "all"])
def test_every_container_is_bounded_and_probed(name):
    """Exporters, reloaders and sidecars included: requests, a memory limit and probes on every one that stays."""
    made = expanded(LABS[name], NAME)
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        for title, body in made.of(kind).items():
            pod = body["spec"]["template"]["spec"]
            for each in [*(pod.get("initContainers") or ()), *pod["containers"]]:
                assert {"cpu", "memory"} <= each["resources"]["requests"].keys(), (title, each["name"])
                assert "memory" in each["resources"]["limits"], (title, each["name"])
                assert each["name"].startswith("init-") or "livenessProbe" in each, (title, each["name"])
                assert each["securityContext"]["allowPrivilegeEscalation"] is False, (title, each["name"])


def test_copies_stand_apart_have_volumes_and_may_be_drained():
    """Two Prometheus and three Alertmanagers on different hosts, each with a volume, each set with a budget."""
    made = expanded(LABS["three"], NAME)
    sets = made.of("StatefulSet")
    assert {title: body["spec"]["replicas"] for title, body in sets.items()} == {PROMETHEUS: 2, ALERTMANAGER: 3}
    for body in sets.values():
        spread = body["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert [rule["topologyKey"] for rule in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
        labels = body["spec"]["template"]["metadata"]["labels"]
        assert all(rule["labelSelector"]["matchLabels"].items() <= labels.items() for rule in spread)
        (claim,) = body["spec"]["volumeClaimTemplates"]
        assert claim["spec"]["storageClassName"] == "ceph-block"
    budgets = {title: body["spec"] for title, body in made.of("PodDisruptionBudget").items()}
    assert set(budgets) == {f"{NAME}-prometheus", f"{NAME}-alertmanager"}
    assert all(spec["maxUnavailable"] == 1 and "minAvailable" not in spec for spec in budgets.values())


def test_one_node_gets_one_of_each_and_no_budget():
    """Nothing is doubled where it would stand on the same node, and nothing blocks a drain."""
    made = expanded(LABS["one"], NAME)
    assert {body["spec"]["replicas"] for body in made.of("StatefulSet").values()} == {1}
    assert not made.of("PodDisruptionBudget")
    assert not any(body["spec"].get("volumeClaimTemplates") for body in made.of("StatefulSet").values())


def test_the_two_boxes_are_single_and_keep_half():
    """What the owner sets holds: one each, fifteen days."""
    made = expanded(LABS["two"], NAME)
    assert {body["spec"]["replicas"] for body in made.of("StatefulSet").values()} == {1}
    (prometheus,) = made.of("Prometheus").values()
    assert prometheus["spec"]["retention"] == "15d"
    assert prometheus["spec"]["retentionSize"] == "43520MB"


def test_every_monitor_and_rule_of_the_lab_is_read():
    """No label of a release is asked for, so a monitor of any component is scraped."""
    (prometheus,) = expanded(LABS["off"], NAME).of("Prometheus").values()
    selectors = {key: value for key, value in prometheus["spec"].items() if key.endswith("Selector")}
    assert len(selectors) == 10
    assert set(map(str, selectors.values())) == {"{}"}


def test_practices_off_leave_the_chart_as_it_is():
    """A lab without practices has no budgets, spread or sizes of ours."""
    made = expanded(LABS["off"], NAME)
    assert not made.of("PodDisruptionBudget")
    for body in made.of("StatefulSet").values():
        assert not body["spec"]["template"]["spec"].get("topologySpreadConstraints")
    (exporter,) = made.of("DaemonSet").values()
    (container,) = exporter["spec"]["template"]["spec"]["containers"]
    assert "resources" not in container
    assert container["securityContext"] == {"readOnlyRootFilesystem": True}


def test_no_secret_stands_in_the_values():
    """The Slack webhook is read from a file; its Secret is asked for by name and purpose."""
    values = plain(releases(LABS["three"], NAME)[NAME].values)
    slack = next(each for each in values["alertmanager"]["config"]["receivers"] if each["name"] == "people")
    assert slack["slack_configs"][0]["api_url_file"] == "/etc/alertmanager/slack/url"
    assert "api_url" not in slack["slack_configs"][0]
    assert slack["webhook_configs"] == [{"url": "https://ntfy.example.org/lab", "send_resolved": True}]
    (request,) = KUBE_PROMETHEUS_STACK.secrets(LABS["three"], LABS["three"].settings(NAME))
    pod = expanded(LABS["three"], NAME).of("StatefulSet")[ALERTMANAGER]["spec"]["template"]["spec"]
    mounted = [each["secret"] for each in pod["volumes"] if each["name"] == "slack"]
    assert mounted == [{"secretName": request.name, "optional": True}]
    assert list(request.keys) == ["url"]
    assert KUBE_PROMETHEUS_STACK.secrets(LABS["one"], LABS["one"].settings(NAME)) == ()


def test_silence_raises_the_alarm():
    """The Watchdog goes to the heartbeat every minute, before the rule that drops it; nobody else hears it."""
    config = plain(releases(LABS["three"], NAME)[NAME].values)["alertmanager"]["config"]
    assert config["route"]["routes"][0]["receiver"] == "heartbeat"
    assert config["route"]["receiver"] == "people"
    names = {each["name"] for each in config["receivers"]}
    assert {route["receiver"] for route in config["route"]["routes"]} <= names
    quiet = plain(releases(LABS["one"], NAME)[NAME].values)["alertmanager"]["config"]
    assert quiet["route"]["receiver"] == "null"


def test_etcd_is_scraped_by_address_and_only_when_asked():
    """Etcd is no pod on Talos, so its targets are the control planes' addresses."""
    made = {body["kind"]: body for body in own(LABS["three"], NAME)}
    (static,) = made["ScrapeConfig"]["spec"]["staticConfigs"]
    assert static["targets"] == ["192.168.1.10:2381", "192.168.1.11:2381", "192.168.1.12:2381"]
    assert not any(body["kind"] == "ScrapeConfig" for body in own(LABS["off, one"], NAME))
    monitors = expanded(LABS["off, one"], NAME).of("ServiceMonitor")
    assert not {f"{NAME}-kube-etcd", f"{NAME}-kube-scheduler"} & set(monitors)


def test_interfaces_have_no_login_and_are_closed_until_asked_for():
    """Neither user interface has a route, an address or an open port, until the owner names it under access."""
    choice = LABS["three"].by_name[NAME]
    assert routes(LABS["three"]) == ()
    assert not [body for body in own(LABS["three"], NAME) if body["kind"] == "HTTPRoute"]
    assert "gateway" not in {getattr(flow, "audience", "") for flow in flows_of(LABS["three"], choice)}
    open_, choice = LABS["open"], LABS["open"].by_name[NAME]
    found = [route for _, route in routes(open_)]
    assert len([body for body in own(open_, NAME) if body["kind"] == "HTTPRoute"]) == 2
    assert "gateway" in {getattr(flow, "audience", "") for flow in flows_of(open_, choice)}
    assert {(route.host, route.login) for route in found} == {("prometheus", False), ("alertmanager", False)}
    assert routes(LABS["one"]) == ()
    choice = LABS["three"].by_name[NAME]
    assert [(space.name, space.level) for space in namespaces_of(LABS["three"], choice)] == [
        ("monitoring", "privileged")
    ]


def test_settings_are_documented():
    """Every option says what it is."""
    assert all(field.description for field in Settings.model_fields.values())
