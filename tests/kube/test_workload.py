"""Workloads: one way to ask every kind that makes pods."""

from __future__ import annotations

from typing import Any

import pytest

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Manifest, Origin, Resource, dig
from homelab.kube.workload import TEMPLATES, Workload

POD: dict[str, Any] = {
    "hostNetwork": True,
    "containers": [
        {
            "name": "main",
            "image": "nginx:1",
            "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": 1, "memory": "1Gi"}},
            "ports": [{"containerPort": 80}],
            "env": [{"name": "A", "value": "b"}],
        }
    ],
    "initContainers": [{"name": "wait"}, {"name": "proxy", "restartPolicy": "Always"}],
    "volumes": [{"name": "data"}],
    "topologySpreadConstraints": [{"topologyKey": "zone"}],
    "affinity": {
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "host"}],
            "preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {"topologyKey": "zone"}}, {}],
        }
    },
}


def workload(kind: str, pod: Manifest = POD, **spec: object) -> Workload:
    template = {"metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}}, "spec": pod}
    body: Manifest = {"kind": kind, "metadata": {"name": "web", "namespace": "apps"}}
    match kind:
        case "Pod":
            body = {**template, "kind": kind, "metadata": {**body["metadata"], **template["metadata"]}}
        case "CronJob":
            body["spec"] = {"jobTemplate": {"spec": {"template": template}}}
        case _:
            body["spec"] = {"template": template, **spec}
    return Workload(Resource(body, Origin("a.yaml")))


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_kind_answers_alike(kind: str) -> None:
    """Labels, containers, volumes and spread are found wherever a kind keeps its pod template."""
    found = workload(kind)
    assert found.labels == {"app": "web"}
    assert found.annotations == {"a": "b"}
    assert [c.name for c in found.containers] == ["main", "proxy"]
    assert [(c.name, c.init, c.sidecar) for c in found.init_containers] == [
        ("wait", True, False),
        ("proxy", True, True),
    ]
    assert dig(found.resource.body, found.containers[0].path.split(".")) is found.containers[0].body
    assert [v["name"] for v in found.volumes] == ["data"]
    assert [s["topologyKey"] for s in found.spread] == ["zone"]
    assert [(term.get("topologyKey"), hard) for term, hard in found.anti_affinity] == [
        ("host", True),
        ("zone", False),
        (None, False),
    ]
    assert found.host_network
    assert str(found.subject) == str(found.resource.subject)


def test_a_limit_without_a_request_is_the_request() -> None:
    """As the API server defaults it; what is not said is not known."""
    container = workload("Pod").containers[0]
    assert (container.request("cpu"), container.request("memory"), container.limit("cpu")) == ("100m", "1Gi", "1")
    assert (container.request("x"), container.limit("x"), container.image) == (None, None, "nginx:1")
    assert [p["containerPort"] for p in container.ports] == [80]
    assert [e["name"] for e in container.environment] == ["A"]
    assert workload("Pod").init_containers[0].image == ""


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        ("Deployment", {}, 1),
        ("Deployment", {"replicas": 0}, 0),
        ("Deployment", {"replicas": None}, 1),
        ("Deployment", {"replicas": "many"}, None),
        ("StatefulSet", {"replicas": 3}, 3),
        ("DaemonSet", {"replicas": 3}, None),
        ("Job", {}, None),
        ("CronJob", {}, None),
        ("Pod", {}, 1),
    ],
)
def test_replicas(kind: str, spec: dict[str, object], expected: int | None) -> None:
    """One where nothing is said; none of its own where the count follows from elsewhere."""
    assert workload(kind, **spec).replicas == expected


def test_what_runs_for_ever() -> None:
    """Jobs end, and hooks run only at a sync."""
    assert workload("Deployment").long_running
    assert not workload("Job").long_running
    body = {"kind": "Deployment", "metadata": {"name": "x", "annotations": {"helm.sh/hook": "pre-install"}}}
    assert not Workload(Resource(body, Origin("a.yaml"))).long_running
    assert workload("DaemonSet").daemon


def test_claims_of_a_stateful_set() -> None:
    """The claims that are made for each pod."""
    found = workload("StatefulSet", volumeClaimTemplates=[{"metadata": {"name": "data"}}])
    assert [c["metadata"]["name"] for c in found.claim_templates] == ["data"]
    assert workload("Deployment").claim_templates == []


def test_an_empty_workload_has_nothing() -> None:
    """Missing and null parts read as empty."""
    for body in (
        {"kind": "Deployment"},
        {"kind": "Deployment", "spec": None},
        {"kind": "Pod", "spec": {"affinity": None}},
    ):
        found = Workload(Resource(body, Origin("a.yaml")))
        assert (found.containers, found.labels, found.annotations, found.anti_affinity) == ((), {}, {}, ())


def test_a_resource_reads_its_own_fields() -> None:
    """Group, names and paths; absent and null are the default, digits count in lists only."""
    found = Resource(
        {"apiVersion": "apps/v1", "kind": "X", "metadata": {"labels": None}, "a": [{"b": 1}], "0": 2}, Origin("a.yaml")
    )
    assert (found.group, found.name, found.namespace, found.labels, found.annotations) == ("apps", "", "", {}, {})
    assert found.get("a.0.b") == 1
    assert found.get("0") == 2
    assert [found.get(path, "none") for path in ("a.1", "a.x", "a.0.b.c", "a.²")] == ["none"] * 4
    assert Resource({"metadata": 5}, Origin("a.yaml")).metadata == {}
    assert Inventory((found,)).of("X") == (found,)
