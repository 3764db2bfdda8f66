"""The downtime by cause adds up, and is fair."""

from __future__ import annotations

import pytest

from availability.worlds import random_system, simple
from homelab.availability.causes import STRUCTURE, by_cause, legendre, shares
from homelab.availability.quantify import Evaluator
from homelab.availability.system import All, Any_, AtLeast, Exclusive, Outside, Stay, System


@pytest.mark.parametrize("seed", range(20))
def test_the_shares_add_up_to_the_downtime(seed):
    """Ages, exclusives, negations: the hours of all parts are 8,760 U, and those of all causes as well."""
    system = random_system(seed)
    evaluator = Evaluator(system)
    for service in system.services:
        found = shares(evaluator, service)
        hours = evaluator.result()[service].downtime_hours
        assert sum(share.hours for share in found) == pytest.approx(hours, rel=1e-9, abs=1e-9)
        assert sum(by_cause(found).values()) == pytest.approx(hours, rel=1e-9, abs=1e-9)


def test_equal_parts_have_equal_shares():
    """Two of three: a third each; a pair in parallel: half each, however unequal their chances."""
    system = simple({"a": 0.1, "b": 0.1, "c": 0.1, "d": 0.3}, quorum=AtLeast(2, ("a", "b", "c")), pair=Any_(("a", "d")))
    evaluator = Evaluator(system)
    assert [share.hours for share in shares(evaluator, "quorum")] == pytest.approx([8760 * 0.028 / 3] * 3)
    assert [share.hours for share in shares(evaluator, "pair")] == pytest.approx([8760 * 0.03 / 2] * 2)


def test_a_need_that_nothing_meets_is_nobodys_failure():
    """What is down with everything up is booked on the structure."""
    system = simple({"a": 0.1}, top=AtLeast(2, ("a",)), fine=All(("a",)))
    (share,) = shares(Evaluator(system), "top")
    assert (share.cause, share.hours) == (STRUCTURE, 8760)


def test_planned_work_is_booked_as_planned():
    """The states of an exclusive have causes of their own, planned or not as they say."""
    stays = {"a": Stay(0.05, 0.02, "work on a"), "b": Stay(0.08, 0.05, "work on b", planned=False)}
    gate = All((Outside("work", "a"), Outside("work", "b")))
    system = System({}, {"s": gate}, {"s": "s"}, {"work": Exclusive("work", stays)})
    found = {share.part: share for share in shares(Evaluator(system), "s")}
    assert {name: (share.cause, share.planned) for name, share in found.items()} == {
        "work/a": ("work on a", True),
        "work/b": ("work on b", False),
    }
    assert found["work/a"].hours == pytest.approx(8760 * 0.05)


@pytest.mark.parametrize("points", [1, 2, 5, 8])
def test_quadrature_is_exact_for_its_degree(points):
    """N nodes integrate every power up to 2n - 1."""
    for power in range(2 * points):
        assert sum(w * x**power for x, w in legendre(points)) == pytest.approx(1 / (power + 1), rel=1e-13)
