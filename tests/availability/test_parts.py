"""Rates in all the ways people know them."""

from __future__ import annotations

import math

import pytest

from homelab.availability.system import HOURS_PER_YEAR, Rate, Stay
from homelab.errors import Undecidable


def test_a_host_that_fails_once_a_year_for_a_day():
    """The closed form: 1,436.0656 minutes a year."""
    rate = Rate(8760.0, 24.0)
    assert 1 - rate.unavailability == pytest.approx(0.997267759562842, rel=1e-15)
    assert rate.unavailability * 525_600 == pytest.approx(1436.0656, rel=1e-7)


def test_per_year_counts_calendar_years():
    """Two outages of two hours are two failures and four hours in 8,760."""
    rate = Rate.per_year(2, 2.0, 3.0, "log")
    assert rate.frequency * HOURS_PER_YEAR == pytest.approx(2)
    assert rate.unavailability * HOURS_PER_YEAR == pytest.approx(4)
    assert (rate.error_factor, rate.source) == (3.0, "log")


def test_what_never_fails():
    """No failures by any road: no unavailability, no frequency."""
    for rate in (Rate.never("x"), Rate.per_year(0, 5.0), Rate.annual(0.0, 5.0)):
        assert (rate.unavailability, rate.frequency) == (0.0, 0.0)


def test_annual_shares_are_those_of_drive_statistics():
    """An AFR of 1.57 % is a mean life of 8760 / -ln(1 - 0.0157) hours."""
    assert Rate.annual(0.0157, 48.0).mttf == pytest.approx(8760 / -math.log(1 - 0.0157))


def test_scaled_rates_fail_more_often_and_last_as_long():
    """The failure rate doubles; the repair stays."""
    assert Rate(100.0, 2.0).scaled(2.0) == Rate(50.0, 2.0)


def test_outages_that_fill_the_year_are_refused():
    """More than a year of downtime in a year is a mistake, and what never ends is always down."""
    with pytest.raises(Undecidable, match="do not fit"):
        Rate.per_year(10, 1000.0)
    assert Rate(5.0, math.inf).unavailability == 1.0


def test_a_stay_is_counted_per_year():
    """Twelve windows of half an hour are six hours."""
    stay = Stay.per_year(12, 0.5, "patch")
    assert stay.share * HOURS_PER_YEAR == pytest.approx(6)
    assert stay.planned
