"""Evictions: zones are what labels say, and where most of one is silent nobody is moved."""

from __future__ import annotations

import pytest

from assess.model.labs import ground, lab, minutes, reached, workload
from homelab.assess.model.evictions import borne, stopped

FIVE = ("a",) * 5 + ("b",)


@pytest.mark.parametrize(("nodes", "least"), [(1, 2), (3, 2), (4, 2), (5, 2), (6, 3), (9, 4), (20, 10), (40, 21)])
def test_a_zone_bears_less_than_55_percent_and_two_at_least(nodes, least):
    """`notReady > 2 && notReady / all >= 0.55` is partial disruption (ComputeZoneState)."""
    assert borne(nodes) == least


def test_nobody_is_evicted_where_most_of_a_zone_is_silent():
    """Five of nine nodes without a zone stop it, four do not; a machine that is a zone of its own is gone as a whole."""
    plain, labelled = ground(("c", "d", "e"), FIVE), ground(("c", "d", "e"), FIVE, zones=True)
    silent = [f"worker-{number}" for number in range(5)]
    assert stopped(plain, silent) == {("", "")}
    assert stopped(plain, silent[:4]) == frozenset()
    assert stopped(labelled, silent) == frozenset()
    assert stopped(labelled, [node.name for node in labelled.nodes]) == {("", host) for host in "abcde"}


def test_a_large_cluster_goes_on_slowly():
    """Beyond 50 nodes a partly silent zone is emptied at a lower rate."""
    large = ground(("c", "d", "e"), ("a",) * 40 + ("b",) * 10)
    assert stopped(large, [f"worker-{number}" for number in range(40)]) == frozenset()


def test_zones_that_nobody_declared_cost_the_repair_of_the_machine():
    """The same lab with and without labels: with them pods of the large machine are moved, without they wait two days."""
    with_zones, without = (
        minutes(lab(ground(("c", "d", "e"), FIVE, zones=zones), workload("app"), *reached("app")))
        for zones in (True, False)
    )
    assert without > 180
    assert with_zones < 0.5 * without
