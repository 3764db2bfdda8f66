"""Foundation: namespaces, default deny and the joined flows."""

from __future__ import annotations

import pytest

from catalog.plans import METRICS, lab, plan, stub
from homelab.capabilities import Capability
from homelab.catalog.component import Area, Component, Namespace, Part, Settings
from homelab.catalog.flows import Pods, Serves, Uses
from homelab.catalog.plan import parts_of
from homelab.catalog.security.flows import Key, Peer, Rules, joined
from homelab.catalog.security.flows import policy as policy_of
from homelab.catalog.security.foundation import FOUNDATION, guarded, namespaces
from homelab.kube.resource import WAVE
from homelab.kube.schemas.validate import Schemas

SERVER, CLIENT = Pods("data", {"app": "db"}), Pods("shop", {"app": "web"})
DATABASE = Component(
    "database",
    Area.PLATFORM,
    "A database.",
    Settings,
    parts=(Part("database", "data", stateful=True),),
    namespaces=(Namespace("data", quota={"pods": "10"}),),
    provides=frozenset({Capability.DATABASE_POSTGRES}),
    flows=lambda _plan, _settings: (
        Serves(SERVER, 5432, capability=Capability.DATABASE_POSTGRES),
        Serves(SERVER, 9187, audience="metrics"),
        Serves(SERVER, 0, audience="namespace"),
    ),
)
SHOP = Component(
    "shop",
    Area.PLATFORM,
    "A shop.",
    Settings,
    namespaces=(Namespace("shop"), Namespace("data", "privileged")),
    flows=lambda _plan, _settings: (
        Uses(CLIENT, capability=Capability.DATABASE_POSTGRES),
        Uses(CLIENT, outside="world", ports=(443,), protocol="ANY"),
        Uses(CLIENT, outside="lan:10.0.0.0/8", ports=(25,)),
        Serves(CLIENT, 8080, audience="gateway"),
        Serves(CLIENT, 9443, audience="api-server"),
    ),
)
PROXY = Pods("gateway", {"app": "proxy"})
GATEWAY = Component(
    "gateway",
    Area.INFRASTRUCTURE,
    "A gateway.",
    Settings,
    flows=lambda _plan, _settings: (Serves(PROXY, 10443, capability=Capability.GATEWAY_HTTP, audience="lan"),),
)
PROMETHEUS = Component(
    "prometheus",
    Area.INFRASTRUCTURE,
    "Metrics.",
    Settings,
    flows=lambda _plan, _settings: (
        Serves(Pods("monitoring", {"app": "prometheus"}), 9090, capability=Capability.METRICS_STORE),
    ),
)


def key(pods):
    return Key(pods.namespace, tuple(sorted(pods.labels.items())))


def made(shape="three", settings=None, more=(), **options):
    return plan(lab(shape, **options), DATABASE, SHOP, GATEWAY, PROMETHEUS, *more, FOUNDATION, settings=settings)


def manifests(lab_plan):
    choice = lab_plan.by_name["foundation"]
    return [body for part in parts_of(lab_plan, choice) for body in part.resources(lab_plan, choice.settings)]


def named(bodies, kind, name, namespace=None):
    (found,) = [
        b
        for b in bodies
        if b["kind"] == kind and b["metadata"]["name"] == name and b["metadata"].get("namespace") == namespace
    ]
    return found


def test_both_ends_of_a_flow_get_their_rule():
    """Whoever uses a capability may send, and whoever serves it may receive, on the served port."""
    rules = joined(made())
    assert rules[key(SERVER)].ingress[Peer("pods", key(CLIENT))] == {(5432, "TCP")}
    assert rules[key(CLIENT)].egress[Peer("pods", key(SERVER))] == {(5432, "TCP")}


def test_gateway_and_metrics_are_whoever_serves_them():
    """The gateway's proxies reach what is routed, the metrics store reaches what is scraped, whoever they are."""
    rules = joined(made())
    assert rules[key(PROXY)].egress[Peer("pods", key(CLIENT))] == {(8080, "TCP")}
    scraper = Key("monitoring", (("app", "prometheus"),))
    assert rules[scraper].egress[Peer("pods", key(SERVER))] == {(9187, "TCP")}
    assert Peer("entities", ("host", "remote-node")) in rules[scraper].egress


def test_all_ports_are_those_of_one_protocol():
    """Port 0 is every port of its protocol, written as Cilium knows it: a rule without ports would open all others too."""
    policy = named(manifests(made()), "CiliumNetworkPolicy", "allow-db", "data")
    (inside,) = [rule for rule in policy["spec"]["ingress"] if rule["fromEndpoints"] == [{}]]
    assert inside["toPorts"] == [{"ports": [{"port": "0", "protocol": "TCP"}]}]


def test_all_ports_stand_for_those_named_beside_them():
    """A port of a protocol that is open as a whole is left out, one of another protocol stays, and ANY is no list at all."""
    pods = Key("shop", (("app", "web"),))
    rules = Rules(egress={Peer("pods", pods): {(0, "TCP"), (80, "TCP"), (53, "UDP")}})
    (rule,) = policy_of(pods, rules, "some")["spec"]["egress"]
    assert rule["toPorts"] == [{"ports": [{"port": "0", "protocol": "TCP"}, {"port": "53", "protocol": "UDP"}]}]
    rules.egress[Peer("pods", pods)].add((0, "ANY"))
    (rule,) = policy_of(pods, rules, "some")["spec"]["egress"]
    assert "toPorts" not in rule


