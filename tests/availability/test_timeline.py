"""The simulated world does what upstream documents: each promise names whose word it is."""

from __future__ import annotations

import heapq
from dataclasses import replace

import pytest

from availability.world.estimate import Simulation
from availability.world.lab import survey
from availability.world.planned import Drain
from availability.world.times import Rate
from conftest import REPOSITORY
from homelab.lab.pipeline import Lab

ONCE = dict.fromkeys(
    (
        "switch", "host", "host.spare", "host.software", "vm", "node.kubelet", "disk.ssd", "container",
        "container.hang", "container.evicted", "isp", "router", "edge", "power.grid.germany",
    ),
    Rate(1.0, 600.0),
)  # fmt: skip


@pytest.fixture(scope="module")
def enterprise():
    """Three hosts, three control planes, six workers, Ceph, and everything twice."""
    return survey(Lab.load(str(REPOSITORY / "examples" / "enterprise" / "homelab.yaml")).inventory)


@pytest.fixture
def begun(enterprise):
    """A way to begin: a simulation of the lab, placed, with a seed; other facts of the ground may be given."""

    def begin(seed=1, **ground):
        simulation = Simulation(replace(enterprise, ground=replace(enterprise.ground, **ground)), ONCE, seed)
        simulation.place_all()
        return simulation

    return begin


def until(world, holds, longest=7200.0):
    """Let time pass until something holds; when that was, None where it never does."""
    while not holds():
        if not world.events or world.events[0][0] > longest:
            return None
        world.now, _, act, given = heapq.heappop(world.events)
        act(*given)
    return world.now


def pods(world, name):
    return world.lab.by_owner[name]


@pytest.mark.parametrize(("version", "low", "high"), [("1.31.4", 30.0, 45.0), ("1.32.0", 40.0, 55.0)])
def test_a_silent_node_is_noticed_after_its_grace(begun, version, low, high):
    """Grace of 40 s, 50 s from v1.32 (kubernetes#126287), less than a lease's age, and a round of the monitor more."""
    for seed in range(5):
        world = begun(seed, kubernetes=version).world
        world.lose(4)
        assert low <= until(world, lambda: world.notready[4]) <= high  # noqa: B023


def test_a_deployment_goes_on_elsewhere_after_five_minutes(begun):
    """Taint-based eviction: 300 s beyond NotReady, 5 s where a pod says so (kubernetes.io, taints and tolerations)."""
    world = begun().world
    pod = pods(world, "n8n-prod/Deployment/n8n")[0]
    node = world.where[pod]
    world.lose(node)
    seen = until(world, lambda: world.notready[node])
    left = until(world, lambda: world.where[pod] != node)
    assert 299.0 < left - seen < 312.0
    assert 20.0 < until(world, lambda: world.alive[pod]) - left < 60.0


def test_a_statefulset_waits_for_its_node_or_for_somebody(begun):
    """At most one: a pod on a dead node keeps its name until the node is back (kubernetes.io, force delete StatefulSet)."""
    world = begun().world
    world.human = lambda: 40_000.0
    pod = pods(world, "n8n-prod/StatefulSet/n8n-redis")[0]
    node = world.where[pod]
    world.lose(node)
    assert until(world, lambda: world.where[pod] != node) is None
    assert world.stuck[pod]
    world.regain(node)
    assert until(world, lambda: world.alive[pod]) is not None


def zoned(world, zones):
    """Give nodes the zones of a function."""
    for number, machine in enumerate(world.lab.machines):
        labels = {**machine.labels, "topology.kubernetes.io/zone": zones(number)}
        object.__setattr__(world.lab.machines[number], "labels", labels)


