"""The real control plane: it comes up, schedules, survives what it should, and leaves nothing."""

from __future__ import annotations

import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from homelab.cluster.api import Api, ApiRefused
from homelab.errors import HomelabError, ToolError
from homelab.ground import Ground, Node
from homelab.tools.services import Services
from homelab.twin.control_plane import ALIVE, ControlPlane
from homelab.twin.nodes import nodes

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
GIB = 1 << 30
SHAPE = Ground(
    kubernetes="1.35.4",
    nodes=tuple(
        Node(f"n{number}", number < 3, True, f"host-{number}", f"192.0.2.{number}", 4, 8 * GIB, 50 * GIB)
        for number in range(4)
    ),
)
FAST = 10.0


@pytest.fixture(scope="module")
def plane(tmp_path_factory, twin_program):
    """A control plane of three etcd members over four nodes, with the clocks of failure ten times as fast."""
    folder = tmp_path_factory.mktemp("plane")
    services = Services(folder / "logs")
    made = ControlPlane(folder / "plane", services, twin_program, 3, FAST)
    try:
        made.start()
        for node in nodes(SHAPE):
            made.api.create(node)
        until(lambda: len(ready(made)) == len(SHAPE.nodes), 30)
        yield made
        made.api.close()
    finally:
        services.close()


def until(asked, seconds):
    """Wait until something holds."""
    late = time.monotonic() + seconds
    while not asked():
        assert time.monotonic() < late, f"not after {seconds} s"
        time.sleep(0.2)


def ready(plane):
    """The names of nodes that say they are ready."""
    found = set()
    for node in plane.api.list("v1", "Node"):
        conditions = {each["type"]: each["status"] for each in node.get("status", {}).get("conditions", ())}
        if conditions.get("Ready") == "True":
            found.add(node["metadata"]["name"])
    return found


def pods(plane, name):
    """The running pods of a Deployment, by node."""
    found = plane.api.list("v1", "Pod", "default", labelSelector=f"app={name}")
    return {p["metadata"]["name"]: p["spec"].get("nodeName") for p in found if p["status"]["phase"] == "Running"}


def deployment(name, replicas, **pod):
    """A Deployment, its pods as given."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": "x"}], **pod},
            },
        },
    }


def test_pods_run_on_nodes_that_only_say_so(plane):
    """The real scheduler places pods, and they become ready though no container runs."""
    plane.api.create(deployment("web", 3))
    until(lambda: len(pods(plane, "web")) == 3, 30)
    assert set(pods(plane, "web").values()) <= {node.name for node in SHAPE.nodes}


def test_a_job_is_done_and_keeps_nobody_waiting(plane):
    """A pod of a Job succeeds by itself."""
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once", "namespace": "default"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "x", "image": "x"}]}}},
    }
    plane.api.create(job)
    until(lambda: plane.api.get("batch/v1", "Job", "once", "default").get("status", {}).get("succeeded"), 30)
    assert plane.api.get("batch/v1", "Job", "once", "default")["status"]["succeeded"] == 1


def test_talos_own_admission_holds(plane):
    """A pod that asks for the host is refused outside kube-system, as Talos has it by default."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "host", "namespace": "default"},
        "spec": {"hostNetwork": True, "containers": [{"name": "x", "image": "x"}]},
    }
    with pytest.raises(ApiRefused, match="violates PodSecurity"):
        plane.api.create(pod)


def test_nobody_is_let_in_without_a_name(plane):
    """Not even to ask for the version, as Talos has it."""
    trusted = ssl.create_default_context(cafile=str(plane.keys.authority))
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"https://127.0.0.1:{plane.port}/version", timeout=10, context=trusted)


def test_a_node_speaks_for_itself_alone(plane):
    """With the login of one kubelet no other node can be changed, and not its own labels that decide who may run there."""
    keys = plane.keys
    keys.sign("system:node:n1", "system:nodes")
    kubelet = Api(
        "127.0.0.1", plane.port, keys.authority, keys.certificate("system:node:n1"), keys.key("system:node:n1")
    )
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n2"}}
    try:
        with pytest.raises(ApiRefused, match='node "n1" is not allowed to modify node "n2"'):
            kubelet.merge(body, {"metadata": {"labels": {"a": "b"}}})
        own, label = {**body, "metadata": {"name": "n1"}}, {"node-restriction.kubernetes.io/a": "b"}
        with pytest.raises(ApiRefused, match="is not allowed to modify labels"):
            kubelet.merge(own, {"metadata": {"labels": label}})
    finally:
        kubelet.close()


def test_unknown_fields_are_refused(plane):
    """A typo in a manifest is an error here, as it is with Argo CD's strict validation."""
    body = deployment("typo", 1)
    body["spec"]["replica"] = 2
    with pytest.raises(ApiRefused, match="replica"):
        plane.api.apply(body, "test")


def test_a_silent_node_is_noticed_at_the_pace_of_the_clock(plane):
    """Ten times as fast, fifty seconds of grace are five; and it comes back with its label."""
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n3"}}
    plane.api.merge(node, {"metadata": {"labels": {ALIVE: None}}})
    began = time.monotonic()
    until(lambda: "n3" not in ready(plane), 40)
    assert time.monotonic() - began > 50 / FAST - 4.0  # a heartbeat may be some seconds old
    plane.api.merge(node, {"metadata": {"labels": {ALIVE: "true"}}})
    until(lambda: "n3" in ready(plane), 40)


def test_a_member_of_etcd_may_die_and_two_may_not(plane):
    """With a majority writes go on; without one they do not, and come back with it."""
    plane.services.kill("etcd-0")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": "default"}}
    until(lambda: written(plane, body), 30)
    plane.services.kill("etcd-1")
    assert not written(plane, {**body, "metadata": {"name": "two", "namespace": "default"}})
    plane.services.again("etcd-0")
    plane.services.again("etcd-1")
    until(lambda: written(plane, {**body, "metadata": {"name": "three", "namespace": "default"}}), 60)


def written(plane, body):
    """Whether the API takes an object within some seconds."""
    plane.api.timeout, kept = 8.0, plane.api.timeout
    plane.api.close()
    try:
        plane.api.ensure(body)
    except HomelabError:
        return False
    finally:
        plane.api.timeout = kept
        plane.api.close()
    return True


def test_a_server_that_was_killed_comes_back_with_all_it_knew(plane):
    """What was written before is there afterwards, at the same address."""
    plane.services.kill("kube-apiserver")
    assert not plane.api.ready()
    plane.start_server()
    assert plane.api.get("v1", "ConfigMap", "one", "default")


def test_a_program_that_does_not_come_up_is_told_and_nothing_is_left(tmp_path, twin_program):
    """A control plane whose etcd is no etcd says so, with the end of the log."""
    services = Services(tmp_path / "logs")
    broken = {"etcd": Path("/bin/false")}
    try:
        with pytest.raises(ToolError, match="etcd-0 ended with code 1"):
            ControlPlane(tmp_path / "plane", services, lambda name: broken.get(name) or twin_program(name)).start()
    finally:
        services.close()
    assert services.pids() == {}
