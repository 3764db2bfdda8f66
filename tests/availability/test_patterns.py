"""Markov patterns against the reference values, and as an oracle for state splitting."""

from __future__ import annotations

import pytest

from homelab.availability.patterns import as_rate, crews, failover, stationary
from homelab.availability.quantify import evaluate
from homelab.availability.shapes import Erlang
from homelab.availability.system import Bridged, Part, Rate, System

HOST = Rate(8760.0, 24.0)


@pytest.mark.parametrize(("covered", "expected"), [(1.0, 4.66198e-6), (0.99, 7.11783e-6), (0.9, 2.92199e-5)])
def test_failover_costs_what_the_five_states_say(covered, expected):
    """MTTF 2000 h, MTTR 1 h, switch 30 s, a person 30 min."""
    rate = failover(Rate(2000.0, 1.0), covered=covered, switch_hours=30 / 3600, manual_hours=0.5)
    assert rate.unavailability == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize(
    ("units", "needed", "repairers", "expected"),
    [(3, 2, 3, 2.235462e-5), (3, 2, 1, 4.478982e-5), (2, 1, 2, 7.46514e-6), (2, 1, 1, 1.493016e-5)],
)
def test_repairs_that_wait_for_each_other(units, needed, repairers, expected):
    """One crew is twice as bad as enough of them."""
    assert crews(HOST, units=units, needed=needed, repairers=repairers).unavailability == pytest.approx(
        expected, rel=1e-6
    )


def test_independent_crews_are_the_exact_engine():
    """With a repairer for each unit the chain and the diagram agree on U and W."""
    rate = crews(HOST, units=3, needed=2, repairers=3)
    assert rate.unavailability == pytest.approx(2.235462031656427e-05, rel=1e-12)
    assert rate.frequency == pytest.approx(1.861185313765045e-06, rel=1e-12)


def test_a_chain_of_states_agrees_with_the_age_of_an_outage():
    """A repair of four stages seen from the third on has the share of time that an Erlang outage spends beyond."""
    stage, fails = 2.0, 0.01
    moves = {(0, 1): fails, (1, 2): stage, (2, 3): stage, (3, 4): stage, (4, 0): stage}
    chain = stationary(5, moves)
    part = Part("x", Rate(1 / fails, 4 / stage), "x", shape=Erlang(4))
    figures = evaluate(System({"x": part}, {"s": Bridged("x", 1e-9)}, {"s": "s"}))["s"]
    assert figures.unavailability == pytest.approx(sum(chain[1:]), rel=1e-6)
    assert as_rate(5, moves, (1, 2, 3, 4)).frequency == pytest.approx(figures.frequency, rel=1e-6)
