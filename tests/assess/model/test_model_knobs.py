"""Knobs: every rate and delay of the table enters some figure, and no constant stands beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assess.model import labs
from homelab.assess.model.build import model
from homelab.assess.uptime import uptime
from homelab.availability.delays import DELAYS
from homelab.availability.rates import RATES
from homelab.findings import Subject
from homelab.ground import Ground, RateOverride, Site
from homelab.kube.facts import Failover, Pool
from homelab.kube.inventory import Inventory
from homelab.software.argo_cd.programs import SENTINEL
from homelab.software.cloudnative_pg import cluster
from homelab.software.redis_operator import others, replication

LEADERS = {
    "cnpg": Failover(
        Subject("StatefulSet", "cnpg", "web"), 75.0, knob="cnpg.failover", switchover=10.0, planned="cnpg.switchover",
        crash=20.0, crashed="cnpg.crash",
    ),
    "watched": Failover(Subject("StatefulSet", "watched", "web"), 25.0, knob="redis.sentinel"),
    "shard": Failover(Subject("StatefulSet", "shard", "web"), 15.0, knob="redis.shard", api=False),
    "argo": Failover(Subject("StatefulSet", "argo", "web"), 12.0, knob="argocd.sentinel", api=False),
    "files": Failover(Subject("StatefulSet", "files", "web"), 20.0, knob="ceph.mds", api=False),
}  # fmt: skip


def everything(under: Ground) -> Inventory:
    """A lab that has to do with every knob: volumes, pods without probes or memory, leaders, a pool with disks to spare."""
    bare = labs.workload("bare")
    bare["spec"]["template"]["spec"]["containers"] = [{"name": "main", "image": "example/app:1"}]
    held = labs.workload("held", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "held"}}])
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "held", "namespace": "web"},
        "spec": {"storageClassName": "pool"},
    }
    stuck = labs.workload("stuck", kind="StatefulSet")
    sets = [labs.workload(name, 2, "StatefulSet", affinity=labs.apart(name)) for name in LEADERS]
    names = ["app", "bare", "held", "stuck", *LEADERS]
    bodies = [labs.workload("app"), bare, held, claim, stuck, *sets]
    pool = Pool(Subject("CephBlockPool", "pool", "rook-ceph"), ("pool",), 3, 2, "host")
    routed = [each for name in names for each in labs.reached(name)]
    return labs.lab(under, *bodies, *routed, facts=(*LEADERS.values(), pool))


def base(**more):
    """Five machines with disks, three of which carry a control plane."""
    found = labs.ground(("a", "b", "c"), ("a", "b", "c", "d", "e"), public=("app.home.arpa",), **more)
    nodes = tuple(replace(node, ceph=() if node.control_plane else (1 << 40,)) for node in found.nodes)
    return replace(found, nodes=nodes, site=Site(grid="germany"))


def grounds(name: str) -> Ground:
    """The ground on which a knob matters."""
    if name.startswith("power.grid."):
        return replace(base(), site=Site(grid=name.removeprefix("power.grid.")))
    if name == "host.spare":
        return replace(base(), site=Site(spare_host=True))
    if name == "node.kubelet":
        return replace(base(), nodes=tuple(replace(node, virtual=False) for node in base().nodes))
    return replace(base(), kubernetes="1.31.0") if name.endswith("before-1.32") else base()


def figures(under: Ground):
    """What is computed with, part by part: what a figure could depend on."""
    found = model(everything(under))
    return found.system.parts, found.system.gates, found.system.exclusives, found.changes


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in RATES if name != "power.grid.none"])
def test_every_rate_is_read(name):
    """Twice as often changes the model of a lab that has to do with it."""
    under = grounds(name)
    own = {name: RateOverride(mttf=RATES[name].mttf / 2, reason="a test")}
    assert figures(under) != figures(replace(under, rates=own))


@pytest.mark.slow
@pytest.mark.parametrize("name", DELAYS)
def test_every_delay_is_read(name):
    """Twice as long changes the model, on the ground on which it matters."""
    under = grounds(name)
    own = {name: RateOverride(mttr=DELAYS[name].hours * 2.1, reason="a test")}
    assert figures(under) != figures(replace(under, rates=own))


def test_an_owners_delay_changes_the_minutes():
    """Pods that are given up after an hour cost more than after five minutes."""
    app = (labs.workload("app"), *labs.reached("app"))
    under = labs.ground(("c", "d", "e"), ("a", "b"))
    own = {"kubernetes.eviction": RateOverride(mttr=1.0, reason="tolerations of an hour")}
    assert labs.minutes(labs.lab(replace(under, rates=own), *app)) > labs.minutes(labs.lab(under, *app)) + 3


def test_takeovers_stand_in_the_table_as_their_systems_say_them():
    """One value for each: that of `software` is that of the table."""
    said = {
        "cnpg.failover": cluster.FAILOVER,
        "cnpg.switchover": cluster.SWITCHOVER,
        "cnpg.crash": cluster.CRASH,
        "redis.sentinel": replication.TAKEOVER,
        "redis.shard": others.SHARD_TAKEOVER,
        "person.frees": replication.UNWATCHED,
        "kubernetes.drain": replication.RESTARTED,
        "argocd.sentinel": SENTINEL,
    }
    assert {name: DELAYS[name].seconds for name in said} == said


def test_changes_that_fail_are_a_line_of_their_own():
    """5.2 hours a year more than the lab, at the rate of the table; an owner's own rate is read."""
    app = (labs.workload("app"), *labs.reached("app"))
    under = labs.ground(("c", "d", "e"), ("a", "b"))
    found = uptime(labs.lab(under, *app), deep=False)
    rare = replace(under, rates={"operator.change": RateOverride(mttf=8759.0, reason="my log")})
    assert found.changes.minutes_per_year - found.lab.lan.minutes_per_year == pytest.approx(312, rel=0.01)
    once = uptime(labs.lab(rare, *app), deep=False)
    assert once.changes.minutes_per_year - once.lab.lan.minutes_per_year == pytest.approx(60, rel=0.01)