def test_evictions_stop_where_most_of_a_zone_is_silent(begun):
    """More than two nodes and 55 % of a zone silent: only whom the first passes tainted is evicted (node_lifecycle)."""
    world = begun().world
    before = [dict(machine.labels) for machine in world.lab.machines]
    gone = [3, 4, 5, 6, 7, 8]

    try:
        zoned(world, lambda _number: "one")
        for node in gone:
            world.lose(node)
        until(world, lambda: False)
        assert len(world.withheld) == 2
        zoned(world, lambda number: "two" if number in gone else "one")
        world.reconsider()
        assert not world.withheld
    finally:
        for machine, labels in zip(world.lab.machines, before, strict=True):
            object.__setattr__(machine, "labels", labels)


def test_a_primary_is_promoted_where_the_operator_can(begun):
    """CloudNativePG promotes once the node is seen silent: within a minute; without an API never (F1)."""
    for api in (True, False):
        simulation = begun()
        world = simulation.world
        team = next(i for i, t in enumerate(world.teams.all) if t.name == "n8n-prod/n8n-postgres")
        lead = world.teams.leader[team]
        if not api:
            for node in (0, 1):
                world.lose(node)
        world.lose(world.where[lead])
        taken = until(world, lambda: world.teams.serves(team), longest=3600.0)  # noqa: B023
        assert (40.0 < taken < 90.0) if api else taken is None


def test_sentinels_take_over_sooner_than_a_node_is_missed(begun):
    """Down after 5 s, promoted, and the operator's label within 10 s more (redis-operator)."""
    world = begun().world
    team = next(i for i, t in enumerate(world.teams.all) if t.how == "sentinel")
    world.crash(world.teams.leader[team])
    assert not world.teams.serves(team)
    assert 7.0 <= until(world, lambda: world.teams.serves(team)) <= 20.0


def test_the_address_of_the_api_moves_within_a_minute(begun):
    """Talos: at once when its holder steps down, up to a minute when it dies (vip.md)."""
    for gently, longest in ((True, 2.0), (False, 60.0)):
        world = begun().world
        world.lose(world.control.vip, gently=gently)
        assert not world.control.reachable
        assert until(world, lambda: world.control.reachable) <= longest  # noqa: B023


def test_a_load_balancer_is_announced_elsewhere_within_its_lease(begun):
    """Cilium: 10 to 20 s (l2-announcements.rst); without an API nobody announces after some minutes (cilium#40735)."""
    world = begun().world
    world.lose(world.control.announcer)
    assert 10.0 <= until(world, lambda: world.control.announced) <= 20.0
    world = begun().world
    world.lose(0)
    world.lose(1)
    assert 60.0 <= until(world, lambda: not world.control.announced) <= 600.0


def test_a_pool_needs_its_copies(begun):
    """Three copies over three zones, two needed: one zone may be away, two may not, whichever of their disks it is."""
    world = begun().world
    one, two, three = (osd for osd in world.lab.osds if world.ceph.node[osd] in (3, 4, 5))
    world.ceph.disk(one, 1e9)
    assert world.ceph.serves("block")
    world.ceph.disk(two, 1e9)
    assert not world.ceph.serves("block")
    assert three in world.ceph.mine


def test_a_drain_leaves_what_budgets_hold(begun):
    """The eviction API takes as many pods as their budget says; drained pods run elsewhere."""
    world = begun().world
    among = pods(world, "argocd/Deployment/argocd-redis-ha-haproxy")
    node = world.where[among[0]]
    world.crash(among[1])
    empty = []
    Drain(world, node, empty.append).start()
    held = until(world, lambda: world.where[among[0]] != node)
    assert held > 35.0
    until(world, lambda: bool(empty))
    assert all(on != node for on in world.where)


def test_a_process_alone_costs_its_crashes(begun):
    """Nothing else happens: a pod without a second costs rate x (back-off and start), to the second."""
    simulation = begun()
    row = simulation.watch.rows.index(("backup.cluster", "lan"))
    pod = pods(simulation.world, "velero/Deployment/velero")[0]
    cause = next(c for c in simulation.causes if c.kind == "crash" and c.name == "velero/Deployment/velero")
    episode = simulation.play(cause, simulation.world.settled(), 1.0)
    assert episode.down[row] == pytest.approx(10.0 + simulation.world.lab.pods[pod].ready)
