"""Storage: what a pool bears, what is copied anew, and what waits for its machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assess.model.labs import ground, lab, minutes, reached, workload
from homelab.findings import Subject
from homelab.ground import RateOverride
from homelab.kube.facts import Pool

NEVER = {
    name: RateOverride(mttf=1e15)
    for name in ("container", "container.hang", "vm", "host.software", "host.update", "node.upgrade", "disk.ssd")
}
REPAIR = 360.0
"""Minutes a year of one machine: 0.125 times 48 hours."""
HEAL = 0.125 * 120.0 * 0.98
"""Minutes a year of one machine until its copies are made again: at most two hours each time."""


def pool(workers, *, zones=False, domain="host", size=3, rates=NEVER):
    """Minutes of an application whose volume lies on a pool of these nodes; its own pod is moved within minutes."""
    under = ground(("c", "d", "e"), workers, zones=zones, rates=rates)
    nodes = tuple(replace(node, ceph=() if node.control_plane else (1 << 40,)) for node in under.nodes)
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "app", "namespace": "web"},
        "spec": {"storageClassName": "pool"},
    }
    body = workload("app", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "app"}}])
    fact = Pool(Subject("CephBlockPool", "pool", "rook-ceph"), ("pool",), size, 2, domain)
    return minutes(lab(replace(under, nodes=nodes), claim, body, *reached("app"), facts=(fact,)))


def test_one_lost_domain_of_three_is_borne():
    """Two copies are left of everything, so that only the move of the pod costs minutes."""
    assert pool(("a", "b", "f")) < 10


def test_two_copies_on_one_machine_are_made_again():
    """Two of six nodes fall together: some objects have one copy left, and two hours later three again."""
    assert pool(("a", "a", "b", "f", "g", "h")) == pytest.approx(HEAL, rel=0.25)


def test_a_machine_that_is_a_zone_is_not_marked_out():
    """The same nodes with zones: monitors wait for a whole zone to come back, and objects with them."""
    assert pool(("a", "a", "b", "f", "g", "h"), zones=True) == pytest.approx(REPAIR, rel=0.05)


def test_three_copies_on_one_machine_wait_for_it():
    """Some objects have all copies there, and nothing to make them from."""
    assert pool(("a", "a", "a", "b", "f", "g", "h")) == pytest.approx(REPAIR, rel=0.05)


def test_without_a_domain_to_spare_nothing_is_made_again():
    """Two of four nodes fall together, and three copies do not fit on two."""
    assert pool(("a", "a", "b", "f")) == pytest.approx(REPAIR, rel=0.05)


def test_disks_are_parts():
    """A disk that fails weekly for a day costs what machines do not: three domains bear one of them at a time."""
    often = {**NEVER, "disk.ssd": RateOverride(mttf=168.0, mttr=24.0)}
    assert pool(("a", "b", "f"), rates=often) > pool(("a", "b", "f")) + 10_000
