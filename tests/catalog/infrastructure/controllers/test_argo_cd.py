"""argo-cd in labs of one node, two hosts and three hosts."""

from __future__ import annotations

import random
import subprocess
from base64 import b64encode
from shutil import which

import pytest
from pydantic import TypeAdapter

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plain, plan, releases, stub
from homelab.capabilities import Capability
from homelab.catalog.infrastructure.controllers.argo_cd.component import ARGO_CD
from homelab.catalog.plan import namespaces_of, routes
from homelab.kube.schemas.validate import Schemas
from homelab.software.argo_cd.known_hosts import KNOWN_HOSTS
from homelab.software.lookup import expand
from homelab.spec.host_keys import HostKey, names
from software.compare import assert_same, real

GATEWAY = stub("envoy-gateway", Capability.GATEWAY_HTTP)


def argo(shape="three", settings=None, *neighbours, **more):
    return plan(lab(shape, **more), METRICS, GATEWAY, *neighbours, ARGO_CD, settings={"argo-cd": settings or {}})


SERVERS = (
    "[nas.lan]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFKoaltZD/zykxDOAQyxw1SHAt583i/Dx1BPBSzRiX5C",
    "nas.lan ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP/G/2lNdJ+qnEouBghfpGAH5TGrPXMSiZF6kMB2tEtO",
)
LABS = {
    "three": argo(),
    "two": argo("two", {"ha": True, "server_replicas": 1, "repo_server_replicas": 1}),
    "one": argo("one"),
    "off": argo("two", practices=EVERYTHING_OFF),
    "off, one": argo("one", practices=EVERYTHING_OFF),
    "all": argo("three", {"notifications": True, "application_set_replicas": 3}, profile="enterprise"),
    "forge": argo("one", git={"repository": "ssh://git@nas.lan:2222/me/lab.git", "host_keys": SERVERS}),
    "crowded": argo("one", {"ha": True, "server_replicas": 2}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LABS)
def test_values_render_as_we_say(name, oracle, test_data):
    """In each lab our values render with real helm, and to exactly what we say the chart makes of them."""
    (release,) = releases(LABS[name], "argo-cd").values()
    made = expand(release)
    assert made.unknown == ()
    assert_same(oracle("helm"), test_data / "charts" / release.chart, release, made)


@pytest.fixture(scope="module")
def known_hosts(oracle, test_data):
    """What `/app/config/ssh/ssh_known_hosts` holds, which Argo CD's own client and its git read (util/cert/cert.go)."""
    (release,) = releases(LABS["forge"], "argo-cd").values()
    made = real(oracle("helm"), test_data / "charts" / release.chart, release)
    (config,) = [body for body in made if body["metadata"]["name"] == "argocd-ssh-known-hosts-cm"]
    return config["data"]["ssh_known_hosts"]


@pytest.mark.slow
def test_the_servers_that_argo_cd_knows_are_those_of_the_chart_and_of_the_file(known_hosts):
    """Keys of the file follow the chart's own, whose servers are those that we say; each line is one that readers take."""
    lines = [line for line in known_hosts.splitlines() if line]
    assert all(TypeAdapter(HostKey).validate_python(line) == line for line in lines)
    assert tuple(lines[-2:]) == SERVERS
    assert {name for line in lines[:-2] for name in names(line)} == set(KNOWN_HOSTS)


@pytest.mark.slow
@pytest.mark.skipif(which("ssh-keygen") is None, reason="ssh-keygen is not installed")
@pytest.mark.parametrize(("server", "keys"), [
    ("[nas.lan]:2222", SERVERS[:1]), ("nas.lan", SERVERS[1:]), ("[nas.lan]:22", ()), ("[github.com]:443", ()),
])  # fmt: skip
def test_openssh_finds_the_keys_of_a_server_by_its_name_and_port(known_hosts, tmp_path, server, keys):
    """Git in Argo CD asks OpenSSH: it has the key of each server at its port, and none of the server at another."""
    file = tmp_path / "known_hosts"
    file.write_text(known_hosts)
    done = subprocess.run(["ssh-keygen", "-F", server, "-f", str(file)], capture_output=True, text=True, check=False)
    assert tuple(line for line in done.stdout.splitlines() if not line.startswith("#")) == keys


@pytest.mark.slow
def test_whatever_key_a_server_has_the_chart_is_answered_for():
    """Keys hold by chance whatever words the chart compares with; no such line makes the chart unknown without helm."""
    chance = random.Random(2222)
    for _ in range(300):
        blob = b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + chance.randbytes(32)).decode()
        name = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(chance.randint(1, 20)))
        keys = [f"[{name}.lan]:{chance.randint(23, 65535)} ssh-ed25519 {blob}"]
        found = argo("one", git={"repository": f"ssh://git@{name}.lan/me/lab.git", "host_keys": keys})
        assert expand(releases(found, "argo-cd")["argocd"]).unknown == (), keys


