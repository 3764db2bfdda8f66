"""What taking one thing away does: ages, choices, and the hours that come of them."""

from __future__ import annotations

import pytest

from homelab.availability.parts import Exclusive, Stay
from homelab.availability.quantify import Evaluator
from homelab.availability.system import All, Any_, LongDown, Outside, Part, Rate, Settled, System, Up
from homelab.availability.unplugged import unplugged

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


def test_weights_of_a_choice_enter_the_figures_as_they_are():
    """The pinned pod is down for three quarters of one host's downtime and a quarter of the other's."""
    found = evaluator().result()["pinned"]
    assert found.unavailability == pytest.approx(HOST.unavailability)
    assert found.frequency == pytest.approx(HOST.frequency)
