"""A control plane of a test beside which one real operator runs, installed by its chart, and what it made beside what we say."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homelab.cluster.api import Api, ApiRefused
from homelab.documents.read import load
from homelab.ground import Ground, Node
from homelab.software.lookup import kind_truths
from homelab.tools.process import Programs
from homelab.tools.services import Services
from homelab.twin.callbacks import setup
from homelab.twin.control_plane import ControlPlane
from homelab.twin.nodes import nodes
from homelab.twin.operators.process import Operators

GIB = 1 << 30
SHAPE = Ground(
    kubernetes="1.35.4",
    nodes=tuple(Node(f"n{number}", False, True, f"box-{number}", f"192.0.2.{number}", 8, 32 * GIB, 200 * GIB) for number in (1, 2, 3)),
)  # fmt: skip
WEAVES = {"Namespace": 0, "CustomResourceDefinition": 1}
"""What comes before the rest."""


@dataclass
class Beside:
    """A control plane, its operators, and the folder of what it calls."""

    plane: ControlPlane
    operators: Operators
    calls: Path

    @property
    def api(self) -> Api:
        """Its API."""
        return self.plane.api

    def log(self, name: str) -> str:
        """The end of what an operator said."""
        return Services(self.operators.folder / "logs").tail(name)


@contextmanager
def beside(folder: Path, twin_program: Any, program: str) -> Iterator[Beside]:
    """A control plane of three nodes beside which one operator runs as soon as a pod of it is ready."""
    services, calls = Services(folder / "logs"), folder / "callbacks"
    plane = ControlPlane(folder / "plane", services, twin_program, door=calls / setup.SOCKET)
    file = twin_program(program)
    operators = Operators(folder / "operators", Programs(), lambda name: file if name == program else None, sealed=True)
    try:
        plane.start()
        setup.start(calls, services, plane)
        setup.ready(calls, services)
        for node in nodes(SHAPE):
            plane.api.create(node)
        operators.start(services, plane, calls)
        yield Beside(plane, operators, calls)
        plane.api.close()
    finally:
        services.close()


def installed(
    made: Beside, helm: Path, chart: Path, name: str, namespace: str, values: dict[str, Any] | None = None
) -> None:
    """Install a chart with its kinds as Argo CD does, without hooks that no container runs; then wait for its operator."""
    argv = [
        str(helm),
        "template",
        name,
        str(chart),
        "--namespace",
        namespace,
        "--include-crds",
        "--kube-version",
        "1.35.4",
    ]
    if (chart / "release-values.yaml").is_file():
        argv += ["--values", str(chart / "release-values.yaml")]
    done = subprocess.run(
        [*argv, "--values", "-"], input=json.dumps(values or {}).encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    bodies = [body for body in load(done.stdout, "helm") if body and body["kind"] not in {"Job", "Pod"}]
    namespaces(made.api, namespace)
    for body in sorted(bodies, key=lambda each: WEAVES.get(each["kind"], 2)):
        applied(made.api, body, namespace)
    program = made.operators.programs[0]
    until(lambda: program in made.operators.started, 120, lambda: f"{made.operators.told} {made.log(program)}")


def namespaces(api: Api, *names: str) -> None:
    """Namespaces in which anything may run."""
    for name in names:
        labels = {"pod-security.kubernetes.io/enforce": "privileged"}
        api.ensure({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})


def applied(api: Api, body: dict[str, Any], namespace: str = "", seconds: float = 60) -> None:
    """Apply an object; its kind, or a webhook that looks at it, may be there a moment later."""
    late = time.monotonic() + seconds
    while True:
        try:
            if api.kind(body["apiVersion"], body["kind"]).namespaced:
                body["metadata"].setdefault("namespace", namespace)
            api.apply(body, "test")
        except ApiRefused as refused:
            if time.monotonic() > late or refused.code not in {404, 500}:
                raise
            time.sleep(0.3)
        else:
            return


def until(asked, seconds=60.0, seen=lambda: ""):
    """Wait until something holds; what it says. `seen` says what there is instead."""
    late = time.monotonic() + seconds
    while not (found := asked()):
        assert time.monotonic() < late, f"not after {seconds} s: {seen()}"
        time.sleep(0.2)
    return found


def said(api: Api, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What `software` says that is made of a custom resource, each with what the API server adds by itself, as judgement sees it."""
    found = api.get(body["apiVersion"], body["kind"], body["metadata"]["name"], body["metadata"]["namespace"])
    owner = {**body, **(found or {})}
    truth = kind_truths()[body["apiVersion"].partition("/")[0], body["kind"]]
    made = truth.expand(owner, lambda kind, space, name: _looked_up(api, kind, space, name))
    whole = {}
    for each in made.objects:
        plain = json.loads(json.dumps(each))
        plain["metadata"].setdefault("namespace", owner["metadata"]["namespace"])
        path = api.kind(plain["apiVersion"], plain["kind"]).path(plain["metadata"]["namespace"])
        plain["metadata"] |= {"name": f"{plain['metadata']['name']}-said"}
        answer = api.call("POST", f"{path}?dryRun=All", plain)
        answer["metadata"]["name"] = answer["metadata"]["name"].removesuffix("-said")
        whole[key(each["kind"], answer)] = judged(answer | {"kind": each["kind"]})
    return whole


