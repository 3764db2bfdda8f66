"""Homes: where pods are decides what the loss of a machine costs, and names decide nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.model.labs import apart, ground, homes, lab, minutes, outages, reached, workload
from homelab.assess.uptime import Computed
from homelab.findings import Subject
from homelab.ground import RateOverride
from homelab.kube.facts import Failover, Quorum

NEVER = {"host.update": RateOverride(mttf=1e15), "node.upgrade": RateOverride(mttf=1e15)}
CRASHES = {name: RateOverride(mttf=1e15) for name in ("container", "container.hang", "vm", "host.software")}
NAMES = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


def test_after_updates_of_two_machines_pods_are_on_the_first():
    """The machine that was updated first took in everything when the other was; a round of the nodes spreads it again."""
    found = homes(lab(ground(("c", "d", "e"), ("a", "a", "b", "b")), workload("app"), *reached("app")))
    updated = found["home/web/Deployment/app/hosts"]
    assert updated["worker-0"] == pytest.approx(updated["worker-1"], abs=1e-2)
    assert updated["worker-0"] + updated["worker-1"] > 0.98  # the rest: the first machine died since
    assert found["home/web/Deployment/app/nodes"]["worker-2"] > 0.2
    assert found["last round"] == pytest.approx({"nodes": 1 / 3, "hosts": 2 / 3}, abs=1e-3)


def test_the_order_of_machines_and_not_their_names_decides():
    """Pods gather on the machine that is declared first, so the control plane beside them costs its whole repair."""
    under = ground(("a",), ("a", "a", "b", "b"))
    first, last = (
        lab(replace(under, hosts=hosts), workload("app"), *reached("app")) for hosts in (under.hosts, under.hosts[::-1])
    )
    assert minutes(first) > 300
    assert minutes(last) < 0.75 * minutes(first)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.lists(NAMES, min_size=4, max_size=4, unique=True))
def test_a_rename_changes_no_figure(names):
    """Other names for workloads and hostnames in another order of the alphabet: the same minutes and outages."""
    under = ground(("a", "b", "b"), ("a", "a", "b", "b"))

    def figures(called):
        bodies = [workload(name, replicas) for name, replicas in zip(called, (1, 2, 3, 1), strict=True)]
        found = lab(under, *bodies, *(each for name in called for each in reached(name)))
        result = Computed.of(found).result
        of = [result[f"lan:{name}.home.arpa"] for name in called]
        return [(each.downtime_minutes, each.outages_per_year) for each in of]

    for before, after in zip(figures(["one", "two", "three", "four"]), figures(names), strict=True):
        assert after == pytest.approx(before, rel=1e-9)


def test_without_planned_work_a_pod_is_where_the_scheduler_put_it():
    """Every open node by its room, until machines die."""
    under = ground(("c", "c", "c"), ("a", "b"), rates=NEVER)
    (weights,) = [
        w for name, w in homes(lab(under, workload("app"), *reached("app"))).items() if name.startswith("home")
    ]
    assert weights == pytest.approx({"worker-0": 0.5, "worker-1": 0.5}, abs=1e-3)


def test_a_drain_finds_a_pod_more_often_than_there_are_nodes():
    """Twelve rounds over two machines move a pod at both of them: 24 drains a year and their 36 minutes, not 18."""
    rates = {**CRASHES, "node.upgrade": RateOverride(mttf=1e15), "host": RateOverride(mttf=1e15)}
    found = lab(ground(("c", "c", "c"), ("a", "b"), rates=rates), workload("app"), *reached("app"))
    assert minutes(found) == pytest.approx(24 * 1.5, rel=0.01)
    assert outages(found) == pytest.approx(24, rel=0.01)


def test_a_budget_lets_replicas_go_one_after_the_other():
    """Two replicas on one machine are both gone when it is drained, unless a budget asks for one of them."""
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "app", "namespace": "web"},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "app"}}},
    }
    under = ground(("c", "c", "c"), ("a", "a", "b", "b"))
    without, with_one = (minutes(lab(under, workload("app", 2), *reached("app"), *more)) for more in ((), (budget,)))
    assert without - with_one > 25


def test_a_pod_that_may_run_on_one_machine_only_waits_for_it():
    """Nodes elsewhere that it may not use are nowhere to go."""
    under = ground(("c", "c", "c"), ("a", "b"))
    tied = workload("app", nodeSelector={"kubernetes.io/hostname": "worker-0"})
    assert minutes(lab(under, tied, *reached("app"))) > minutes(lab(under, workload("app"), *reached("app"))) + 300


LEADS = Failover(Subject("StatefulSet", "app", "web"), 60.0, api=True)


def led(planes, workers=("a", "b"), fact=LEADS, **more):
    """A leader and its follower, apart, that another replaces."""
    bodies = (workload("app", 2, "StatefulSet", affinity=apart("app")), *reached("app"))
    return lab(ground(planes, workers, **more), *bodies, facts=(fact,))


def test_the_leader_and_the_only_control_plane_on_one_machine():
    """After each round the leader is on the first machine: with the control plane there, its repair is the outage."""
    assert minutes(led(("a",))) > 360
    assert minutes(led(("c",))) < 100


def test_a_leaders_own_crash_costs_a_takeover():
    """24 crashes a year of 40 s: with a takeover of 20 s each is shorter, with none it is whole."""
    rates = {
        **NEVER,
        "host": RateOverride(mttf=1e15),
        "vm": RateOverride(mttf=1e15),
        "host.software": RateOverride(mttf=1e15),
    }
    quick, slow = (led(("c", "d", "e"), fact=replace(LEADS, crash=seconds), rates=rates) for seconds in (20.0, 3600.0))
    assert outages(quick) == pytest.approx(24.5, rel=0.02)
    assert minutes(quick) == pytest.approx(24.5 * 41 / 60 * (1 - 2.718 ** (-20 / 41)), rel=0.05)
    assert minutes(slow) == pytest.approx(17, rel=0.05)


def test_a_planned_switchover_costs_what_it_takes():
    """Two machines in turn find the leader once each: 24 times ten seconds a year."""
    rates = {**CRASHES, "node.upgrade": RateOverride(mttf=1e15), "host": RateOverride(mttf=1e15)}
    found = led(("c", "d", "e"), fact=replace(LEADS, switchover=10.0), rates=rates)
    assert minutes(found) == pytest.approx(24 * 10 / 60, rel=0.03)
    assert outages(found) == pytest.approx(24, rel=0.03)


def test_nobody_is_promoted_without_a_majority_of_those_that_elect():
    """Sentinels that all went with the machine of the master elect nobody until they are back."""
    own = Subject("StatefulSet", "watch", "web")
    quorum = Quorum(own, (own,), 2, 3, "Sentinels")
    fact = replace(LEADS, by=(own,))
    tied = workload("watch", 3, "StatefulSet", nodeSelector={"kubernetes.io/hostname": "worker-0"})
    under = ground(("c", "d", "e"), ("a", "b"))
    bodies = (workload("app", 2, "StatefulSet", affinity=apart("app")), *reached("app"), tied)
    alone = minutes(lab(under, *bodies, facts=(LEADS, quorum)))
    assert minutes(lab(under, *bodies, facts=(fact, quorum))) > alone + 100
