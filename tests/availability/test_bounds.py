"""Services that do not fit into the budget: intervals that hold the exact figures, and parts that add up."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace

import pytest

from availability.worlds import certain, random_system, simple, tried
from homelab.availability.bands import bands
from homelab.availability.causes import REST, shares
from homelab.availability.cuts import pairs, single_points
from homelab.availability.engine.compiled import Budget
from homelab.availability.engine.many import wilson
from homelab.availability.importance import birnbaum, importances
from homelab.availability.parts import HOURS_PER_YEAR
from homelab.availability.quantify import Evaluator, evaluate
from homelab.availability.system import All, Any_, AtLeast, Part, Rate, System

NOTHING = Budget(nodes=0)


@pytest.fixture
def unsampled(monkeypatch):
    """Intervals that are certain, however wide."""
    monkeypatch.setattr("homelab.availability.quantify.WIDE", math.inf)


def rare(seed: int, parts: int = 4, *, coherent: bool = False) -> System:
    """A random system whose parts fail rarely, as real ones do."""
    system = random_system(seed, parts, coherent=coherent)
    made = {name: replace(part, rate=Rate(part.rate.mttf * 50, part.rate.mttr)) for name, part in system.parts.items()}
    return replace(system, parts=made)


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize("seed", range(25))
def test_an_interval_holds_the_exact_figures(seed):
    """U and W of any gates, negations and ages among them, lie in their intervals."""
    for system in (random_system(seed), rare(seed)):
        exact = evaluate(system)
        for service, figures in evaluate(system, budget=NOTHING).services.items():
            assert figures.within is not None
            assert figures.often is not None
            for interval, value in (
                (figures.within, exact[service].unavailability),
                (figures.often, exact[service].frequency),
            ):
                assert interval.low <= value * (1 + 1e-12) + 1e-15, (seed, service)
                assert interval.high >= value * (1 - 1e-12) - 1e-15, (seed, service)


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize("seed", range(25))
def test_with_two_units_nothing_is_left_open(seed):
    """Where no third unit exists, the interval is the exact figure."""
    system = random_system(seed, 1)
    exact = tried(system)
    for service, figures in evaluate(system, budget=NOTHING).services.items():
        assert figures.within is not None
        assert figures.often is not None
        down, frequency = exact[service]
        assert (figures.within.low, figures.within.high) == pytest.approx((down, down), rel=1e-12, abs=1e-15)
        assert figures.often.low == pytest.approx(frequency, rel=1e-9, abs=1e-12)


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize("seed", range(10))
def test_shares_add_up_to_the_middle(seed):
    """Hours by part, with what nobody looked at, are those of the figure that is shown; a coherent part never saves any."""
    for system in (rare(seed), rare(seed, coherent=True)):
        rough = Evaluator(system, budget=NOTHING)
        for service, figures in rough.result().services.items():
            found = shares(rough, service)
            total = sum(share.hours for share in found)
            assert total == pytest.approx(HOURS_PER_YEAR * figures.unavailability, rel=1e-12, abs=1e-15)
            exact = {share.part: share.hours for share in shares(Evaluator(system), service)}
            slack = HOURS_PER_YEAR * (figures.within.high - figures.within.low)
            for share in found:
                if share.cause != REST:
                    assert share.hours == pytest.approx(exact.get(share.part, 0.0), abs=2 * slack + 1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_single_points_and_pairs_are_the_same(seed):
    """What fails alone and in pairs is read off the same worlds, so that nothing about it is open."""
    system = rare(seed, coherent=True)
    exact, rough = Evaluator(system), Evaluator(system, budget=NOTHING)
    for service in system.services:
        by_name = {(point.part, point.state): point for point in single_points(exact, service)}
        assert {(point.part, point.state): point for point in single_points(rough, service)} == by_name
        assert {frozenset(pair) for pair in pairs(rough, service)} == {
            frozenset(pair) for pair in pairs(exact, service)
        }


@pytest.mark.usefixtures("unsampled")
@pytest.mark.parametrize("seed", range(10))
def test_importances_come_near(seed):
    """Birnbaum's measure differs from the exact one by no more than what two other failures weigh."""
    system = rare(seed)
    exact, rough = Evaluator(system), Evaluator(system, budget=NOTHING)
    for service in system.services:
        figured = rough.figured()
        slack = rough.bounds(service, figured).beyond(1)
        found = birnbaum(exact, service)
        for part, value in birnbaum(rough, service).items():
            assert value == pytest.approx(found.get(part, 0.0), abs=slack + 1e-12)
        assert {entry.part for entry in importances(rough, service)} >= set(found)


@pytest.mark.usefixtures("unsampled")
def test_a_budget_is_spent_on_what_fits():
    """One service beyond the budget takes nothing from the others, and all that need it share its fate."""
    names = [f"x{number}" for number in range(60)]
    small = {f"small{number}": Any_((name, "x0")) for number, name in enumerate(names[:5])}
    large = AtLeast(30, tuple(names))
    system = simple(
        dict.fromkeys(names, 1e-4), **small, large=large, above=All(("large", "x1")), last=All(("x2", "x3"))
    )
    evaluator = Evaluator(system, budget=Budget(nodes=200))
    assert evaluator.compiled.over == ["large", "above"]
    exact = evaluate(system)
    for service, figures in evaluator.result().services.items():
        if figures.within is None:
            assert figures == exact[service]
        else:
            assert figures.within.low <= exact[service].unavailability <= figures.within.high


