"""Bands: the quantiles of a plain sample, at a fraction of its size."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from statistics import quantiles

import pytest

from availability.worlds import simple
from homelab.availability.bands import Band, band, bands
from homelab.availability.quantify import Evaluator
from homelab.availability.system import All, Part, Rate, Settled, System


def lab() -> System:
    """Two hosts of one uncertain rate, a disk of another, a switch that is sure."""
    rates = {"h0": Rate(8760, 24, 3.0), "h1": Rate(8760, 24, 3.0), "disk": Rate(9e5, 48, 5.0), "switch": Rate(2e5, 24)}
    parts = {name: Part(name, rate, name) for name, rate in rates.items()}
    gates = {"both": All(("h0", "h1", "disk", "switch")), "one": Settled("h0", 0.1)}
    return System(parts, gates, {"both": "both", "one": "one"})


def test_one_uncertain_rate_has_the_lognormal_band():
    """5 % and 95 % lie the error factor below and above the median."""
    found = band(Evaluator(lab()), "one", samples=400)
    middle = Evaluator(lab()).result()["one"].unavailability
    assert found.median == pytest.approx(middle, rel=0.01)
    assert found.low == pytest.approx(middle / 3, rel=0.03)
    assert found.high == pytest.approx(middle * 3, rel=0.03)


def test_two_hundred_draws_do_what_twenty_thousand_do():
    """Against a plain sample in which both hosts share one draw."""
    source = random.Random(5)
    values = []
    for _ in range(20_000):
        host, disk = (math.exp(math.log(factor) / 1.6448536 * source.gauss()) for factor in (3.0, 5.0))
        rates = [Rate(8760 / host, 24), Rate(8760 / host, 24), Rate(9e5 / disk, 48), Rate(2e5, 24)]
        values.append(1 - math.prod(1 - rate.unavailability for rate in rates))
    cuts = quantiles(values, n=20)
    found = band(Evaluator(lab()), "both")
    assert (found.low, found.median, found.high) == pytest.approx((cuts[0], cuts[9], cuts[18]), rel=0.05)


def test_one_service_has_the_band_of_all():
    """The same draws, whether one service is asked about or all."""
    evaluator = Evaluator(lab())
    every = bands(evaluator, samples=50)
    for service in ("both", "one"):
        single = band(evaluator, service, samples=50)
        assert (single.low, single.high) == pytest.approx((every[service].low, every[service].high), rel=1e-12)


def test_the_same_seed_is_the_same_band():
    """Reproducible, and different with another seed."""
    evaluator = Evaluator(lab())
    assert band(evaluator, "both", seed=4) == band(evaluator, "both", seed=4)
    assert band(evaluator, "both", seed=4) != band(evaluator, "both", seed=5)


def test_what_is_sure_has_no_band():
    """Without error factors all quantiles are the figure; replaced rates count."""
    system = simple({"a": 0.1}, top=All(("a",)))
    evaluator = Evaluator(system)
    exact = evaluator.result()["top"].unavailability
    assert band(evaluator, "top", samples=3) == Band(exact, exact, exact)
    unsure = replace(system.parts["a"].rate, error_factor=2.0)
    assert band(evaluator, "top", {"a": unsure}).high > exact
