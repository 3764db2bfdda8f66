"""Predictions: what the model says before anything is broken, row by row, for a lab that is written down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homelab.findings import Subject
from homelab.twin.drills.aspects import ASPECTS, predicted
from homelab.twin.drills.looks import Look, NodeSeen, PodSeen
from homelab.twin.drills.rows import By, Form
from homelab.twin.drills.scenario import Expectation, Scenario, scenarios
from homelab.twin.drills.scene import Clock, Scene, Target, majority, struck, targets
from twin.drills import labs

CLOCK = Clock(fast=10, toleration=30, lag=2)


def at(inventory, **homes):
    """A look at pods of Deployments and StatefulSets by workload: its nodes."""
    pods = []
    for resource in inventory.of("Deployment", "StatefulSet", "DaemonSet"):
        for number, node in enumerate(homes.get(resource.name, ())):
            name = f"lab/{resource.name}-{number}"
            pods.append(PodSeen(name, name, Subject(resource.kind, resource.name, "lab"), node, ready=True, borne=30))
    nodes = tuple(NodeSeen(node.name, "True") for node in inventory.ground.nodes)
    return Look("before", 0, writes=True, pods=tuple(pods), nodes=nodes)


def rows(aspect, inventory, before, target, *, drains=False, look="away"):
    """What an aspect predicts: the subject of each row (or nothing) to the row."""
    scene = Scene(inventory, inventory.ground, CLOCK, target, before, drains)
    scenario = Scenario("x", "", "", "", (), (Expectation(aspect, look, 10),))
    return {row.id.partition("/")[2].rpartition("/")[2]: row for row in predicted(scene, scenario)}


SMALL = labs.lab(*labs.SMALL)
HOMES = {
    "web": ("work-0", "work-1", "work-2"),
    "pair": ("work-0", "work-1"),
    "three": ("work-0", "work-1", "work-2"),
    "agent": ("work-0", "work-1", "work-2", "ctrl-0", "ctrl-1", "ctrl-2"),
    "queue": ("work-0", "work-1", "work-2"),
    "store": ("work-0", "work-1", "work-2"),
    "hasty": ("work-0", "work-1", "work-2"),
    "tied-1": ("work-1",),
}
BEFORE = at(SMALL, **HOMES)
BOX = struck(SMALL.ground, "box-2", ("ctrl-1", "work-1"))


def test_pods_are_given_up_after_grace_and_toleration():
    """350 s for most, 55 s for one that bears 5 s, never for a node agent; the machine's lag is in the tolerance."""
    found = rows("pods are given up", SMALL, BEFORE, BOX)
    assert {name: row.value for name, row in found.items()} == {
        "web": 350,
        "pair": 350,
        "three": 350,
        "queue": 350,
        "store": 350,
        "tied-1": 350,
        "hasty": 55,
        "agent": None,
    }
    assert {(row.form, row.tolerance, row.by) for row in found.values()} == {(Form.ABOUT, 10 + 2 * 10, By.CONTROLLERS)}


def test_only_what_may_run_twice_is_made_again():
    """A Deployment's pods are made while the old ones are not confirmed to be gone; a StatefulSet's are not."""
    found = rows("pods are made again", SMALL, BEFORE, BOX)
    assert {name for name, row in found.items() if row.value == 1} == {"web", "pair", "three", "hasty", "tied-1"}
    assert {name for name, row in found.items() if row.value == 0} == {"queue", "store"}


def test_a_drain_makes_stateful_pods_again():
    """A drained node says that they are gone."""
    node = struck(SMALL.ground, "work-1", ("work-1",))
    found = rows("pods are made again", SMALL, BEFORE, node, drains=True)
    assert {row.value for row in found.values()} == {1}


def test_places_are_those_that_the_filters_leave():
    """Two nodes are left: two that avoid each other fit, a third does not, and what is tied to a node waits for it."""
    found = {name: row.value for name, row in rows("pods find a node", SMALL, BEFORE, BOX).items()}
    assert found == {"web": 1, "pair": 1, "hasty": 1, "three": 0, "tied-1": 0}


