"""Figures as people read them: minutes of a year, percentages with the right number of nines, bands, bytes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from homelab.report import Figure

HOUR = 60.0
DAY = 24 * HOUR
PER_YEAR = 525_600.0
"""Minutes of a year of 8,760 hours."""


def percent(availability: float, decimals: int | None = None) -> str:
    """An availability with as many digits as its distance from perfect needs: `98.1 %`, `99.940 %`, `99.9987 %`."""
    if 1 - availability <= 1e-9:
        return "100 %"
    places = _decimals(availability) if decimals is None else decimals
    shown = (
        math.floor(availability * 100 * 10**places + 1e-6) / 10**places
    )  # never rounded up to a nine it has not earned
    return f"{shown:.{places}f} %"


def _decimals(availability: float) -> int:
    """Digits behind the point, so that two tell what is missing."""
    down = max((1 - availability) * 100, 1e-7)
    return min(7, max(1, 1 - math.floor(math.log10(down) + 1e-9)))


def band(figure: Figure) -> str:
    """The 5 % and 95 % ends of an availability, as one range with equal digits."""
    if figure.low == figure.high:
        return percent(figure.low)
    places = max(_decimals(figure.low), _decimals(figure.high))
    return f"{percent(figure.low, places).removesuffix(' %')}–{percent(figure.high, places)}"


def minutes(value: float) -> str:
    """Minutes as minutes, hours or days: `0`, `0.3 min`, `12 min`, `3.4 h`, `2.5 d`."""
    size = abs(value)
    if size < 0.05:
        return "0"
    if size < 10:
        return f"{value:.1f} min"
    if size < 2 * HOUR:
        return f"{value:.0f} min"
    if size < 2 * DAY:
        return f"{value / HOUR:.1f} h"
    return f"{value / DAY:.1f} d"


def times(value: float) -> str:
    """How often something happens: "120", "3.4", "0.05"."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def per_year(value: float) -> str:
    """Minutes per year: `12 min/yr`."""
    return f"{minutes(value)}/yr" if abs(value) >= 0.05 else "0"


def down(figure: Figure) -> str:
    """Minutes down per year; an interval where the figure is one, `~` where its ends read the same."""
    if figure.within is None:
        return per_year(figure.minutes_per_year)
    low, high = minutes(figure.within.minutes_low), per_year(figure.within.minutes_high)
    return f"~ {high}" if per_year(figure.within.minutes_low) == high else f"{low}–{high}"


def plain_minutes(value: float) -> str:
    """Minutes as a column of numbers: `1,204`, `12`, `0.3`, `< 0.1`."""
    if abs(value) < 0.05:
        return "0" if value == 0 else "< 0.1"
    return f"{value:,.1f}" if abs(value) < 10 else f"{value:,.0f}"


def saved(value: float) -> str:
    """Minutes gained, as a change: `−33 min`; a loss has a plus."""
    if abs(value) < 0.05:
        return "0"
    return f"{'−' if value > 0 else '+'}{minutes(abs(value))}"


def size(count: float) -> str:
    """Bytes of memory: `64 GiB`, `512 MiB`; negative where memory is given back."""
    if not count:
        return ""
    sign = "−" if count < 0 else ""
    gib = abs(count) / 2**30
    return f"{sign}{gib:.1f} GiB".replace(".0 ", " ") if gib >= 1 else f"{sign}{abs(count) / 2**20:.0f} MiB"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 finding`, `2 findings`, `no findings`."""
    many = plural or f"{noun}s"
    return f"1 {noun}" if number == 1 else f"{number:,} {many}" if number else f"no {many}"


def cost(hours: float, euro: float, memory: int) -> str:
    """What an action takes: `8 h · 600 € · 2 GiB`."""
    parts = [f"{hours:g} h" if hours else "", f"{euro:,.0f} €" if euro else "", size(memory)]
    return " · ".join(part for part in parts if part) or "nothing"
