"""Default rates and delays: sourced, sane, and the figures they are known by."""

from __future__ import annotations

import math

import pytest

from homelab.availability.delays import DELAYS, delay
from homelab.availability.quantify import evaluate
from homelab.availability.rates import RATES, lookup, observed, with_ups
from homelab.availability.system import Bridged, Part, Rate, System
from homelab.errors import Undecidable


@pytest.mark.parametrize("name", RATES)
def test_every_rate_has_a_source_and_a_band(name):
    """No figure without its source; those that can fail are uncertain."""
    rate = RATES[name]
    assert rate.source
    assert 0 <= rate.unavailability < 0.01
    assert rate.error_factor > 1 or rate.unavailability == 0


@pytest.mark.parametrize(("grid", "expected"), [("us", 0.99811), ("germany", 0.99878)])
def test_what_a_home_on_the_internet_can_reach(grid, expected):
    """Grid, provider, router and edge alone: the ceiling."""
    rates = [RATES[name] for name in (f"power.grid.{grid}", "isp", "router", "edge")]
    assert math.prod(1 - rate.unavailability for rate in rates) == pytest.approx(expected, abs=1e-5)


def test_a_labs_own_rate_comes_before_the_default():
    """Overrides win, also with names of their own; a misspelt name is answered with the nearest."""
    own = Rate(1.0, 1.0)
    assert lookup("host", {"host": own}) is own
    assert lookup("oven", {"oven": own}) is own
    assert lookup("host") is RATES["host"]
    with pytest.raises(
        Undecidable, match=r"there is no rate power.grid.german\n  hint: did you mean power.grid.germany"
    ):
        lookup("power.grid.german")
    with pytest.raises(Undecidable) as caught:
        lookup("???")
    assert caught.value.hint is None


def test_a_battery_removes_short_outages():
    """Frequency times exp(-t/mean), same length; equal to the gate that says the same."""
    grid = RATES["power.grid.us"]
    behind = with_ups(grid, 20)
    assert behind.frequency == pytest.approx(grid.frequency * math.exp(-20 / 60 / grid.mttr))
    assert behind.mttr == grid.mttr
    system = System({"g": Part("g", grid, "g")}, {"s": Bridged("g", 20 / 60)}, {"s": "s"})
    assert evaluate(system)["s"].unavailability == pytest.approx(behind.unavailability)


def test_a_battery_that_always_lasts():
    """What is never down needs none, and a very long one removes all outages."""
    never = RATES["power.grid.none"]
    assert with_ups(never, 20) is never
    assert with_ups(RATES["power.grid.us"], 1e6).unavailability == 0


def test_a_log_becomes_a_rate():
    """Three failures in a year: 8760 / 3.5 hours; the more are seen, the surer."""
    rate = observed(3, 8760, 2.0)
    assert (rate.mttf, rate.mttr) == (8760 / 3.5, 2.0)
    assert observed(300, 876_000, 2.0).error_factor < rate.error_factor < observed(0, 8760, 2.0).error_factor


@pytest.mark.parametrize("name", DELAYS)
def test_every_delay_has_a_source(name):
    """No time without its source."""
    assert delay(name).source
    assert delay(name).seconds > 0
    assert delay(name).hours == delay(name).seconds / 3600


def test_a_delay_that_there_is_not_is_refused():
    """A misspelt name has no time."""
    with pytest.raises(Undecidable, match="there is no delay lunch"):
        delay("lunch")
