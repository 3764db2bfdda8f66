"""What fails alone and in pairs, against trying it."""

from __future__ import annotations

import itertools
import math

import pytest

from availability.worlds import holds, random_system, simple
from homelab.availability.cuts import SinglePoint, pairs, single_points
from homelab.availability.quantify import Evaluator
from homelab.availability.system import (
    All,
    Any_,
    AtLeast,
    Bridged,
    Exclusive,
    Outside,
    Part,
    Rate,
    Settled,
    Stay,
    System,
    Up,
)


@pytest.mark.parametrize("seed", range(25))
def test_cut_sets_of_order_one_and_two_are_those_found_by_trying(seed):
    """Every part, and every pair of parts, failed in an otherwise perfect world."""
    system = random_system(seed, parts=6, coherent=True)
    evaluator = Evaluator(system)
    perfect = {**dict.fromkeys(system.parts, 0), "work": ""}
    for service, gate in system.services.items():
        alone = {name for name in system.parts if not holds(gate, system, {**perfect, name: 1})}
        assert {point.part for point in single_points(evaluator, service)} == alone
        together = {
            frozenset(pair)
            for pair in itertools.combinations(sorted(set(system.parts) - alone), 2)
            if not holds(gate, system, {**perfect, **dict.fromkeys(pair, 1)})
        }
        found = pairs(evaluator, service)
        assert {frozenset(pair) for pair in found} == together
        assert len(found) == len(together)


def test_a_single_point_says_for_how_long():
    """A host under a movable pod for its first hours, behind a battery only later, a pinned one for good."""
    parts = {name: Part(name, Rate(100.0, 5.0), f"cause of {name}") for name in "abc"}
    work = Exclusive("work", {"x": Stay(0.1, 0.1, "patch x"), "y": Stay(0.1, 0.1, "patch y")})
    gate = All((Settled("a", 0.5), Bridged("b", 0.25), Up("c"), Any_((Settled("a", 2.0), "b")), Outside("work", "y")))
    found = single_points(Evaluator(System(parts, {"s": gate}, {"s": "s"}, {"work": work})), "s")
    assert sorted(found, key=lambda point: point.part) == [
        SinglePoint("a", "cause of a", None, 0.0, 0.5),
        SinglePoint("b", "cause of b", None, 0.25, math.inf),
        SinglePoint("c", "cause of c"),
        SinglePoint("work", "patch y", "y"),
    ]
    assert [point.lasting for point in sorted(found, key=lambda point: point.part)] == [False, True, True, True]


def test_planned_work_meets_failures_in_pairs():
    """A node that is being patched and another that fails make a pair, named by the state."""
    work = Exclusive("work", {"n1": Stay(0.1, 0.1, "n1"), "n2": Stay(0.1, 0.1, "n2")})
    nodes = tuple(All((name, Outside("work", name))) for name in ("n1", "n2"))
    parts = {name: Part(name, Rate(100.0, 1.0), name) for name in ("n1", "n2")}
    evaluator = Evaluator(System(parts, {"s": Any_(nodes)}, {"s": "s"}, {"work": work}))
    found = {frozenset(pair) for pair in pairs(evaluator, "s")}
    assert found == {frozenset(pair) for pair in (("n1", "n2"), ("n1", "work/n2"), ("n2", "work/n1"))}


def test_seventeen_thousand_cuts_and_none_of_them_short():
    """Order six means no singles and no pairs; two of three means three pairs."""
    names = [[f"e{group}.{number}" for number in range(width)] for group, width in enumerate((6, 30, 1))]
    chances = dict.fromkeys((name for group in names for name in group), 0.01)
    tree = simple(chances, top=Any_(tuple(All(tuple(group)) for group in names)))
    assert (single_points(Evaluator(tree), "top"), pairs(Evaluator(tree), "top")) == ([], [])
    quorum = simple(dict.fromkeys("abc", 0.1), top=AtLeast(2, ("a", "b", "c")))
    assert len(pairs(Evaluator(quorum), "top")) == 3
