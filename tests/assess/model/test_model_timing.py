"""Timing: how long a pod of a dead node is away, as Kubernetes and the pod say; and which container is missed."""

from __future__ import annotations

import pytest

from assess.model.labs import ground, lab, minutes, reached, workload
from homelab.assess.model import crashes
from homelab.assess.model.frame import Frame
from homelab.assess.model.timing import HOUR, moved, tolerated
from homelab.ground import Ground
from homelab.kube.resource import Origin, Resource
from homelab.kube.workload import Workload

EVER = {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}


def frame(kubernetes="1.33.2"):
    """A model of nothing under a version of Kubernetes."""
    return Frame(lab(Ground()), Ground(kubernetes=kubernetes))


def of(body):
    """A workload."""
    return Workload(Resource(body, Origin("app.yaml", 0)))


def test_the_time_to_run_elsewhere():
    """50 + 300 s and the start since 1.32; a held volume makes it 12 to 13 minutes; the pod's own words count."""
    late = workload("app")
    late["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"initialDelaySeconds": 60}
    assert moved(frame(), attached=False) * HOUR == pytest.approx(385)
    assert moved(frame("1.31.0"), attached=False) * HOUR == pytest.approx(375)
    assert 12 * 60 <= moved(frame(), attached=True) * HOUR <= 13 * 60
    assert moved(frame(), attached=False, toleration=30) * HOUR == pytest.approx(115)
    assert moved(frame(), of(late), attached=False) * HOUR == pytest.approx(445)


@pytest.mark.parametrize(
    ("tolerations", "seconds"),
    [
        ([], -1),
        ([{**EVER, "tolerationSeconds": 5}], 5),
        ([EVER], None),
        ([{"operator": "Exists"}], None),
        ([{"key": "gpu", "operator": "Exists"}], -1),
        ([{**EVER, "effect": "NoSchedule"}], -1),
    ],
)
def test_a_pods_own_tolerations(tolerations, seconds):
    """Seconds of its own, none for what admission gives, for ever where no time is said."""
    assert tolerated(of(workload("app", tolerations=tolerations))) == seconds


def test_a_pod_that_bears_everything_waits_for_its_machine():
    """It is never given up, so that the machine's repair is its outage."""
    under = ground(("c", "d", "e"), ("a", "b"))
    patient, usual = (minutes(lab(under, workload("app", tolerations=each), *reached("app"))) for each in ([EVER], []))
    assert patient > usual + 300


def two(first, second):
    """A pod of two containers, the first with the port that its Service leads to."""
    body = workload("app")
    pod = body["spec"]["template"]["spec"]
    main = pod["containers"][0]
    pod["containers"] = [{**main, "ports": [{"containerPort": 80}], **first}, {**main, "name": "beside", **second}]
    return lab(ground(("c", "d", "e"), ("a", "b")), body, *reached("app"))


def test_a_sidecar_that_hangs_is_not_missed():
    """A probe that it lacks changes nothing; one that the serving container lacks costs two hours every second year."""
    both = minutes(two({}, {}))
    assert minutes(two({}, {"livenessProbe": None})) == pytest.approx(both)
    assert minutes(two({"livenessProbe": None}, {})) == pytest.approx(both + 59, rel=0.05)


def test_the_serving_container_is_the_one_that_is_named_or_reached():
    """By annotation, by the ports of Services, else the first."""
    found = two({}, {"ports": [{"name": "http", "containerPort": 9000}]})
    app = next(each for each in found.workloads)
    assert [container.name for container in crashes.serving(Frame(found, found.ground), app)] == ["main"]
    app.template["metadata"]["annotations"] = {crashes.DEFAULT: "beside"}
    named = Workload(app.resource)
    assert [container.name for container in crashes.serving(Frame(found, found.ground), named)] == ["beside"]
