"""Cron: whether a schedule is what its kind reads, and the longest time between two runs.

Five fields are minute, hour, day of month, month, day of week; six have seconds first (CloudNativePG). `@daily` and
`@every 6h` count where the Go library `robfig/cron` reads them; a time zone may stand in front.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

from homelab.documents.duration import parse_duration

NAMES = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
FIELDS = (
    ("second", 0, 59), ("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12),
    ("day of week", 0, 7),
)  # fmt: skip
SHORT = {
    "@yearly": 8784.0,
    "@annually": 8784.0,
    "@monthly": 744.0,
    "@weekly": 168.0,
    "@daily": 24.0,
    "@midnight": 24.0,
    "@hourly": 1.0,
}
"""Short forms to the longest time between two runs, in hours."""
HOUR, DAY = 3600.0, 86400.0
_ZONE = re.compile(r"^(?:CRON_)?TZ=\S+\s+")


def problem(schedule: str, fields: int) -> str | None:
    """What is wrong with a schedule that its kind reads with so many fields; None where nothing is."""
    text = _ZONE.sub("", schedule).strip()
    if text.startswith("@"):
        return _short_problem(text)
    parts = text.split()
    if len(parts) != fields:
        return f"has {len(parts)} fields, its kind reads {fields}"
    for part, (name, low, high) in zip(parts, FIELDS[6 - fields :], strict=True):
        try:
            if not values(part, low, high):
                return f"has a {name} that never comes: {part}"
        except ValueError:
            return f"has a {name} that is none: {part}"
    return None


def _short_problem(text: str) -> str | None:
    if text in SHORT:
        return None
    try:
        if text.startswith("@every ") and parse_duration(text.removeprefix("@every ").strip()) > 0:
            return None
    except ValueError:
        pass
    return f"is no short form: {text}"


def values(part: str, low: int, high: int) -> frozenset[int]:
    """The numbers that one field means.

    Raises:
        ValueError: a number out of range, or no number.
    """
    found: set[int] = set()
    for item in part.lower().split(","):
        span, _, step = item.partition("/")
        if span in {"*", "?"}:
            first, last = low, high
        elif "-" in span:
            first, last = (_number(end) for end in span.split("-"))
        else:
            first = _number(span)
            last = high if step else first
        if not low <= first <= last <= high or (step and int(step) < 1):
            raise ValueError(item)
        found.update(range(first, last + 1, int(step) if step else 1))
    return frozenset(found)


def _number(text: str) -> int:
    return NAMES[text] if text in NAMES else DAYS[text] if text in DAYS else int(text)


def longest_gap(schedule: str, fields: int) -> float | None:
    """Seconds between the two runs of a year that lie furthest apart; None for a schedule that is none."""
    text = _ZONE.sub("", schedule).strip()
    if problem(schedule, fields) is not None:
        return None
    if text.startswith("@every "):
        return parse_duration(text.removeprefix("@every ").strip())
    if text.startswith("@"):
        return SHORT[text] * HOUR
    parts = ["0", *text.split()] if fields == 5 else text.split()
    found = [values(part, low, high) for part, (_, low, high) in zip(parts, FIELDS, strict=True)]
    times = sorted(h * HOUR + m * 60 + s for h in found[2] for m in found[1] for s in found[0])
    days = _days(found, parts)
    if not days:
        return None
    inside = max((b - a for a, b in pairwise(times)), default=0.0)
    apart = max((b - a).days for a, b in pairwise(days))
    return max(inside, apart * DAY - times[-1] + times[0])


def _days(found: list[frozenset[int]], parts: list[str]) -> list[date]:
    """The days of two years, a leap year among them, on which a schedule runs; dom and dow are either-or where both are set."""
    weekdays = {day % 7 for day in found[5]}
    free = parts[3][0] in "*?", parts[5][0] in "*?"
    result, day = [], date(2027, 1, 1)
    while day.year < 2030:
        of_month, of_week = day.day in found[3], (day.weekday() + 1) % 7 in weekdays
        fits = (of_month and of_week) if any(free) else (of_month or of_week)
        if day.month in found[4] and fits:
            result.append(day)
        day += timedelta(days=1)
    return result