def test_outside_is_an_entity_or_a_network():
    """The world is an entity, a network of the LAN a CIDR, each with its ports."""
    policy = named(manifests(made()), "CiliumNetworkPolicy", "allow-web", "shop")
    assert {"toEntities": ["world"], "toPorts": [{"ports": [{"port": "443", "protocol": "ANY"}]}]} in policy["spec"][
        "egress"
    ]
    assert any(rule.get("toCIDR") == ["10.0.0.0/8"] for rule in policy["spec"]["egress"])


def test_unknown_audience_is_refused():
    """A flow that nobody can join is a mistake of its author, not a silent hole."""
    odd = Component("odd", Area.APPS, "Odd.", Settings, flows=lambda _p, _s: (Serves(CLIENT, 1, audience="nobody"),))
    with pytest.raises(ValueError, match="nobody"):
        joined(made(more=(odd,)))
    out = Component("out", Area.APPS, "Out.", Settings, flows=lambda _p, _s: (Uses(CLIENT, outside="mars"),))
    with pytest.raises(ValueError, match="mars"):
        joined(made(more=(out,)))


def test_a_namespace_inside_is_all_its_pods_on_all_ports():
    """A Service of another namespace: which port its pods listen on nobody says, so both ends open all of them."""
    caller = Component(
        "caller", Area.APPS, "Calls.", Settings, flows=lambda _p, _s: (Uses(CLIENT, outside="namespace:data"),)
    )
    rules = joined(made(more=(caller,)))
    assert rules[key(CLIENT)].egress[Peer("pods", Key("data", ()))] == {(0, "TCP")}
    assert rules[Key("data", ())].ingress[Peer("pods", key(CLIENT))] == {(0, "TCP")}


def test_what_is_allowed_comes_before_what_is_denied():
    """Argo CD applies policies over the network that they rule: it denies only once everything allowed is there."""
    found = [b for b in manifests(made()) if b["kind"] == "CiliumNetworkPolicy"]
    later = {b["metadata"]["name"] for b in found if "annotations" in b["metadata"]}
    assert later == {"default-deny"}
    assert {b["metadata"]["annotations"][WAVE] for b in found if b["metadata"]["name"] == "default-deny"} == {"1"}


def test_shared_namespace_takes_the_wider_level_and_outlives_its_manifest():
    """Two components in one namespace: the wider level holds, and data in it keeps it from being pruned."""
    body = named(manifests(made()), "Namespace", "data")
    assert body["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert body["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
    assert "annotations" not in named(manifests(made()), "Namespace", "shop")["metadata"]


def test_quota_is_made_where_it_is_declared():
    """A declared quota becomes a ResourceQuota, and nothing else does."""
    quotas = [b for b in manifests(made()) if b["kind"] == "ResourceQuota"]
    assert [(b["metadata"]["namespace"], b["spec"]["hard"]) for b in quotas] == [("data", {"pods": "10"})]


def test_practice_off_leaves_no_policy():
    """Without the practice there is no default deny and no policy at all."""
    off = made(practices={"network_policies": False})
    assert not guarded(off)
    assert {b["kind"] for b in manifests(off)} == {"Namespace", "ResourceQuota"}


def test_one_component_can_opt_out():
    """A component's exception frees every namespace it has a part in, and no other."""
    plan_ = made(settings={"database": {"practices": {"network_policies": False}}})
    assert guarded(plan_) == {"shop"}


def test_system_namespace_is_never_denied():
    """kube-system is neither declared nor denied: its pods come before any policy."""
    system = Component("system", Area.APPS, "S.", Settings, namespaces=(Namespace("kube-system", "privileged"),))
    assert "kube-system" not in namespaces(made(more=(system,)))
    assert "kube-system" not in guarded(made(more=(system,)))


def test_lab_without_namespaces_has_no_policies():
    """Nothing to guard, nothing made."""
    assert manifests(plan(lab("one"), stub("x"), METRICS, FOUNDATION)) == []


def test_environments_of_an_app_stay_apart():
    """An app that serves and uses a capability in several namespaces joins its own ends only inside each."""
    here, there = Pods("app-prod", {"app": "db"}), Pods("app-dev", {"app": "db"})
    clients = [Pods(space, {"app": "web"}) for space in ("app-prod", "app-dev")]
    app = Component(
        "app", Area.APPS, "An app.", Settings,
        flows=lambda _plan, _settings: (
            *(Serves(pods, 5432, capability=Capability.DATABASE_POSTGRES) for pods in (here, there)),
            *(Uses(pods, capability=Capability.DATABASE_POSTGRES) for pods in clients),
        ),
    )  # fmt: skip
    operator = Component(
        "operator", Area.PLATFORM, "An operator.", Settings,
        flows=lambda _plan, _settings: (Uses(Pods("operators", {"app": "op"}), Capability.DATABASE_POSTGRES),),
    )  # fmt: skip
    rules = joined(plan(lab("three"), app, operator, FOUNDATION))
    callers = {peer.what.namespace for peer in rules[key(here)].ingress}
    assert callers == {"app-prod", "operators"}


def test_policies_are_valid_cilium_policies(test_data):
    """Every policy is one that Cilium's own schema accepts."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in manifests(made()):
        assert schemas.validate(body) == [], body["metadata"]["name"]
