"""Durations: what Go, Prometheus and people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.documents.duration import format_duration, format_go_duration, parse_duration

CASES = [
    ("0", 0), ("0s", 0), ("5s", 5), ("20m", 1200), ("1h", 3600), ("24h", 86400), ("7d", 604800), ("2w", 1209600), ("1y", 31536000), ("1h30m", 5400),
    ("500ms", 0.5), ("1.5h", 5400), (".5s", 0.5), ("1us", 1e-6), ("1µs", 1e-6), ("10ns", 1e-8), ("-1m", -60), ("+1m", 60), ("2h45m10s", 9910), ("1d12h", 129600),
]  # fmt: skip


@pytest.mark.parametrize(("text", "seconds"), CASES)
def test_duration_is_seconds(text: str, seconds: float) -> None:
    """Every form, in seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "h", "1 h", "1h 30m", "1x", "1H", "m1", "1h-1m", "٣s", "1s\n"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A number without a unit is ambiguous and refused."""
    with pytest.raises(ValueError, match="is not a duration such as"):
        parse_duration(text)


@given(st.integers(-(10**12), 10**12))
def test_formatting_loses_nothing(milliseconds: int) -> None:
    """What is written parses to the same milliseconds, with and without days."""
    assert parse_duration(format_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)
    go = format_go_duration(milliseconds / 1000)
    assert parse_duration(go) == pytest.approx(milliseconds / 1000)
    assert "d" not in go


@pytest.mark.parametrize(
    ("seconds", "text", "go"),
    [
        (0, "0s", "0s"),
        (5400, "1h30m", "1h30m"),
        (86400, "1d", "24h"),
        (90000.5, "1d1h500ms", "25h500ms"),
        (-172860, "-2d1m", "-48h1m"),
        (0.0001, "0s", "0s"),
    ],
)
def test_durations_are_written_short(seconds: float, text: str, go: str) -> None:
    """The largest units first; Go, which knows no days, gets hours."""
    assert format_duration(seconds) == text
    assert format_go_duration(seconds) == go


def test_what_no_float_holds_is_no_duration():
    """A number beyond any time is refused by a ValueError like every other wrong text."""
    with pytest.raises(ValueError, match="longer than anything"):
        parse_duration("1" + "0" * 400 + "s")