def test_time_is_a_budget_too():
    """A clock that runs away leaves bounds, and never a wait."""
    from homelab.availability.engine.bdd import Diagrams
    from homelab.availability.engine.compiled import Builder, chains_of

    system = random_system(1)
    ticks = iter(range(0, 10**9, 1000))
    built = Builder(system, Diagrams(), chains_of(system), clock=lambda: float(next(ticks))).all()
    assert built.over == list(system.services)


@pytest.mark.usefixtures("unsampled")
def test_other_rates_are_answered_from_the_same_worlds():
    """Replaced rates, bands and a what-if look at no world again, and agree with a system made anew."""
    system = rare(3)
    rough = Evaluator(system, budget=NOTHING)
    faster = Rate(900.0, 0.25)
    changed = replace(system, parts={**system.parts, "p1": replace(system.parts["p1"], rate=faster)})
    fresh = evaluate(changed, budget=NOTHING)
    assert rough.changed(changed).few is rough.few
    for service, figures in rough.result({"p1": faster}).services.items():
        assert figures.within == fresh[service].within
        assert rough.changed(changed).result()[service] == fresh[service]
    parts = {name: Part(name, replace(part.rate, error_factor=3.0), "x") for name, part in system.parts.items()}
    for service, band in bands(Evaluator(replace(system, parts=parts), budget=NOTHING)).items():
        assert band.low <= rough.result()[service].unavailability <= band.high


@pytest.mark.usefixtures("unsampled")
def test_what_is_never_up_has_its_figure_too():
    """Down by design is a lower bound near one, whatever fails."""
    system = simple(dict.fromkeys("abcd", certain(1e-3).unavailability), never=All(("a", AtLeast(5, tuple("abcd")))))
    figures = evaluate(system, budget=NOTHING)["never"]
    assert figures.within is not None
    assert figures.within.low == pytest.approx(1.0, abs=1e-8)
    assert figures.within.high == 1.0
    assert shares(Evaluator(system, budget=NOTHING), "never")[0].cause == "down by design"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_what_bounds_leave_open_is_sampled(seed):
    """Where three and more failures are common, the interval is a sample's, with its confidence, and narrow."""
    system = random_system(seed, 5)
    exact, rough = evaluate(system), Evaluator(system, budget=NOTHING)
    for service, figures in rough.result().services.items():
        assert figures.within is not None
        if figures.within.confidence < 1:
            within = figures.within
            slack = 1.5 * (within.high - within.low)  # far beyond 95 %
            assert within.low - slack <= exact[service].unavailability <= within.high + slack, service
            assert within.high - within.low < 0.02
            found = shares(Evaluator(system, budget=NOTHING), service)
            assert sum(share.hours for share in found) == pytest.approx(
                HOURS_PER_YEAR * figures.unavailability, rel=1e-9
            )


@pytest.mark.slow
def test_a_large_tree_of_likely_events_is_answered():
    """Two hundred events of one in ten under overlapping gates that no diagram holds: a percent of confidence, in seconds."""
    names = [f"x{number}" for number in range(200)]
    source = random.Random(1)
    gates = tuple(Any_(tuple(source.sample(names, 3))) for _ in range(150))
    system = simple(dict.fromkeys(names, 0.1), top=AtLeast(149, gates))
    figures = evaluate(system, budget=Budget(nodes=20_000))["top"]
    assert figures.within is not None
    assert figures.within.confidence == 0.95
    assert figures.within.ratio < 1.3
    chance = 0.0
    for _ in range(5_000):
        down = {name for name in names if source.random() < 0.1}
        chance += sum(set(gate.gates) <= down for gate in gates) > 1
    assert figures.within.low * 0.7 < chance / 5_000 < figures.within.high * 1.2


def test_a_proportion_has_wilsons_interval():
    """As published for 0 and 10 of 20, and of all."""
    assert (wilson(10, 20, 0.95).low, wilson(10, 20, 0.95).high) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert (wilson(0, 20, 0.95).low, wilson(0, 20, 0.95).high) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert (wilson(20, 20, 0.95).low, wilson(20, 20, 0.95).high) == pytest.approx((0.8389, 1.0), abs=1e-4)


@pytest.mark.parametrize("q", [1e-3, 0.02, 0.3])
def test_drawn_worlds_have_their_chances(q):
    """Of all worlds with three or more of eight down, each count is drawn as often as it occurs."""
    from homelab.availability.engine.many import _Draw, _Unit

    draw = _Draw([_Unit(1 - q, (number,), (1.0,)) for number in range(8)])
    source = random.Random(7)
    drawn = Counter(len(set(draw.world(source))) for _ in range(20_000))
    chances = {count: math.comb(8, count) * q**count * (1 - q) ** (8 - count) for count in range(3, 9)}
    whole = sum(chances.values())
    for count, chance in chances.items():
        assert drawn[count] / 20_000 == pytest.approx(chance / whole, abs=5 * math.sqrt(chance / whole / 20_000) + 1e-4)
