"""Figures as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.cli import figures
from homelab.report import Figure


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, "100 %"), (0.9999999999, "100 %"), (0.95, "95.0 %"), (0.981, "98.1 %"), (0.9994, "99.940 %"),
        (0.99946, "99.946 %"), (0.999987, "99.9987 %"), (0.99999, "99.9990 %"), (0.0, "0.0 %"), (0.99949999, "99.949 %"),
    ],
)  # fmt: skip
def test_percentages_have_the_nines_they_earned(value, said):
    """A percentage has two digits of what is missing, and is never rounded up."""
    assert figures.percent(value) == said


@given(st.floats(0, 1))
def test_percentages_never_promise_more(value):
    """The percentage shown is at most the true one, and within one part in ten of what is missing (or a ten-thousandth)."""
    shown = float(figures.percent(value).removesuffix(" %")) / 100
    assert shown <= value + 1e-9
    assert value - shown <= max((1 - value) * 0.12, 1e-9)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (0.3, "0.3 min"), (12.4, "12 min"), (119, "119 min"), (204, "3.4 h"), (3600, "2.5 d"), (-33, "-33 min")],
)
def test_minutes_become_hours_and_days(value, said):
    """Minutes are told in the unit in which they are short."""
    assert figures.minutes(value) == said


def test_gains_have_signs():
    """What is saved has a minus, what is lost a plus, and nothing is nothing."""
    assert [figures.saved(v) for v in (33, -33, 0.01)] == ["−33 min", "+33 min", "0"]


def test_costs_leave_out_what_costs_nothing():
    """Hours, euros and memory are told where there are any."""
    assert figures.cost(8, 600, 64 << 30) == "8 h · 600 € · 64 GiB"
    assert figures.cost(0.5, 0, 512 << 20) == "0.5 h · 512 MiB"
    assert figures.cost(0, 0, 0) == "nothing"


def test_bands_have_equal_digits():
    """Both ends of a band have as many digits as the finer one; a band without width is one figure."""
    assert figures.band(Figure(0.9995, 0.998, 0.99972, 0, 0, 0)) == "99.800–99.972 %"
    assert figures.band(Figure(0.5, 0.5, 0.5, 0, 0, 0)) == "50.0 %"


def test_counts_have_their_nouns():
    """One is singular, none is `no`."""
    assert [figures.counted(n, "file") for n in (0, 1, 1200)] == ["no files", "1 file", "1,200 files"]


@pytest.mark.parametrize(
    ("value", "said"), [(118.7, "119"), (3.42, "3.4"), (0.0512, "0.051"), (1230.0, "1230"), (0, "0")]
)
def test_outages_are_counted_as_people_count(value, said):
    """How often a service fails is told in two digits, and never as a power of ten."""
    assert figures.times(value) == said
