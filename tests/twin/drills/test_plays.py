"""Drills on a real control plane: what the model predicts of a lab is what its scheduler, controllers and etcd do."""

from __future__ import annotations

import os
import sys

import pytest

from conftest import REPOSITORY
from homelab.lab.pipeline import Lab
from homelab.twin.drills.looks import look
from homelab.twin.drills.rows import By, Verdict
from homelab.twin.drills.run import run
from twin.drills import labs, plain

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
FAST = float(os.environ.get("HOMELAB_TWIN_FAST", "12"))
"""How many times faster failure is noticed; a machine that is busy needs a slower clock."""


@pytest.fixture(scope="module")
def small(tmp_path_factory, twin_program):
    """A lab of three machines with a workload for each fate."""
    yield from twin(tmp_path_factory.mktemp("small"), labs.lab(*labs.SMALL), twin_program)


@pytest.fixture(scope="module")
def blocked(tmp_path_factory, twin_program):
    """A lab with a budget that lets nobody go."""
    yield from twin(tmp_path_factory.mktemp("blocked"), labs.lab(*labs.BLOCKED), twin_program)


def twin(folder, inventory, twin_program):
    made = plain.started(folder, inventory, twin_program, FAST)
    try:
        yield made
    finally:
        made.api.close()
        made.services.close()


def example(name):
    """The inventory of a rendered example, as it is judged."""
    return Lab.load(str(REPOSITORY / "examples" / name / "homelab.yaml")).inventory


def wrong(drilled):
    """Rows that are not as they should be, as sentences."""
    return [
        f"{each.verdict.value}: {each.row.says} {each.row.expected}, seen {each.seen}"
        for each in drilled.compared
        if not each.well
    ]


def verdicts(drilled, start):
    """The verdicts of rows by the start of their ids."""
    return {each.verdict for each in drilled.compared if each.row.id.startswith(start)}


def test_a_machine_dies_and_comes_back(small):
    """Silence is noticed, pods are given up, made again and placed or left waiting, and stay where they went, as predicted."""
    (drilled,) = run(small, ["host-dies box-2"])
    assert wrong(drilled) == []
    assert all(pod.ready for pod in drilled.record.looks["back"].pods if pod.node)
    by = {each.row.by for each in drilled.compared if each.verdict is Verdict.AGREES}
    assert by == {By.SCHEDULER, By.CONTROLLERS, By.ETCD}
    for subject in ("three", "tied-1"):
        assert verdicts(drilled, f"pods wait for a node@away/lab/Deployment/{subject}") == {Verdict.AGREES}


def test_a_node_dies_and_its_machine_goes_on(small):
    """A worker's pods go elsewhere, and etcd never notices."""
    (drilled,) = run(small, ["node-dies work-1"])
    assert wrong(drilled) == []


def test_without_a_majority_nothing_happens_and_nothing_is_lost(small):
    """While two of three members of etcd are away no write is taken and nobody is given up; then all goes on."""
    (drilled,) = run(small, ["control-plane-majority-dies"])
    assert wrong(drilled) == []
    assert [drilled.record.looks[each].writes for each in ("before", "away", "back")] == [True, False, True]


def test_what_a_snapshot_remembers_is_all_that_is_left(small):
    """All members of etcd lose their disks: what was written after the snapshot is gone, what ran goes on."""
    (drilled,) = run(small, ["etcd-is-restored"])
    assert wrong(drilled) == []
    assert drilled.record.looks["back"].written == ("earlier",)
    assert drilled.record.looks["before"].written == ()


def test_a_drain_that_never_ends_names_its_budget(blocked):
    """The budget that lets nobody go is predicted and is what the API names; the node is open again afterwards."""
    worker = next(pod.node for pod in pods(blocked) if pod.of.name == "fixed")
    (drilled,) = run(blocked, [f"node-drained {worker}"])
    assert wrong(drilled) == []
    assert list(drilled.record.blocked) == ["lab/fixed-budget"]
    assert drilled.record.drained is False
    assert not any(node.cordoned for node in drilled.record.looks["back"].nodes)


def pods(twin):
    """The pods of a twin."""
    return look(twin.api, "", 0).pods


def test_a_node_is_drained_past_budgets_that_let_go(small):
    """Pods leave one after the other where a budget asks for it, and the drain ends."""
    (drilled,) = run(small, ["node-drained work-2"])
    assert wrong(drilled) == []
    assert drilled.record.drained is True


def test_most_of_a_zone_dies_and_nobody_is_evicted(tmp_path, twin_program):
    """Nodes without a zone: the real controller stops evicting where most of them are silent, as the model says."""
    for made in twin(tmp_path, labs.LABS["ZONELESS"], twin_program):
        (drilled,) = run(made, ["host-dies box-1"])
        assert wrong(drilled) == []


def test_the_only_control_plane_dies_with_a_leader_beside_it(tmp_path, twin_program):
    """Half of every workload is gone with it, and nobody is given up, promoted or made anew until it is back."""
    for made in twin(tmp_path, labs.LABS["LONE"], twin_program):
        (drilled,) = run(made, ["host-dies box-1"])
        assert wrong(drilled) == []
        assert verdicts(drilled, "pods are given up@away/lab/StatefulSet/queue") == {Verdict.AGREES}
        assert not drilled.record.events("pod made", "pod given up")
        assert drilled.record.looks["away"].writes is False


def test_the_only_machine_of_starter_dies(tmp_path, twin_program):
    """The shape of `starter`: with its one machine the control plane is gone, nobody is given up, and all is there afterwards."""
    for made in twin(tmp_path, example("starter"), twin_program):
        (drilled,) = run(made, ["host-dies"])
        assert wrong(drilled) == []


def test_a_machine_of_enterprise_dies(tmp_path, twin_program):
    """The shape of `enterprise`: one of its three machines dies and comes back, and every row is as predicted."""
    for made in twin(tmp_path, example("enterprise"), twin_program):
        (drilled,) = run(made, ["host-dies pve-2"])
        assert wrong(drilled) == []
        assert drilled.count(Verdict.AGREES) > 100