def test_who_waits_is_named_with_the_schedulers_reason():
    """Anti-affinity for the third, the selector for the tied one, and nobody else."""
    found = {name: row.value for name, row in rows("pods wait for a node", SMALL, BEFORE, BOX).items()}
    assert found == {"three": "anti-affinity", "tied-1": "affinity", "others": []}


def test_the_only_node_that_is_drained_is_asked_for_nothing():
    """A closed node says that it is closed, not where volumes lie: whoever waits is named, without another reason."""
    only = labs.lab(
        *labs.SMALL, on=replace(SMALL.ground, nodes=tuple(n for n in SMALL.ground.nodes if n.name == "ctrl-0"))
    )
    before = at(only, store=("ctrl-0",), web=("ctrl-0",))
    found = rows("pods wait for a node", only, before, struck(only.ground, "ctrl-0", ("ctrl-0",)), drains=True)
    assert found.keys() == {"others"}
    assert found["others"].value == ["lab/Deployment/web", "lab/StatefulSet/store"]


def test_a_volume_on_a_node_waits_for_it():
    """A drained StatefulSet with a local volume is made again and finds no node."""
    node = struck(SMALL.ground, "work-1", ("work-1",))
    assert rows("pods wait for a node", SMALL, BEFORE, node, drains=True)["store"].value == "volume"


def test_without_a_majority_nothing_is_predicted_but_silence():
    """Two control planes of three on one machine: no write, nobody noticed, nobody given up, and nothing to look at."""
    two = labs.lab(*labs.SMALL, on=labs.ground(machines=2))
    box = struck(two.ground, "box-1", ("ctrl-0", "work-0", "ctrl-2", "work-2"))
    before = at(two, **HOMES)
    assert rows("the API takes writes", two, before, box)[""].value is False
    assert {row.value for row in rows("silent nodes are noticed", two, before, box).values()} == {None}
    assert {row.value for row in rows("pods are given up", two, before, box).values()} == {None}
    assert rows("pods find a node", two, before, box) == {}
    assert rows("the API takes writes", two, before, box, look="back")[""].value is True


def test_room_is_asked_of_memory():
    """What fits on three machines and not on two is said, and then nobody is promised a place."""
    pods = labs.workload("big", replicas=3, memory="3Gi")
    full = labs.lab(pods)
    before = at(full, big=("work-0", "work-1", "work-2"))
    assert rows("there is room", full, before, BOX)[""].value is False
    assert rows("pods find a node", full, before, BOX)["big"].form is Form.MOST
    assert rows("there is room", SMALL, BEFORE, BOX)[""].value is True


def test_replicas_that_are_told_to_stand_apart_do():
    """Three machines for three, two when one is gone; what nobody told is not promised."""
    assert rows("replicas stand apart", SMALL, BEFORE, BOX, look="before")["web"].value == 3
    away = rows("replicas stand apart", SMALL, BEFORE, BOX)
    assert away["web"].value == 2
    assert "queue" not in away  # one of its pods is not made again
    assert "pair" not in away  # kept apart by node, not by machine
    crowded = at(SMALL, **HOMES | {"web": ("work-0", "work-0", "work-2")})
    assert "web" not in rows("replicas stand apart", SMALL, crowded, BOX)  # it loses nothing, and nobody moves it


@pytest.mark.parametrize(
    ("spec", "blocks"),
    [({"minAvailable": 2}, ["lab/fixed-budget"]), ({"maxUnavailable": 1}, []), ({"minAvailable": "50%"}, [])],
)
def test_a_budget_that_lets_nobody_go_is_named(spec, blocks):
    """The drain of a node with a guarded pod never ends where no pod may go."""
    guarded = labs.lab(labs.workload("fixed", replicas=2), labs.budget("fixed", **spec))
    before = at(guarded, fixed=("work-0", "work-1"))
    node = struck(guarded.ground, "work-1", ("work-1",))
    assert rows("the drain ends", guarded, before, node, drains=True)["others"].value == blocks
    left = rows("the node is empty", guarded, before, node, drains=True)["others"].value
    assert left == (["lab/Deployment/fixed"] if blocks else [])
    made = rows("pods are made again", guarded, before, node, drains=True)["fixed"]
    assert (made.value, made.form) == (0 if blocks else 1, Form.IS)


