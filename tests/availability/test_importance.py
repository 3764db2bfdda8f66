"""Importance measures against their definitions."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from availability.worlds import certain, random_system, simple
from homelab.availability.importance import birnbaum, importances
from homelab.availability.quantify import Evaluator, evaluate
from homelab.availability.system import All, Any_, Exclusive, Outside, Rate, Settled, Stay, System


@pytest.mark.parametrize("seed", range(12))
def test_measures_are_those_of_their_definitions(seed):
    """P1, P0 and the share of initiated outages, by evaluating the changed systems."""
    system = random_system(seed)
    evaluator = Evaluator(system)
    for service in ("g3", "top"):
        figures = evaluator.result()[service]
        found = {item.part: item for item in importances(evaluator, service)}
        for name, item in found.items():
            if name == "work":
                continue
            rate = system.parts[name].rate
            perfect = evaluator.result({name: Rate.never()})[service].unavailability
            slope = (figures.unavailability - perfect) / rate.unavailability
            assert item.birnbaum == pytest.approx(slope, abs=1e-9)
            assert item.minutes == pytest.approx(525_600 * (figures.unavailability - perfect), abs=1e-6)
            assert item.unavailability == rate.unavailability
            assert birnbaum(evaluator, service)[name] == item.birnbaum
            if perfect > 1e-9:
                assert item.reduction == pytest.approx(figures.unavailability / perfect, rel=1e-6)
        if figures.frequency > 0:
            assert sum(item.initiating for item in found.values()) == pytest.approx(1, abs=1e-9)


def test_the_only_culprit_has_no_limit_of_reduction():
    """RRW of a part that alone is to blame is infinite; of one without any effect nothing is said."""
    system = simple({"a": 0.01, "b": 0.02}, top=All(("a",)), other=All(("a", "b")))
    (item,) = importances(Evaluator(system), "top")
    assert (item.part, item.reduction, item.criticality) == ("a", math.inf, pytest.approx(1))
    assert item.achievement == pytest.approx(100)


def test_a_perfect_part_can_still_be_asked_about():
    """What never fails costs nothing, and its Birnbaum measure says what it would cost."""
    system = simple({"a": 0.01, "b": 0.0}, top=All(("a", "b")))
    found = {item.part: item for item in importances(Evaluator(system), "top")}
    assert found["b"].minutes == 0
    assert found["b"].birnbaum == pytest.approx(0.99)
    never = replace(system, parts={**system.parts, "b": replace(system.parts["b"], rate=Rate.never())})
    never = replace(never, gates={**never.gates, "top": All((Settled("b", 1.0), "a"))})
    assert {item.part for item in importances(Evaluator(never), "top")} == {"a", "b"}


def test_planned_work_has_its_share():
    """An exclusive starts outages too; without any stays it starts none and costs nothing."""
    stays = {"x": Stay(0.1, 0.05, "x")}
    system = System({}, {"up": Outside("work", "x")}, {"up": "up"}, {"work": Exclusive("work", stays)})
    (item,) = importances(Evaluator(system), "up")
    assert (item.part, item.unavailability, item.initiating) == ("work", 0.1, pytest.approx(1))
    idle = replace(system, exclusives={"work": Exclusive("work", {"x": Stay(0.0, 0.0, "x")})})
    (item,) = importances(Evaluator(idle), "up")
    assert (item.minutes, item.initiating, item.criticality) == (0, 0, 0)


def test_the_costliest_comes_first():
    """Sorted by the minutes that mending it gives."""
    system = simple({"a": 0.01, "b": 0.3, "c": 0.2, "d": 0.001}, top=All(("a", Any_(("b", "c")), "d")))
    minutes = [item.minutes for item in importances(Evaluator(system), "top")]
    assert minutes == sorted(minutes, reverse=True)
    assert evaluate(system)["top"].unavailability == pytest.approx(1 - 0.99 * 0.999 * (1 - 0.06))
    assert certain(0.3).unavailability == pytest.approx(0.3)
