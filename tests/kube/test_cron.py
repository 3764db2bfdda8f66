"""Cron as each kind reads it: what is wrong with a schedule, and the longest gap between two runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.kube.cron import longest_gap, problem

HOUR = 3600.0


@pytest.mark.parametrize(
    ("schedule", "fields", "hours"),
    [
        ("0 1 * * *", 5, 24),
        ("0 */6 * * *", 5, 6),
        ("0 1 * * 1-5", 5, 72),
        ("0 3 1 * *", 5, 31 * 24),
        ("0 3 * * 0", 5, 168),
        ("0 3 */2 * 1", 5, 48),
        ("0 3 * * SUN,", 5, 168),
        ("TZ=Asia/Tokyo @daily", 5, 24),
        ("0 3 * * sun", 5, 168),
        ("0 3 1 jan *", 5, 366 * 24),
        ("0 3 1,15 * 1", 5, 168),
        ("30 0 1,13 * * *", 6, 12),
        ("0 0 4 * * *", 6, 24),
        ("0 4 * * * *", 6, 1),
        ("@daily", 5, 24),
        ("@every 90m", 5, 1.5),
        ("CRON_TZ=Europe/Berlin 0 1 * * *", 5, 24),
        ("0 9-17 * * *", 5, 16),
    ],
)
def test_the_longest_gap_is_that_of_a_year(schedule, fields, hours):
    """The two runs that lie furthest apart decide, weekends and months counted."""
    assert longest_gap(schedule, fields) == hours * HOUR


@pytest.mark.parametrize(
    ("schedule", "fields", "part"),
    [
        ("0 4 * * *", 6, "5 fields"),
        ("0 0 4 * * *", 5, "6 fields"),
        ("", 5, "0 fields"),
        ("0 25 * * *", 5, "hour"),
        ("60 * * * *", 5, "minute"),
        ("0 1 * * mon-xyz", 5, "day of week"),
        ("0 1 0 * *", 5, "day of month"),
        ("0 5-1 * * *", 5, "hour"),
        ("*/0 * * * *", 5, "minute"),
        ("@fortnightly", 5, "short form"),
        ("@every soon", 5, "short form"),
        ("0 3 * * 7", 5, "Sunday is 0"),
        ("0 3 * * 5-7", 5, "day of week"),
        ("0 3 * * jan", 5, "day of week"),
        ("0 3 * mon *", 5, "month"),
        ("0 jan * * *", 5, "hour"),
        ("0 3/ * * *", 5, "hour"),
        ("CRON_TZ=Europe/Berln 0 3 * * *", 5, "time zone"),
    ],
)
def test_a_wrong_schedule_is_named(schedule, fields, part):
    """What is wrong is said by field, and no gap is computed."""
    assert part in problem(schedule, fields)
    assert longest_gap(schedule, fields) is None


@given(st.text(alphabet="0123456789*/,-? @monsuey", max_size=30), st.sampled_from([5, 6]))
def test_any_text_is_judged(schedule, fields):
    """No text stops the judgement, and what has no problem has a gap or never comes."""
    gap = longest_gap(schedule, fields)
    assert gap is None or (gap > 0 and problem(schedule, fields) is None)


@given(st.integers(0, 59), st.integers(1, 23))
def test_every_so_many_hours_never_waits_longer_than_that(minute, hours):
    """`*/n` hours leave at most n hours between two runs."""
    assert longest_gap(f"{minute} */{hours} * * *", 5) <= hours * HOUR
