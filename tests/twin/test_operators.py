"""Real operators beside a twin: each as a pod of it, for as long as that pod is ready."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from homelab.errors import ToolError
from homelab.twin.callbacks.setup import Processes
from homelab.twin.operators.process import Operators, refused
from homelab.twin.operators.running import AGAIN, REPORT, Running
from homelab.twin.operators.table import OPERATORS, PROMETHEUS, Operator
from twin.clusters import Answers

IMAGE = "registry.example.org/x/op:1@sha256:0"
BARE = Operator("op", "x/op", (("cheese/v1", "Cheese"),), ("--web.",), lambda setup, who: (f"--api={setup.port}", who))
IN_POD = Operator("op", "x/op", (("cheese/v1", "Cheese"),))


class Started(list):
    """Services that are started, none of which runs; `ended` holds codes of those that have ended."""

    def __init__(self):
        super().__init__()
        self.ended = {}

    def start(self, service):
        """Keep what would be started."""
        self.append(service)
        self.ended.pop(service.name, None)

    def code(self, name):
        """With which code one ended."""
        return self.ended.get(name)

    def kill(self, name):
        """End one."""
        self.ended[name] = -9


class Cluster(Answers):
    """A cluster that gives tokens."""

    def call(self, _method, path, body):
        """A token that says whose it is."""
        audience = ",".join(body["spec"].get("audiences", ["api"]))
        return {"status": {"token": f"{path} for {audience}"}}

    def kind(self, version, kind):
        """Some address of a kind that is served."""
        if kind == "ServiceAccount":
            return SimpleNamespace(path=lambda space, name, sub: f"{space}/{name}/{sub}")
        return super().kind(version, kind)


def lab(*more, ready=1, image=IMAGE, uid="u1", kind="Deployment", spec=None, **container):
    """An operator's workload, and its pod with an address; `more` are further objects."""
    labels, meta = {"app": "op"}, {"name": "op", "namespace": "system"}
    whole = {"containers": [{"name": "op", "image": image, **container}], **(spec or {})}
    workload = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": meta,
        "spec": {"selector": {"matchLabels": labels}, "template": {"spec": whole}},
        "status": {"readyReplicas": ready} if ready else {},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"op-{uid}", "namespace": "system", "uid": uid, "labels": labels},
        "spec": {"serviceAccountName": "keeper", **whole},
        "status": {"podIP": "10.244.0.7", "conditions": [{"type": "Ready", "status": "True" if ready else "False"}]},
    }
    return workload, pod, *more


def running(folder, *bodies, operator=IN_POD, program="/bin/op", kinds=("Cheese",)):
    """The operators of a cluster with these objects, whose API serves these kinds."""
    setup = SimpleNamespace(port=7)
    made = Running(folder, setup, Cluster(*bodies, kinds=kinds), Started(), folder, lambda _: program and Path(program), (operator,))  # fmt: skip
    made.now = 0.0
    made.clock = lambda: made.now
    return made


def spec(folder):
    """What the pod of the operator was started with."""
    return json.loads((folder / "op.pod.json").read_text())


def test_an_operator_waits_for_its_pods(tmp_path):
    """Before a pod of it is ready nothing starts: its permissions and its configuration may not be there."""
    found = running(tmp_path, *lab(ready=0))
    found.look()
    assert found.services == []
    assert found.waiting["op"] == "no pod of it is ready"


def test_without_a_pod_it_runs_with_the_arguments_of_its_pods_but_for_what_is_inside_them(tmp_path):
    """Arguments that name a pod's files are left out, and it is told where the API is and who it is."""
    args = ["--a=1", "--web.cert-file=/cert/tls.crt"]
    env = [{"name": "GOGC", "value": "30"}, {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]
    found = running(tmp_path, *lab(args=args, env=env), operator=BARE)
    found.look()
    (service,) = found.services
    assert service.argv == ("/bin/op", "--a=1", "--api=7", "system:serviceaccount:system:keeper")
    assert service.env["GOGC"] == "30"
    assert json.loads((tmp_path / REPORT).read_text())["started"] == {"op": "system/op-u1"}


def test_in_a_pod_it_has_the_arguments_and_variables_of_its_pod(tmp_path):
    """Words and variables are those of the lab, references put in; the API is where a pod finds it, memory has a bound."""
    env = [
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "A", "value": "$(POD)!"},
    ]
    found = running(tmp_path, *lab(command=["/op", "run"], args=["--me=$(A)", "--it=$(NO)"], env=env))
    found.look()
    made = spec(tmp_path)
    assert made["argv"] == ["/op", "run", "--me=op-u1!", "--it=$(NO)"]
    assert (made["env"]["POD"], made["env"]["A"], made["env"]["GOMEMLIMIT"]) == ("op-u1", "op-u1!", "400MiB")
    assert made["calls"] == {made["env"]["KUBERNETES_SERVICE_PORT"]: 7}


