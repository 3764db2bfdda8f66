"""Every mistake of a model at once, and figures that are figures."""

from __future__ import annotations

import math

import pytest

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
