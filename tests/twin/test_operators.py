"""Real operators beside a twin: started once their pods are there, with the arguments of those pods."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from homelab.twin.operators import OPERATORS, PROMETHEUS, Operator, Running
from twin.clusters import Answers


class Started(list):
    """Services that are started, none of which runs."""

    def start(self, service):
        """Keep what would be started."""
        self.append(service)


def deployment(ready, image="registry.example.org/x/op:1@sha256:0", **container):
    """A Deployment of an operator with this many ready pods."""
    pod = {"containers": [{"name": "op", "image": image, **container}]}
    status = {"readyReplicas": ready} if ready else {}
    meta = {"name": "op", "namespace": "system"}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta}
    return {**body, "spec": {"template": {"spec": pod}}, "status": status}


OPERATOR = Operator("op", "x/op", (("cheese/v1", "Cheese"),), ("--web.",), lambda plane: (f"--api={plane.port}",))


def running(*bodies, program="/bin/op", kinds=("Cheese",)):
    """The operators of a cluster with these objects, whose API serves these kinds."""
    plane = SimpleNamespace(api=Answers(*bodies, kinds=kinds), port=7)
    return Running(plane, Started(), lambda _: program, (OPERATOR,))


def test_an_operator_waits_for_its_pods():
    """Before a pod of it is ready nothing starts: its permissions and its configuration may not be there."""
    found = running(deployment(0))
    found.look()
    assert found.services == []


def test_it_runs_with_the_arguments_of_its_pods_but_for_what_is_inside_them():
    """Arguments that name a pod's files are left out, and it is told where the API is."""
    args = ["--a=1", "--web.cert-file=/cert/tls.crt"]
    env = [{"name": "GOGC", "value": "30"}, {"name": "POD", "valueFrom": {}}]
    found = running(deployment(1, args=args, env=env))
    found.look()
    assert [(each.name, each.argv, dict(each.env)) for each in found.services] == [("op", ("/bin/op", "--a=1", "--api=7"), {"GOGC": "30"})]  # fmt: skip
    assert found.started == {"op": "system/op"}


def test_it_waits_until_the_api_serves_its_kinds():
    """It looks once which kinds there are, when it starts, and would leave the others alone for ever."""
    found = running(deployment(1), kinds=())
    found.look()
    assert found.services == []


def test_it_starts_once():
    """A second look changes nothing."""
    found = running(deployment(1))
    found.look()
    found.look()
    assert len(found.services) == 1


def test_one_that_was_not_built_makes_nothing():
    """What it makes is then a stand-in's work."""
    found = running(deployment(1), program=None)
    found.look()
    assert found.services == []
    assert found.programs == ()
    assert running().programs == ("op",)


@pytest.mark.parametrize("image", ["registry.example.org/other:1", "registry.example.org/x/op-helper:1"])
def test_another_image_is_another_program(image):
    """A name that only begins alike is not taken for the operator."""
    found = running(deployment(1, image))
    found.look()
    assert found.services == []


def test_every_operator_is_a_program_that_is_built():
    """The table names programs that `homelab twin install --operators` makes."""
    from homelab.twin.programs import OPERATORS as BUILT

    assert {each.program for each in OPERATORS} <= {each.name for each in BUILT}
    assert PROMETHEUS in OPERATORS