def test_no_host_key_is_given_where_the_file_has_none():
    """A lab without keys of its own leaves the chart's as they are."""
    assert "ssh" not in plain(releases(LABS["one"], "argo-cd")["argocd"].values)["configs"]


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name, test_data):
    """Our own objects are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    made = list(own(LABS[name], "argo-cd"))
    assert [body["kind"] for body in made] == ["HTTPRoute"]
    assert [schemas.validate(body) for body in made] == [[]]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name):
    """Each end of a declared flow matches pods that the chart really makes."""
    assert strangers(LABS[name], "argo-cd") == []


def containers(made):
    for kind in ("Deployment", "StatefulSet", "Job"):
        for title, body in made.of(kind).items():
            pod = body["spec"]["template"]["spec"]
            for each in [*pod.get("initContainers", ()), *pod["containers"]]:
                yield f"{title}/{each['name']}", each


@pytest.mark.parametrize("name", ["three", "two", "one", "all", "crowded"])
def test_every_container_is_bounded_and_probed(name):
    """With all practices on, no container is without requests, memory limit and probes; those that end need none."""
    made = expanded(LABS[name], "argo-cd")
    for title, each in containers(made):
        assert {"cpu", "memory"} <= each["resources"]["requests"].keys(), title
        assert "memory" in each["resources"]["limits"], title
        ends = title.endswith(("copyutil", "config-init", "secret-init"))
        assert ends or "readinessProbe" in each, title


def test_copies_stand_apart_and_may_be_drained():
    """Everything that may be two is two, on different hosts, with a budget that lets a drain pass."""
    made = expanded(LABS["three"], "argo-cd")
    pairs = {"argocd-server", "argocd-repo-server", "argocd-applicationset-controller"}
    counts = {name: body["spec"]["replicas"] for name, body in made.of("Deployment").items()}
    assert counts == {**dict.fromkeys(pairs, 2), "argocd-redis-ha-haproxy": 3}
    assert {name: body["spec"]["replicas"] for name, body in made.of("StatefulSet").items()} == {
        "argocd-application-controller": 1,
        "argocd-redis-ha-server": 3,
    }
    budgets = made.of("PodDisruptionBudget")
    assert set(budgets) == {*pairs, "argocd-redis-ha-pdb", "argocd-redis-ha-haproxy-pdb"}
    assert {body["spec"]["maxUnavailable"] for body in budgets.values()} == {1}
    for name in pairs:
        keys = [
            r["topologyKey"]
            for r in made.of("Deployment")[name]["spec"]["template"]["spec"]["topologySpreadConstraints"]
        ]
        assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]


def test_one_node_gets_one_of_each_and_no_budget():
    """A budget of one pod would block every drain; a second copy on the same node would help nobody."""
    made = expanded(LABS["one"], "argo-cd")
    counts = {body["spec"]["replicas"] for kind in ("Deployment", "StatefulSet") for body in made.of(kind).values()}
    assert counts == {1}
    assert not made.of("PodDisruptionBudget")
    assert "argocd-redis" in made.of("Deployment")


def test_practices_off_leave_the_chart_as_it_is():
    """A lab without practices has no budgets, spread, sizes or monitors of ours, and the chart's own probes."""
    made = expanded(LABS["off"], "argo-cd")
    assert not made.of("PodDisruptionBudget")
    assert not made.of("ServiceMonitor")
    for body in made.of("Deployment").values():
        assert not body["spec"]["template"]["spec"].get("topologySpreadConstraints")
    bounded = [title for title, each in containers(made) if each["resources"]]
    assert bounded == []
    server = made.of("Deployment")["argocd-server"]["spec"]["template"]["spec"]["containers"][0]
    assert "livenessProbe" in server
    assert "startupProbe" not in server


def test_nothing_of_the_render_is_random_and_no_policy_is_made_twice():
    """The password of the cache is made in the cluster; who may talk to whom is declared by the foundation alone."""
    values = plain(releases(LABS["three"], "argo-cd")["argocd"].values)
    assert "password" not in str(values).lower()
    assert not expanded(LABS["three"], "argo-cd").of("NetworkPolicy")


def test_the_two_boxes_of_the_roadmap_are_single_where_they_say_so():
    """The lab as it is: one server, one repository server, and yet three Redis."""
    made = expanded(LABS["two"], "argo-cd")
    counts = {name: body["spec"]["replicas"] for name, body in made.of("Deployment").items()}
    assert (counts["argocd-server"], counts["argocd-repo-server"], counts["argocd-redis-ha-haproxy"]) == (1, 1, 3)


def test_too_few_nodes_for_three_redis_share_nodes():
    """Three Redis wished for on one node start at all: the rule that keeps them apart is off there."""
    made = expanded(LABS["crowded"], "argo-cd")
    rules = made.of("StatefulSet")["argocd-redis-ha-server"]["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]
    assert "requiredDuringSchedulingIgnoredDuringExecution" not in rules


def test_the_interface_is_routed_and_brings_a_login():
    """One hostname, where the lab has a gateway; none where it has not."""
    (found,) = routes(LABS["three"])
    assert (found[1].host, found[1].namespace, found[1].login) == ("argocd", "argocd", True)
    bare = plan(lab("one"), ARGO_CD)
    assert routes(bare) == ()
    assert list(own(bare, "argo-cd")) == []


def test_alerts_need_metrics():
    """Without monitors an alert on Argo CD's metrics could never fire, or would always; so there is none."""
    names = {alert.name for alert in ARGO_CD.alerts(LABS["three"], LABS["three"].settings("argo-cd"))}
    assert {"ArgoCDApplicationOutOfSync", "ArgoCDSyncFailed"} <= names
    assert ARGO_CD.alerts(LABS["off"], LABS["off"].settings("argo-cd")) == ()


def test_the_namespace_is_restricted():
    """Nothing of Argo CD needs more than the restricted level."""
    (choice,) = [choice for choice in LABS["three"].choices if choice.name == "argo-cd"]
    assert [(space.name, space.level) for space in namespaces_of(LABS["three"], choice)] == [("argocd", "restricted")]
