"""Outage lengths: survival, limited mean and draws belong together."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest

from homelab.availability.quantify import evaluate
from homelab.availability.shapes import Erlang, Exponential, Fixed, Lognormal
from homelab.availability.system import Part, Rate, Settled, System

SHAPES = [Exponential(), Fixed(), Erlang(3), Lognormal(0.8)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("age", [0.5, 2.0, 7.0])
def test_the_limited_mean_is_the_integral_of_survival(shape, age):
    """E[min(R, D)] = int_0^D S(t) dt, by the midpoint rule."""
    steps = 20_000
    integral = sum(shape.survival((step + 0.5) * age / steps, 2.5) for step in range(steps)) * age / steps
    assert shape.limited_mean(age, 2.5) == pytest.approx(integral, rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_draws_have_the_mean_and_the_survival(shape):
    """Twenty thousand draws agree with the formulas."""
    source = random.Random(7)
    draws = [shape.draw(source, 2.5) for _ in range(20_000)]
    assert fmean(draws) == pytest.approx(2.5, rel=0.03)
    assert fmean(draw > 2.0 for draw in draws) == pytest.approx(shape.survival(2.0, 2.5), abs=0.02)


@pytest.mark.parametrize("shape", SHAPES)
def test_outages_of_no_length_do_not_last(shape):
    """A mean of nothing: no survival, no time, for any shape."""
    assert shape.survival(1.0, 0.0) == 0.0
    assert shape.limited_mean(1.0, 0.0) == 0.0
    assert shape.draw(random.Random(1), 0.0) == 0.0


def test_every_outage_outlives_its_beginning():
    """At age zero all outages are still there."""
    assert [shape.survival(0.0, 2.5) for shape in SHAPES] == [1.0] * 4
    assert [shape.limited_mean(0.0, 2.5) for shape in SHAPES] == [0.0] * 4


@pytest.mark.parametrize(("seconds", "expected"), [(120.0, 114.94), (86_400.0, 379.17)])
def test_limited_means_of_the_reference(seconds, expected):
    """380 s of a reboot of two minutes, and of a repair of a day."""
    assert Exponential().limited_mean(380.0, seconds) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("hours", "shape", "seconds"),
    [(24.0, Fixed(), 760.0), (120.0 / 3600, Fixed(), 240.0), (24.0, Exponential(), 758.33115)],
)
def test_a_pod_whose_node_fails_twice_a_year(hours, shape, seconds):
    """760 s a year when it is moved after 380 s, 240 s when the node reboots in two minutes before that."""
    part = Part("node", Rate.per_year(2, hours), "node", shape=shape)
    figures = evaluate(System({"node": part}, {"pod": Settled("node", 380 / 3600)}, {"pod": "pod"}))["pod"]
    assert figures.downtime_hours * 3600 == pytest.approx(seconds, rel=1e-5)
    assert math.isclose(figures.outages_per_year, 2.0)
