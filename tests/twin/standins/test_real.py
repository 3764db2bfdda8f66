"""Stand-ins as a process at a real control plane: what they make is scheduled, bound, and goes with its owner."""

from __future__ import annotations

import json
import sys
import time

import pytest

from homelab.cluster.api import ApiRefused
from homelab.documents.read import load
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import Ground, Node
from homelab.tools.services import Services
from homelab.twin.control_plane import ControlPlane
from homelab.twin.nodes import nodes
from homelab.twin.standins import process
from homelab.twin.standins.plan import MOODS
from homelab.twin.standins.runner import reported
from twin.standins.test_definitions import OPERATOR, POLICY

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
GIB = 1 << 30
SHAPE = Ground(
    kubernetes="1.35.4",
    nodes=tuple(Node(f"n{number}", False, True, f"box-{number}", f"192.0.2.{number}", 4, 8 * GIB, 50 * GIB) for number in (1, 2)),
)  # fmt: skip
POOL = "apiVersion: cilium.io/v2\nkind: CiliumLoadBalancerIPPool\nmetadata: {name: lan}\nspec: {blocks: [{cidr: 192.0.2.64/31}]}\n"
CNPG, LAB = "postgresql.cnpg.io/v1", (POLICY, POOL, OPERATOR)


@pytest.fixture(scope="module")
def twin(tmp_path_factory, twin_program):
    """A control plane of two nodes with stand-ins beside it, and the folder of these."""
    folder = tmp_path_factory.mktemp("twin")
    services = Services(folder / "logs")
    plane = ControlPlane(folder / "plane", services, twin_program)
    try:
        plane.start()
        for node in nodes(SHAPE):
            plane.api.create(node)
        lab = read(of_texts({f"{number}.yaml": text for number, text in enumerate(LAB)}))
        process.start(folder / "stand-ins", services, plane, lab)
        process.ready(folder / "stand-ins", services)
        for name, image in (
            ("cilium", "quay.io/cilium/operator-generic:v1"),
            ("local-path", "docker.io/rancher/local-path-provisioner:v1"),
            ("cnpg", "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0"),
        ):
            plane.api.create(pod(name, image=image))
        yield plane, services, folder / "stand-ins"
        plane.api.close()
    finally:
        services.close()


def pod(name, *, image="example.org/web:1", **spec):
    """A pod."""
    whole = {"containers": [{"name": "main", "image": image}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": whole}


def until(asked, seconds=60):
    """Wait until something holds; what it says."""
    late = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < late, f"not after {seconds} s"
        time.sleep(0.2)
    return found


def test_a_volume_is_where_its_pod_is(twin):
    """A claim of a local class is bound by the real controller to a volume on the node that the real scheduler chose."""
    api = twin[0].api
    disks = {"provisioner": "rancher.io/local-path", "volumeBindingMode": "WaitForFirstConsumer"}
    api.create({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "disks"}, **disks})
    asked = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "disks",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    meta = {"name": "data", "namespace": "default"}
    api.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": asked})
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    api.create(pod("writer", volumes=[volume], nodeSelector={"kubernetes.io/hostname": "n2"}))
    until(lambda: api.get("v1", "Pod", "writer", "default")["status"]["phase"] == "Running")
    claim = api.get("v1", "PersistentVolumeClaim", "data", "default")
    made = api.get("v1", "PersistentVolume", claim["spec"]["volumeName"])
    (term,) = made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert (claim["status"]["phase"], term["matchExpressions"][0]["values"]) == ("Bound", ["n2"])
    api.delete(pod("writer"), grace=0)
    api.delete({**claim, "apiVersion": "v1", "kind": "PersistentVolumeClaim"})
    until(lambda: api.get("v1", "PersistentVolume", claim["spec"]["volumeName"]) is None)


def test_a_service_gets_an_address_of_the_pool(twin):
    """A Service gets an address of a pool whose kind the stand-ins defined, and keeps it when they are killed."""
    plane, services, _ = twin
    for body in load(POOL, "pool"):
        plane.api.create(body)
    meta, spec = {"name": "web", "namespace": "default"}, {"type": "LoadBalancer", "ports": [{"port": 80}]}
    plane.api.create({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})

    def given(name):
        found = plane.api.get("v1", "Service", name, "default")["status"]["loadBalancer"]
        return [each["ip"] for each in found.get("ingress", ())]

    assert until(lambda: given("web")) == ["192.0.2.64"]
    services.kill(process.NAME)
    services.again(process.NAME)
    plane.api.create({"apiVersion": "v1", "kind": "Service", "metadata": {**meta, "name": "other"}, "spec": spec})
    assert until(lambda: given("other")) == ["192.0.2.65"]
    assert given("web") == ["192.0.2.64"]


def test_a_database_lives_and_goes(twin, test_data):
    """A database's pods are scheduled apart and run, a drill breaks it, and with it everything goes that was made for it."""
    plane, _, folder = twin
    for body in load((test_data / "crds" / "cloudnative-pg-v1.30.0.yaml").read_text(encoding="utf-8"), "crds"):
        if body and body["kind"] == "CustomResourceDefinition":
            plane.api.apply(body, "test")
    meta = {"name": "db", "namespace": "default"}
    database = {"apiVersion": CNPG, "kind": "Cluster", "metadata": meta}
    spec = {"instances": 2, "storage": {"size": "1Gi", "storageClass": "disks"}}
    until(lambda: _taken(plane.api, {**database, "spec": spec}))

    def phase():
        return (plane.api.get(CNPG, "Cluster", "db", "default").get("status") or {}).get("phase")

    until(lambda: phase() == "Cluster in healthy state")
    found = plane.api.list("v1", "Pod", "default", labelSelector="cnpg.io/cluster=db")
    assert {each["spec"]["nodeName"] for each in found} == {"n1", "n2"}
    (folder / MOODS).write_text(json.dumps({"Cluster/default/db": "degraded"}))
    until(lambda: phase() == "Failing over")
    (folder / MOODS).unlink()
    until(lambda: phase() == "Cluster in healthy state")
    told = next(each for each in reported(folder) if each["for"].startswith("CloudNativePG"))
    assert "Pod default/db-2" in told["made"]
    plane.api.delete(database)
    until(lambda: not plane.api.list("v1", "Pod", "default", labelSelector="cnpg.io/cluster=db"))
    until(lambda: plane.api.get("v1", "Secret", "db-app", "default") is None)


def _taken(api, body):
    """Whether an object is taken; a kind is served a moment after it was defined."""
    try:
        return bool(api.create(body))
    except ApiRefused as refused:
        if refused.reason != "NotFound":
            raise
        return False
