"""Looks: whose a pod is, why it waits, and how long it bears a silent node."""

from __future__ import annotations

import pytest

from homelab.findings import Subject
from homelab.twin.drills.looks import borne, node_of, pod_of

OWNED = {"controller": True, "kind": "ReplicaSet", "name": "web-6d9f"}


def pod(**more):
    """A pod as the API shows it."""
    meta = {"name": "p", "namespace": "lab", "uid": "u", **more.pop("metadata", {})}
    return {"metadata": meta, "spec": {}, "status": {}, **more}


@pytest.mark.parametrize(
    ("owner", "labels", "of"),
    [
        (None, {}, Subject("Pod", "p", "lab")),
        (OWNED, {"pod-template-hash": "6d9f"}, Subject("Deployment", "web", "lab")),
        (OWNED, {}, Subject("ReplicaSet", "web-6d9f", "lab")),
        ({**OWNED, "kind": "StatefulSet", "name": "db"}, {}, Subject("StatefulSet", "db", "lab")),
        ({**OWNED, "kind": "Cluster", "name": "db"}, {}, Subject("Pod", "p", "lab")),
    ],
)
def test_a_pod_is_of_what_made_it(owner, labels, of):
    """A ReplicaSet's pod is its Deployment's; what no controller of Kubernetes owns stands for itself."""
    meta = {"labels": labels, **({"ownerReferences": [owner]} if owner else {})}
    assert pod_of(pod(metadata=meta)).of == of


def test_the_scheduler_is_understood():
    """The words of the scheduler become reasons, each once."""
    said = "0/6 nodes are available: 2 Insufficient memory, 1 node(s) didn't match pod anti-affinity rules, 1 Insufficient cpu."
    seen = pod_of(pod(status={"conditions": [{"type": "PodScheduled", "message": said}]}))
    assert seen.reasons == ["room", "anti-affinity"]
    assert pod_of(pod()).reasons == []


@pytest.mark.parametrize(
    ("tolerations", "seconds"),
    [
        ([], 0.0),
        ([{"operator": "Exists"}], None),
        ([{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "tolerationSeconds": 25}], 25.0),
        ([{"key": "node.kubernetes.io/unreachable", "effect": "NoSchedule"}], 0.0),
        ([{"operator": "Exists"}, {"key": "node.kubernetes.io/unreachable", "tolerationSeconds": 5}], 5.0),
        ([{"key": "other", "operator": "Exists"}], 0.0),
    ],
)
def test_a_pod_bears_silence_for_as_long_as_it_says(tolerations, seconds):
    """The shortest toleration that is said counts; one without a limit is for ever."""
    assert borne(tolerations) == seconds


def test_a_node_is_as_its_condition_says():
    """Ready, and whether it is closed for new pods."""
    body = {
        "metadata": {"name": "n"},
        "spec": {"unschedulable": True},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
    }
    assert (node_of(body).ready, node_of(body).cordoned) == ("Unknown", True)
    assert node_of({"metadata": {"name": "n"}}).ready == "Unknown"
