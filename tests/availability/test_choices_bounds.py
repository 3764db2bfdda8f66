"""Services with choices that do not fit into the budget: intervals that hold the exact figures, whatever was chosen."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from availability.worlds import random_system
from homelab.availability.bands import bands
from homelab.availability.causes import shares
from homelab.availability.cuts import pairs, single_points
from homelab.availability.engine import choices
from homelab.availability.engine.compiled import Budget
from homelab.availability.importance import birnbaum, importances
from homelab.availability.parts import HOURS_PER_YEAR, Rate
from homelab.availability.quantify import Evaluator, evaluate
from homelab.availability.system import All, Any_, Exclusive, Gate, In, LongDown, Not, Outside, Stay, System, Up

NOTHING = Budget(nodes=0)
HOMES = ("home", "other", "third")


@pytest.fixture
def unsampled(monkeypatch):
    """Intervals that are certain, however wide."""
    monkeypatch.setattr("homelab.availability.quantify.WIDE", math.inf)


@pytest.fixture
def cheap(monkeypatch):
    """No world is asked what decides in it, so that only the best and the worst choice are left."""
    monkeypatch.setattr(choices, "GATES", 0)


def placed(seed: int, parts: int = 4, *, coherent: bool = False) -> System:
    """A random system of rare failures, what it needs where pods were put, and gates that ask for it both ways."""
    system, source = random_system(seed, parts, coherent=coherent), random.Random(seed)
    rare = {name: replace(part, rate=Rate(part.rate.mttf * 50, part.rate.mttr)) for name, part in system.parts.items()}
    exclusives = dict(system.exclusives)
    gates, names = dict(system.gates), list(system.gates)
    for home in HOMES:
        states = [f"on {part}" for part in system.parts]
        exclusives[home] = Exclusive.choice(home, {state: source.randint(1, 5) for state in states})
        terms: list[Gate] = [
            Any_((Outside(home, f"on {part}"), Up(part), All((LongDown(part, 2.0), source.choice(names)))))
            for part in system.parts
        ]
        if not coherent and source.random() < 0.5:
            terms.append(Any_((In(home, source.choice(states)), Not(source.choice(names)))))
        gates[home] = All((*terms, source.choice(names)))
    gates["either"] = Any_(HOMES[:2])
    gates["all"] = All(HOMES)
    return System(rare, gates, {name: name for name in (*HOMES, "either", "all")}, exclusives)


def fixed(system: System) -> Iterator[tuple[float, System]]:
    """The system under every way to choose, each with its chance."""
    made = {name: each for name, each in system.exclusives.items() if each.chosen}
    for states in itertools.product(*(each.stays for each in made.values())):
        chance, exclusives = 1.0, dict(system.exclusives)
        for (name, each), state in zip(made.items(), states, strict=True):
            chance *= each.stays[state].share
            others = {other: Stay(0.0, 0.0, name) for other in each.stays if other != state}
            exclusives[name] = Exclusive(name, {**others, state: Stay(1.0, 0.0, name)}, chosen=True)
        yield chance, replace(system, exclusives=exclusives)


def check_holds(system: System) -> None:
    """Exact U and W lie within the intervals of the same system without a budget."""
    exact = evaluate(system)
    for service, figures in evaluate(system, budget=NOTHING).services.items():
        assert figures.within is not None
        assert figures.often is not None
        for interval, value in (
            (figures.within, exact[service].unavailability),
            (figures.often, exact[service].frequency),
        ):
            assert interval.low <= value * (1 + 1e-9) + 1e-15, service
            assert interval.high >= value * (1 - 1e-9) - 1e-15, service


@pytest.mark.slow
@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize("seed", range(25))
def test_an_interval_holds_the_exact_figures(seed):
    """U and W of gates with choices, negations and ages lie in their intervals."""
    check_holds(placed(seed))


@pytest.mark.usefixtures("unsampled", "cheap")
@pytest.mark.parametrize("seed", range(10))
def test_the_best_and_the_worst_choice_are_bounds(seed):
    """Where nobody asks what decides, the figures lie between those of the best and the worst choice."""
    check_holds(placed(seed))


@pytest.mark.parametrize("seed", range(3))
def test_a_choice_is_an_average_over_what_may_be_chosen(seed):
    """U and W on the diagrams are those of every way to choose, by its chance."""
    system = placed(seed, 2)
    found = dict.fromkeys(system.services, (0.0, 0.0))
    for chance, each in fixed(system):
        for service, figures in evaluate(each).services.items():
            down, often = found[service]
            found[service] = down + chance * figures.unavailability, often + chance * figures.frequency
    for service, figures in evaluate(system).services.items():
        assert (figures.unavailability, figures.frequency) == pytest.approx(found[service], rel=1e-9, abs=1e-15)


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize("seed", range(15))
def test_with_two_units_nothing_is_left_open(seed):
    """Where no third unit can fail, what decides is known in every world, and the interval is the exact figure."""
    system = placed(seed, 1)
    exact = evaluate(system)
    for service, figures in evaluate(system, budget=NOTHING).services.items():
        assert figures.within is not None
        assert figures.often is not None
        down, often = exact[service].unavailability, exact[service].frequency
        assert (figures.within.low, figures.within.high) == pytest.approx((down, down), rel=1e-9, abs=1e-15)
        assert figures.often.low == pytest.approx(often, rel=1e-9, abs=1e-15)


@pytest.mark.slow
@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize("seed", range(10))
def test_shares_add_up_and_importances_come_near(seed):
    """Hours by part are those of the figure that is shown, no choice among them; Birnbaum's measure is near the exact one."""
    system = placed(seed)
    exact, rough = Evaluator(system), Evaluator(system, budget=NOTHING)
    for service, figures in rough.result().services.items():
        found = shares(rough, service)
        assert sum(share.hours for share in found) == pytest.approx(
            HOURS_PER_YEAR * figures.unavailability, rel=1e-9, abs=1e-15
        )
        assert not {share.part.partition("/")[0] for share in found} & set(HOMES)
        assert not {entry.part for entry in importances(rough, service)} & set(HOMES)
        slack = rough.bounds(service, rough.figured()).beyond(1)
        known = birnbaum(exact, service)
        for part, value in birnbaum(rough, service).items():
            assert value == pytest.approx(known.get(part, 0.0), abs=slack + 1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_single_points_and_pairs_are_those_of_the_worst_choice(seed):
    """What fails alone, and in pairs, is the same with and without a diagram."""
    system = placed(seed, coherent=True)
    exact, rough = Evaluator(system), Evaluator(system, budget=NOTHING)
    for service in system.services:
        by_name = {(point.part, point.state): point for point in single_points(exact, service)}
        assert {(point.part, point.state): point for point in single_points(rough, service)} == by_name
        expected = {frozenset(pair) for pair in pairs(exact, service)}
        assert {frozenset(pair) for pair in pairs(rough, service)} == expected


@pytest.mark.slow
def test_what_is_left_open_is_sampled_at_both_ends():
    """Where failures are common, the interval is a sample's at the best and the worst choice, and holds the figure."""
    system = placed(1, 6)
    parts = {name: replace(part, rate=Rate(10.0, 4.0)) for name, part in system.parts.items()}
    system = replace(system, parts=parts)
    exact = evaluate(system)
    for service, figures in evaluate(system, budget=NOTHING).services.items():
        assert figures.within is not None
        assert figures.within.low - 0.02 <= exact[service].unavailability <= figures.within.high + 0.02


@pytest.mark.usefixtures("unsampled")
def test_bands_vary_without_a_diagram_too():
    """The quantiles of a service that is not exact are those of its diagram, but for what is left open."""
    system = placed(3)
    parts = {name: replace(part, rate=replace(part.rate, error_factor=3.0)) for name, part in system.parts.items()}
    system = replace(system, parts=parts)
    exact, rough = bands(Evaluator(system)), bands(Evaluator(system, budget=NOTHING))
    for service, band in rough.items():
        assert (band.low, band.median, band.high) == pytest.approx(
            (exact[service].low, exact[service].median, exact[service].high), rel=0.02
        )
