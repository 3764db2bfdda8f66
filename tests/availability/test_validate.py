"""Every mistake of a model at once, and figures that are figures."""

from __future__ import annotations

import math

import pytest

from homelab.availability.common_causes import beta, group
from homelab.availability.quantify import evaluate
from homelab.availability.system import (
    ALWAYS,
    All,
    Any_,
    AtLeast,
    Down,
    Exclusive,
    Not,
    Outside,
    Part,
    Rate,
    Settled,
    Stay,
    System,
)
from homelab.errors import Undecidable

GOOD = Rate(8760.0, 24.0)


def test_all_mistakes_are_said_at_once():
    """Names, loops, delays, weights, rates, shares: one sentence each."""
    parts = {
        "a": Part("a", GOOD, "a"),
        "alias": Part("alice", GOOD, "a"),
        "both": Part("both", GOOD, "both"),
        "dead": Part("dead", Rate(-1.0, 2.0), "dead"),
        "lost": Part("lost", Rate(1.0, math.inf), "lost"),
        "sure": Part("sure", Rate(1.0, 1.0, 0.5), "sure"),
    }
    gates = {
        "both": ALWAYS,
        "g": All(("a", "h", Down("z"), Settled("a", -1.0), Settled("a", math.inf))),
        "h": Any_(("k", AtLeast(1, ("a",), (1, 2)), "nowhere")),
        "k": Not("g"),
        "w": All((Outside("no", "x"), Outside("work", "x"), Outside("work", "y"), AtLeast(1, ("a",), (-1,)), "k")),
    }
    exclusives = {"work": Exclusive("work", {"y": Stay(0.6, 0.1, "y"), "v": Stay(0.5, 0.1, "v")})}
    with pytest.raises(Undecidable) as caught:
        System(parts, gates, {"s": "g", "t": "q"}, exclusives).validate()
    assert caught.value.message.splitlines() == [
        "alice is listed as alias: a thing is listed by its own name",
        "part dead: -1 h up and 2 h down are not the two halves of a cycle",
        "part lost: 1 h up and inf h down are not the two halves of a cycle",
        "part sure: an error factor of 0.5; it is 1 for a sure rate, else more",
        "exclusive work: shares of 1.1 in all; they are not negative and less than 1 together",
        "both is both a part and a gate: give one of them another name",
        "gate g: there is no part z",
        "gate g: a delay of -1 h on a; it is more than 0 and finite",
        "gate g: a delay of inf h on a; it is more than 0 and finite",
        "gate h: 2 weights for 1 inputs; there is one for each, and none is negative",
        "gate h: there is no gate or part nowhere",
        "gate w: there is no exclusive no",
        "gate w: exclusive work has no state x",
        "gate w: 1 weights for 1 inputs; there is one for each, and none is negative",
        "service t: there is no gate or part q",
        "gate g → h → k → g waits for itself",
    ]


def test_a_good_model_passes():
    """Shared gates are no loops, and a part that never fails is a part."""
    gates = {"x": All(("a", "y")), "y": Any_(("a", "z")), "z": All(("a",)), "w": All(("z", "y"))}
    system = System({"a": Part("a", Rate.never(), "a")}, gates, {"x": "x"})
    system.validate()
    assert system.exclusives == {}


def test_what_takes_no_time_to_repair_is_no_rate():
    """A part that fails and is never down is a slip, and named; one that never fails is none."""
    parts = {"fast": Part("fast", Rate(100.0, 0.0), "fast"), "never": Part("never", Rate.never(), "never")}
    with pytest.raises(
        Undecidable, match="part fast: it fails every 100 h and is repaired in no time; say how many hours"
    ):
        System(parts, {}, {"s": "fast", "t": "never"}).validate()


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (AtLeast(10**400, ("a",)), "gate g: a count or weight beyond 1,000,000,000,000,000"),
        (AtLeast(1, ("a",), (10**16,)), "gate g: a count or weight beyond"),
        (AtLeast(1.5, ("a",)), "gate g: it counts in whole numbers"),
    ],
)
def test_absurd_counts_are_sentences(gate, said):
    """Numbers that no lab has, and halves of machines."""
    with pytest.raises(Undecidable, match=said):
        System({"a": Part("a", GOOD, "a")}, {"g": gate}, {"s": "g"}).validate()


def test_weights_may_be_large():
    """A threshold over bytes takes no more steps than one over gigabytes."""
    parts = {name: Part(name, GOOD, name) for name in "abc"}
    few, many = (AtLeast(2 * unit, ("a", "b", "c"), (unit, unit, unit)) for unit in (1, 2**40))
    result = evaluate(System(parts, {"few": few, "many": many}, {"few": "few", "many": "many"}))
    assert result["few"] == result["many"]


def test_a_long_loop_is_told_in_short():
    """Five thousand gates in a circle are one sentence that a person can read."""
    gates = {f"g{number}": All((f"g{(number + 1) % 5000}",)) for number in range(5000)}
    with pytest.raises(Undecidable) as caught:
        System({}, gates, {"s": "g0"}).validate()
    assert caught.value.message.endswith("g9 → (4,990 more) → g0 waits for itself")


@pytest.mark.parametrize("chance", [-0.1, 1.0, 1.5, math.nan])
def test_a_chance_is_one(chance):
    """Probabilities are at least 0, and less than 1 for what may ever be up."""
    with pytest.raises(Undecidable, match="it is at least 0 and less than 1"):
        Rate.chance(chance)


def test_groups_of_common_cause_have_shares():
    """A share beyond one, or more levels than members, is named with its group."""
    with pytest.raises(Undecidable, match=r"group pumps: a share of 1\.2; it is from 0 to 1"):
        beta("pumps", ("a", "b"), GOOD, 1.2)
    with pytest.raises(Undecidable, match="group pumps: 3 levels for 2 members"):
        group("pumps", ("a", "b"), GOOD, (0.8, 0.1, 0.1))
