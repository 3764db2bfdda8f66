"""Amounts as pages write them: availabilities, minutes, and the downtime that an availability leaves."""

from __future__ import annotations

import math

YEAR, MONTH, WEEK = 8_760 * 60, 730 * 60, 7 * 24 * 60
"""Minutes; a month is a twelfth of a year, 730 hours."""


def percent(availability: float) -> str:
    """An availability with two digits of what is missing, never rounded up: `98.1 %`, `99.94 %`."""
    if 1 - availability <= 1e-9:
        return "100 %"
    missing = max((1 - availability) * 100, 1e-7)
    places = min(7, max(1, 1 - math.floor(math.log10(missing) + 1e-9)))
    return f"{math.floor(availability * 100 * 10**places + 1e-6) / 10**places:.{places}f} %"


def minutes(value: float) -> str:
    """Minutes as seconds, minutes, hours or days, to three digits."""
    size = abs(value)
    if size < 0.05:
        return "0"
    if size < 120:
        return f"{value:.3g} min"
    return (
        f"{value / 60:.3g} h"
        if size < 48 * 60
        else f"{value / 1440:,.3g} d"
        if size < 1440_000
        else f"{value / 1440:,.0f} d"
    )


def down(availability: float, span: float) -> str:
    """The downtime that an availability leaves in a span of minutes."""
    return minutes((1 - availability) * span)
