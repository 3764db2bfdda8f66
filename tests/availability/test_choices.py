"""Choices, and what taking one thing away does: ages, weights, and the hours that come of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homelab.availability.bands import bands
from homelab.availability.causes import shares
from homelab.availability.cuts import pairs, single_points
from homelab.availability.importance import importances
from homelab.availability.parts import Exclusive, Stay
from homelab.availability.quantify import Evaluator
from homelab.availability.simulate import simulate
from homelab.availability.system import All, Any_, LongDown, Outside, Part, Rate, Settled, System, Up
from homelab.availability.unplugged import unplugged
from homelab.errors import Undecidable

HOST = Rate(8760, 48)


def evaluator() -> Evaluator:
    """A pod that is on one of two hosts, 3 : 1, and is moved after half an hour if the other host stands."""
    parts = {name: Part(name, HOST, name) for name in ("a", "b")}
    home = Exclusive.choice("home", {"on a": 3.0, "on b": 1.0})
    gates = {
        "movable": All(
            (
                Any_((Outside("home", "on a"), Up("a"), All((LongDown("a", 0.5), "b")))),
                Any_((Outside("home", "on b"), Up("b"), All((LongDown("b", 0.5), "a")))),
            )
        ),
        "pinned": All((Any_((Outside("home", "on a"), Up("a"))), Any_((Outside("home", "on b"), Up("b"))))),
        "leader": Settled("a", 0.01),
        "planned": Outside("work", "on a"),
    }
    work = Exclusive("work", {"on a": Stay.per_year(12, 0.2, "work")})
    exclusives = {"home": home, "work": work}
    return Evaluator(System(parts, gates, {name: name for name in gates}, exclusives))


def test_a_movable_pod_is_away_until_it_has_moved():
    """Three of four times it was there; half an hour later it runs elsewhere."""
    found = unplugged(evaluator(), "movable", "a")
    assert found.at(0) == pytest.approx(0.75)
    assert found.at(0.5) == 0
    assert found.hours(48) == pytest.approx(0.75 * 0.5)
    assert found.hours(0.2) == pytest.approx(0.75 * 0.2)


def test_a_pinned_pod_is_away_as_long_as_its_host():
    """Nothing of what is taken away is made elsewhere."""
    found = unplugged(evaluator(), "pinned", "b")
    assert [chance for _, chance in found.steps] == pytest.approx([0.25, 0.25])
    assert found.hours(48) == pytest.approx(12)


def test_what_does_not_hang_on_it_stays_up():
    """Another host's loss, and a part that is not there, stop nothing; a planned state stops what it is about."""
    assert unplugged(evaluator(), "leader", "b").hours(48) == 0
    assert unplugged(evaluator(), "leader", "oven").hours(48) == 0
    assert unplugged(evaluator(), "planned", "work", "on a").at(0) == 1
    assert unplugged(evaluator(), "leader", "a").hours(48) == pytest.approx(0.01)


@pytest.mark.slow
def test_a_choice_is_lived_through_and_booked_on_nobody():
    """The second road agrees on choices and on states that go on from others; causes add up without the choice."""
    stays = {
        "first": Stay.per_year(40, 1.0, "work"),
        "rest": replace(Stay.per_year(40, 3.0, "work"), visits=0.0, follows="first"),
    }
    work = Exclusive("work", stays)
    base = evaluator().system
    gates = {
        **base.gates,
        "planned": Outside("work", "first"),
        "all of it": All((Outside("work", "first"), Outside("work", "rest"))),
    }
    parts = {name: replace(part, rate=Rate(500, 20)) for name, part in base.parts.items()}
    system = System(parts, gates, {name: name for name in gates}, {**base.exclusives, "work": work})
    exact = Evaluator(system)
    for service, lived in simulate(system, years=3000, seed=7, confidence=0.999).items():
        assert lived.unavailability.covers(exact.result()[service].unavailability), service
        assert lived.outages_per_year.covers(exact.result()[service].outages_per_year), service
        found = shares(exact, service)
        assert sum(share.hours for share in found) == pytest.approx(exact.result()[service].downtime_hours)
        assert {share.cause for share in found} <= {"a", "b", "work"}
    assert exact.result()["all of it"].outages_per_year == pytest.approx(40)
    assert exact.result()["all of it"].unavailability == pytest.approx(160 / 8760)
    assert "home" not in {each.part for each in importances(exact, "pinned")}


def test_what_fails_alone_is_asked_at_the_worst_choice():
    """Either host stops the pinned pod alone, for it may be on either."""
    assert {point.part for point in single_points(evaluator(), "pinned")} == {"a", "b"}
    assert {point.part for point in single_points(evaluator(), "movable")} == {"a", "b"}
    assert not any(point.lasting for point in single_points(evaluator(), "movable"))
    assert pairs(evaluator(), "movable") == []


def test_a_choice_whose_weights_are_none_is_refused():
    """Weights add up to one, and nobody visits a choice; a state goes on from one that there is."""
    wrong = Exclusive("home", {"x": Stay(0.4, 0.0, "home")}, chosen=True)
    visited = Exclusive("home", {"x": Stay(1.0, 1.0, "home")}, chosen=True)
    lost = Exclusive("home", {"x": Stay(0.1, 1.0, "home", follows="y")})
    for exclusive, sentence in (
        (wrong, "weights of 0.4"),
        (visited, "never visited"),
        (lost, "no state y to go on from"),
    ):
        with pytest.raises(Undecidable, match=sentence):
            System({}, {"s": Outside("home", "x")}, {"s": "s"}, {"home": exclusive}).validate()


def test_the_band_varies_how_often_planned_work_comes():
    """Twice and half as often at the ends of a factor of two."""
    stays = {"x": Stay.at(Rate(99, 1, 2.0), 1.0, "work")}
    system = System({}, {"s": Outside("work", "x")}, {"s": "s"}, {"work": Exclusive("work", stays)})
    found = bands(Evaluator(system))["s"]
    assert (found.low, found.median, found.high) == pytest.approx((0.005, 0.01, 0.02), rel=0.02)


def test_weights_of_a_choice_enter_the_figures_as_they_are():
    """The pinned pod is down for three quarters of one host's downtime and a quarter of the other's."""
    found = evaluator().result()["pinned"]
    assert found.unavailability == pytest.approx(HOST.unavailability)
    assert found.frequency == pytest.approx(HOST.frequency)