def test_a_budget_over_several_workloads_does_not_say_whom_it_keeps():
    """Two pods of two workloads, one of which may go and comes back nowhere: one is kept, nobody knows which."""
    pods = [labs.workload(name, nodeSelector={labs.NAME: "work-1"}) for name in ("osd-0", "osd-1")]
    for each in pods:
        each["spec"]["template"]["metadata"]["labels"]["role"] = "osd"
    both = labs.budget("osd", maxUnavailable=1)
    both["spec"]["selector"] = {"matchLabels": {"role": "osd"}}
    shared = labs.lab(*pods, both)
    before = at(shared, **{"osd-0": ("work-1",), "osd-1": ("work-1",)})
    node = struck(shared.ground, "work-1", ("work-1",))
    assert rows("the drain ends", shared, before, node, drains=True)["others"].value == ["lab/osd-budget"]
    made = rows("pods are made again", shared, before, node, drains=True)
    assert {row.form for row in made.values()} == {Form.LEAST}


def test_a_drain_whose_pods_find_no_place_hangs_on_their_budget():
    """Two pods of one node that may go one by one, and have nowhere to go: the second stays."""
    tied = labs.lab(
        labs.workload("fixed", replicas=2, nodeSelector={labs.NAME: "work-1"}), labs.budget("fixed", maxUnavailable=1)
    )
    before = at(tied, fixed=("work-1", "work-1"))
    node = struck(tied.ground, "work-1", ("work-1",))
    assert rows("the drain ends", tied, before, node, drains=True)["others"].value == ["lab/fixed-budget"]
    assert rows("pods are made again", tied, before, node, drains=True)["fixed"].value == 1
    assert rows("pods find a node", tied, before, node, drains=True)["fixed"].value == 0


def test_a_leader_is_made_again_and_who_leads_stands_in():
    """The pod comes back under its name; the election is nothing that a control plane shows."""
    target = Target("lab/queue-0", pod="lab/queue-0")
    assert rows("pods are made again", SMALL, BEFORE, target)["queue"].value == 1
    leads = rows("another leads", SMALL, BEFORE, target)[""]
    assert (leads.value, leads.by) == (30, By.STOOD_IN)


def test_targets_are_those_of_the_lab():
    """Each machine with its members of etcd, each node, the fewest machines that make a majority, the first pod of a leader."""
    hosts = list(targets("each host", SMALL, SMALL.ground))
    assert [(each.name, each.members) for each in hosts] == [("box-1", (0,)), ("box-2", (1,)), ("box-3", (2,))]
    assert len(list(targets("each node", SMALL, SMALL.ground))) == 6
    (most,) = targets("control-plane majority", SMALL, SMALL.ground)
    assert (most.nodes, most.members) == (("ctrl-0", "ctrl-1"), (0, 1))
    assert majority(labs.ground(machines=2)) == ("ctrl-0", "ctrl-2")
    assert [each.pod for each in targets("each leader", SMALL, SMALL.ground, BEFORE)] == ["lab/queue-0"]


def test_nobody_is_evicted_where_most_of_a_zone_is_silent():
    """Four of six nodes without a zone are most of one; a machine that is a zone of its own is all of it, two are too few."""
    zoneless = labs.zoneless()
    four = struck(zoneless, "box-1", ("ctrl-0", "work-0", "work-1", "work-2"))
    two = struck(zoneless, "two", ("work-1", "work-2"))

    def said(ground, target):
        inventory = labs.lab(labs.workload("web", replicas=6), on=ground)
        before = at(inventory, web=tuple(node.name for node in ground.nodes))
        return rows("pods are given up", inventory, before, target)["web"].value

    assert said(zoneless, four) is None
    assert said(zoneless, two) == 350
    assert said(SMALL.ground, BOX) == 350


def test_every_scenario_predicts_something():
    """No scenario that comes with homelab is empty for a lab that has its target."""
    for scenario in scenarios(ASPECTS):
        for target in targets(scenario.targets, SMALL, SMALL.ground, BEFORE):
            drains = any(step.do == "drain" for step in scenario.steps)
            made = predicted(Scene(SMALL, SMALL.ground, CLOCK, target, BEFORE, drains), scenario)
            assert len(made) > 2
            assert len({row.id for row in made}) == len(made)
