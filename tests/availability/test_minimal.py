"""Minimal cut sets of any order: counted and listed, against trying all sets."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from availability.worlds import certain, holds, random_system, simple
from homelab.availability.engine.compiled import Budget
from homelab.availability.minimal import MinimalCuts
from homelab.availability.quantify import Evaluator
from homelab.availability.system import All, Any_, AtLeast, Gate, Not, Settled
from homelab.errors import Undecidable


def tried(system, names) -> set[frozenset[str]]:
    """The minimal sets of parts without which the service is down."""
    found: list[frozenset[str]] = []
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(names, size):
            if any(known <= set(chosen) for known in found):
                continue
            if not holds("top", system, {name: int(name in chosen) for name in names}):
                found.append(frozenset(chosen))
    return set(found)


@pytest.mark.parametrize("seed", range(40))
def test_all_minimal_sets_and_no_other(seed):
    """Random coherent systems: the sets are those of trying all, the counts those of the sets."""
    source = random.Random(seed)
    names = [f"x{number}" for number in range(source.randint(2, 7))]

    def gate(depth: int) -> Gate | str:
        if depth == 0:
            return source.choice(names)
        below = tuple(gate(depth - 1) for _ in range(source.randint(2, 3)))
        return source.choice((All(below), Any_(below), AtLeast(2, below)))

    system = simple(dict.fromkeys(names, certain(0.1).unavailability), top=All((gate(3),)))
    cuts = MinimalCuts(Evaluator(system), "top")
    expected = tried(system, names)
    assert {frozenset(each) for each in cuts.sets(len(names))} == expected
    assert sum(cuts.counts().values()) == len(expected)
    assert {frozenset(each) for each in cuts.sets(2)} == {each for each in expected if len(each) <= 2}


def test_seventeen_thousand_sets_of_order_six():
    """Six ORs under an AND: their product, all of order six."""
    widths = (6, 30, 1, 6, 4, 4)
    names = [[f"e{group}.{number}" for number in range(width)] for group, width in enumerate(widths)]
    system = simple(
        {name: 0.01 for group in names for name in group}, top=Any_(tuple(All(tuple(group)) for group in names))
    )
    assert MinimalCuts(Evaluator(system), "top").counts() == {6: 17_280}


def test_more_sets_than_anybody_could_list():
    """Thirty of sixty: 1.1e17 sets, counted in a moment."""
    names = [f"x{number}" for number in range(60)]
    cuts = MinimalCuts(Evaluator(simple(dict.fromkeys(names, 0.01), top=AtLeast(31, tuple(names)))), "top")
    assert cuts.counts() == {30: math.comb(60, 30)}


def test_three_trains_with_common_causes():
    """The published counts of two common cause groups: 34 sets, 2 of one, 24 of two and 8 of three parts."""
    chances = {}
    for kind in "pv":
        chances |= {f"{kind}{train}": 0.07 for train in range(3)} | {f"{kind}012": 0.01}
        chances |= {f"{kind}{a}{b}": 0.01 for a, b in ((0, 1), (0, 2), (1, 2))}
    trains = tuple(All(tuple(name for name in chances if str(train) in name)) for train in range(3))
    assert MinimalCuts(Evaluator(simple(chances, top=Any_(trains))), "top").counts() == {1: 2, 2: 24, 3: 8}


def test_what_has_no_cut_sets_says_so():
    """Negations, ages and services that are not exact are refused with their names."""
    chances = {"a": 0.1, "b": 0.2}
    with pytest.raises(Undecidable, match="service top is not coherent"):
        MinimalCuts(Evaluator(simple(chances, top=Any_((Not("a"), "b")))), "top")
    with pytest.raises(Undecidable, match="service top looks at ages"):
        MinimalCuts(Evaluator(simple(chances, top=All((Settled("a", 0.01), "b")))), "top")
    with pytest.raises(Undecidable, match="service p0 is not exact"):
        MinimalCuts(Evaluator(random_system(1), budget=Budget(nodes=0)), "p0")