def test_what_its_pod_mounts_lies_where_it_looks_for_it(tmp_path):
    """ConfigMaps, Secrets, single files, the account's token and the pod's namespace; other volumes are empty folders."""
    mounts = [("conf", "/conf", None), ("cert", "/cert", None), ("conf", "/etc/one", "a.yaml"), ("tmp", "/tmp/x", None)]
    token = {"serviceAccountToken": {"path": "token", "audience": "vault"}}
    here = {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}}
    volumes = [
        {"name": "conf", "configMap": {"name": "conf"}},
        {"name": "cert", "secret": {"secretName": "cert", "items": [{"key": "tls.crt", "path": "c.pem"}]}},
        {"name": "tmp", "emptyDir": {}},
        {"name": "api", "projected": {"sources": [token, here]}},
    ]
    mounts = [{"name": n, "mountPath": p, **({"subPath": s} if s else {})} for n, p, s in mounts]
    mounts.append({"name": "api", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"})
    objects = (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf", "namespace": "system"}, "data": {"a.yaml": "b"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cert", "namespace": "system"}, "data": {"tls.crt": base64.b64encode(b"c").decode(), "tls.key": "eA=="}},
    )  # fmt: skip
    found = running(tmp_path, *lab(*objects, spec={"volumes": volumes}, volumeMounts=mounts))
    found.look()
    root = tmp_path / "op"
    files = {str(file.relative_to(root)): file.read_text() for file in root.rglob("*") if file.is_file()}
    assert files == {
        "conf/a.yaml": "b",
        "cert/c.pem": "c",
        "etc/one": "b",
        "var/run/secrets/kubernetes.io/serviceaccount/token": "system/keeper/token for vault",
        "var/run/secrets/kubernetes.io/serviceaccount/namespace": "system",
    }
    assert (root / "tmp" / "x").is_dir()


def volume(**secret):
    """A pod that mounts a Secret."""
    mounts = [{"name": "v", "mountPath": "/v"}]
    return {"spec": {"volumes": [{"name": "v", "secret": {"secretName": "s", **secret}}]}, "volumeMounts": mounts}


def secret(value):
    """The Secret."""
    data = {"k": base64.b64encode(value).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "system"}, "data": data}


def test_a_pod_whose_secret_is_not_there_waits(tmp_path):
    """As a kubelet would; one that may be missing is not waited for."""
    found = running(tmp_path, *lab(**volume()))
    found.look()
    assert (found.services, found.waiting["op"]) == ([], "system/op-u1 waits for the Secret s")
    other = running(tmp_path, *lab(**volume(optional=True)))
    other.look()
    assert [each.name for each in other.services] == ["op"]


def test_a_secret_that_changes_is_seen(tmp_path):
    """A kubelet writes volumes anew while the program runs: an operator may wait for the certificate that it made itself."""
    found = running(tmp_path, *lab(secret(b"old"), **volume()))
    found.look()
    found.api.bodies = lab(secret(b"new"), **volume())
    found.look()
    assert (tmp_path / "op" / "v" / "k").read_bytes() == b"new"
    assert len(found.services) == 1


def test_the_api_server_finds_it_at_the_ports_of_its_pods(tmp_path):
    """Declared ports and those that Services lead to are told to who answers the API server, at every address of a pod."""
    ports = [{"name": "https", "containerPort": 9443}]
    named = {
        "selector": {"app": "op"},
        "ports": [{"port": 443, "targetPort": "https"}, {"port": 80, "targetPort": 8080}],
    }
    other = {"selector": {"app": "x"}, "ports": [{"port": 1}]}
    services = [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": n, "namespace": "system"}, "spec": s}
        for n, s in (("op", named), ("other", other))
    ]
    found = running(tmp_path, *lab(*services, ports=ports))
    found.look()
    assert set(Processes(tmp_path).table()) == {"10.244.0.7:9443", "10.244.0.7:8080"}
    assert {str(port): inner for port, inner in found.runs["op"].ports.items()} == spec(tmp_path)["answers"]