def made_by(api: Api, owner: str, space: str, *kinds: tuple[str, str]) -> dict[str, dict[str, Any]]:
    """The objects of these kinds in a namespace that belong to a custom resource, as judgement sees them."""
    found = {}
    for version, kind in kinds:
        for body in api.list(version, kind, space):
            owners = {f"{each['kind']}/{each['name']}" for each in body["metadata"].get("ownerReferences") or ()}
            if owner in owners:
                found[key(kind, body)] = judged({**body, "kind": kind})
    return found


def key(kind: str, body: dict[str, Any]) -> str:
    """`Service shop/search-es-http`."""
    return f"{kind} {body['metadata']['namespace']}/{body['metadata']['name']}"


def _looked_up(api: Api, kind: str, space: str, name: str) -> Any:
    versions = {"Deployment": "apps/v1", "Service": "v1", "Secret": "v1", "ConfigMap": "v1"}
    return api.get(versions[kind], kind, name, space) if kind in versions else None


def judged(body: dict[str, Any]) -> dict[str, Any]:
    """What checks and figures look at in a workload, a Service or a budget."""
    spec = body["spec"]
    match body["kind"]:
        case "Service":
            headless = spec.get("clusterIP") == "None"
            ports = [
                (each.get("name"), each["port"], each.get("targetPort"), each.get("protocol")) for each in spec["ports"]
            ]
            return {
                "headless": headless,
                "type": spec["type"],
                "ports": sorted(ports, key=str),
                "selector": spec.get("selector"),
            }
        case "PodDisruptionBudget":
            return {name: spec.get(name) for name in ("minAvailable", "maxUnavailable", "selector")}
    pod = spec["template"]["spec"]
    names = ("replicas", "serviceName", "podManagementPolicy", "updateStrategy", "strategy")
    placed = (
        "affinity",
        "topologySpreadConstraints",
        "nodeSelector",
        "tolerations",
        "priorityClassName",
        "hostNetwork",
    )
    return {
        **{name: spec.get(name) for name in names},
        **{name: pod.get(name) for name in placed},
        "selector": spec["selector"],
        "labels": {
            k: v for k, v in spec["template"]["metadata"]["labels"].items() if k in spec["selector"]["matchLabels"]
        },
        "claims": [_claim(each) for each in spec.get("volumeClaimTemplates") or ()],
        "containers": {each["name"]: _container(each) for each in pod["containers"]},
        "init": sorted(each["name"] for each in pod.get("initContainers") or ()),
        "needs": sorted(filter(None, (_needed(each) for each in pod.get("volumes") or ()))),
    }


def _claim(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": body["metadata"]["name"],
        **{k: body["spec"].get(k) for k in ("accessModes", "resources", "storageClassName")},
    }


def _container(body: dict[str, Any]) -> dict[str, Any]:
    probes = {name: bool(body.get(name)) for name in ("readinessProbe", "livenessProbe", "startupProbe")}
    ports = sorted((each.get("name"), each["containerPort"], each["protocol"]) for each in body.get("ports") or ())
    return {"image": body["image"], "ports": ports, "resources": body.get("resources") or {}, **probes}


def _needed(volume: dict[str, Any]) -> str:
    """A Secret or a ConfigMap without which a pod does not start."""
    for word, kind, name in (("secret", "Secret", "secretName"), ("configMap", "ConfigMap", "name")):
        if (asked := volume.get(word)) and not asked.get("optional"):
            return f"{kind}/{asked[name]}"
    return ""
