"""A lab of one node is told nothing that would only help two; the same lab with a second node is told it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from assess.pages import DAY, load
from assess.pages import inventory as of_page
from conftest import REPOSITORY
from homelab.assess.names import checks
from homelab.findings import Patch
from homelab.ground import Ground, Node
from homelab.lab.pipeline import Lab

EVERY = checks()
SECONDS = [check for check in EVERY if check.nodes > 1]
COUNTS = ("replicas", "instances", "minAvailable", "minReplicas")
NOT_THERE = {
    "single-replica-statefulset": "its stores are made by operators, and databases are another check's",
    "replicas-may-share-node": "it has no replicas that one could keep apart",
    "l2-announcement-drops-local-traffic": "its Service sends to every node",
}
"""Checks that have nothing to say about this lab, whatever it stands on."""


@cache
def starter():
    """What the example of one mini PC deploys."""
    return Lab.load(str(REPOSITORY / "examples" / "starter" / "homelab.yaml")).inventory


def on(inventory, count):
    """The same objects on so many nodes for pods."""
    ground = inventory.ground or Ground(name="lab")
    nodes = ground.nodes or (
        Node(
            "one",
            control_plane=True,
            schedulable=True,
            host=None,
            address="192.168.1.10",
            cpu=8,
            memory=32 << 30,
            disk=10**12,
        ),
    )
    more = [replace(nodes[0], name=f"node-{number}", schedulable=True) for number in range(count)]
    return replace(inventory, ground=replace(ground, nodes=tuple(more)))


@pytest.fixture(params=SECONDS, ids=[check.id for check in SECONDS])
def second(request):
    """A check that asks for a second of something."""
    return request.param


def test_one_node_is_not_told_to_run_two(second):
    """On the example of one node no such check speaks, and each speaks of the same objects on two, where it has any."""
    assert len(starter().ground.nodes) == 1
    assert list(second(starter(), DAY)) == []
    assert bool(list(second(on(starter(), 2), DAY))) is (second.id not in NOT_THERE)


def test_what_a_page_accuses_is_no_fault_on_one_node(second):
    """What the page of such a check accuses is accused on its own nodes, or on two, and not on one."""
    accused = of_page(load(second.page).accused)
    own = len(accused.ground.nodes) if accused.ground else 0
    assert list(second(accused if own > 1 else on(accused, 2), DAY)) != []
    assert list(second(on(accused, 1), DAY)) == []


def raises_a_count(finding):
    """Whether the mend is more replicas, more instances, or a budget that needs them."""
    fix = getattr(finding, "fix", None)
    patches = [each for each in (fix if isinstance(fix, tuple) else (fix,)) if isinstance(each, Patch)]
    counts = [patch.value for patch in patches if patch.field.rpartition(".")[2] in COUNTS]
    return any(isinstance(count, int) and count > 1 for count in counts)


@pytest.mark.parametrize("check", EVERY, ids=[check.id for check in EVERY])
def test_what_a_second_would_mend_is_no_fault_on_one_node(check):
    """Whatever check offers a second of something on two nodes, whether it says so or not: on one node it does not speak of it."""
    asked = {finding.subject for finding in check(on(starter(), 2), DAY) if raises_a_count(finding)}
    on_one = {finding.subject for finding in check(starter(), DAY) if hasattr(finding, "subject")}
    assert asked & on_one == set()


def test_some_checks_ask_for_a_second():
    """The walks above walk over something: on two nodes most of these checks offer a second."""
    asking = {check.id for check in EVERY if any(map(raises_a_count, check(on(starter(), 2), DAY)))}
    assert asking >= {check.id for check in SECONDS} - NOT_THERE.keys()