def test_it_ends_with_its_pod_and_comes_back_as_another(tmp_path):
    """A pod that is gone took its program along; a new one of it starts a new one, at its own address."""
    ports = [{"name": "https", "containerPort": 9443}]
    found = running(tmp_path, *lab(ports=ports))
    found.look()
    found.api.bodies = lab(ready=0, ports=ports)
    found.look()
    assert (found.services.ended, Processes(tmp_path).table()) == ({"op": -9}, {})
    found.api.bodies = lab(uid="u2", ports=ports)
    found.look()
    assert found.runs["op"].name == "system/op-u2"
    assert len(found.services) == 2


def test_one_that_ended_is_started_again_after_a_pause(tmp_path):
    """As a kubelet does with a container; until then its end is told."""
    found = running(tmp_path, *lab())
    found.look()
    found.services.ended["op"] = 1
    found.look()
    assert (len(found.services), found.waiting["op"]) == (1, "it ended with code 1")
    found.now += AGAIN
    found.look()
    assert (len(found.services), found.waiting["op"], found.starts["op"]) == (2, "", 2)


def test_it_waits_until_the_api_serves_its_kinds(tmp_path):
    """It looks once which kinds there are, when it starts, and would leave the others alone for ever."""
    found = running(tmp_path, *lab(), kinds=())
    found.look()
    assert (found.services, found.waiting["op"]) == ([], "the API serves no Cheese yet")


def test_it_starts_once(tmp_path):
    """A second look changes nothing; a StatefulSet's pods are looked at as a Deployment's are."""
    found = running(tmp_path, *lab(kind="StatefulSet"))
    found.look()
    found.look()
    assert len(found.services) == 1


@pytest.mark.parametrize("image", ["registry.example.org/other:1", "registry.example.org/x/op-helper:1", "y-x/op:1"])
def test_another_image_is_another_program(tmp_path, image):
    """A name that only begins or ends alike is not taken for the operator."""
    found = running(tmp_path, *lab(image=image))
    found.look()
    assert found.services == []


@pytest.mark.parametrize(
    "image", ["x/op", "x/op:2", "registry.example.org:5000/x/op", "registry.example.org:5000/x/op:v1"]
)
def test_any_registry_has_it(tmp_path, image):
    """A mirror, a registry with a port and an image without a tag are all the same program."""
    found = running(tmp_path, *lab(image=image))
    found.look()
    assert [each.name for each in found.services] == ["op"]


class Refusing:
    """A machine that starts nothing."""

    def run(self, call):
        """Say no, as `unshare` does."""
        raise ToolError(f"{call.program} ended with code 1: Operation not permitted")


def test_what_was_not_built_or_cannot_run_is_not_real(tmp_path):
    """What it makes is then a stand-in's work; who was built and cannot run is told with the reason."""
    assert Operators(tmp_path, Refusing(), lambda _: None).programs == ()
    found = Operators(tmp_path, Refusing(), lambda _: Path("/bin/op"))
    assert found.programs == ("prometheus-operator",)
    assert "Operation not permitted" in found.absent["kyverno"]
    assert found.absent["sealed-secrets-controller"] == "nobody gave its private key"
    allowed = Operators(tmp_path, SimpleNamespace(run=lambda _: None), lambda _: Path("/bin/op"))
    assert set(allowed.programs) == {each.program for each in OPERATORS} - {"sealed-secrets-controller"}
    assert refused(SimpleNamespace(run=lambda _: None)) == ""


def test_every_operator_is_a_program_that_is_built():
    """The table names programs that `homelab twin install --operators` makes, each under the image that it is known by."""
    from homelab.twin.programs import OPERATORS as BUILT

    deployed = {each.name: each.deployed for each in BUILT}
    assert {each.program for each in OPERATORS} <= set(deployed)
    assert all(f"{deployed[each.program] or '/' + each.image}".endswith(f"/{each.image}") for each in OPERATORS)
    assert PROMETHEUS in OPERATORS
