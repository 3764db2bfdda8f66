"""Cron: whether a schedule is what its kind reads, and the longest time between two runs.

Five fields are minute, hour, day of month, month, day of week; six have seconds first (CloudNativePG). `@daily` and
`@every 6h` count where the Go library `robfig/cron` reads them; a time zone may stand in front. Its rules (v3.0.1,
`parser.go` and `spec.go`): days of the week are 0 to 6 or `sun` to `sat`, only the field of months knows their names,
and a step above one makes a star count as a choice of days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from homelab.documents.duration import parse_duration

MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
FIELDS = (
    ("second", 0, 59), ("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12),
    ("day of week", 0, 6),
)  # fmt: skip
NAMED: Mapping[str, Mapping[str, int]] = {"month": MONTHS, "day of week": DAYS}
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
LEAP = 1461
"""Days from one 29th of February to the next."""
_ZONE = re.compile(r"^(?:CRON_)?TZ=(\S+)\s+")


def problem(schedule: str, fields: int) -> str | None:
    """What is wrong with a schedule that its kind reads with so many fields; None where nothing is."""
    zone = zone_in(schedule)
    if zone and not zone_exists(zone):
        return f"names a time zone that there is not: {zone}"
    text = _ZONE.sub("", schedule).strip()
    if text.startswith("@"):
        return _short_problem(text)
    parts = text.split()
    if len(parts) != fields:
        return f"has {len(parts)} field{'s' if len(parts) != 1 else ''}, its kind reads {fields}"
    for part, (name, low, high) in zip(parts, FIELDS[6 - fields :], strict=True):
        try:
            if not values(part, low, high, NAMED.get(name, {})):
                return f"has a {name} that never comes: {part}"
        except ValueError:
            return f"has a {name} that is none: {part}{_seven(name, part)}"
    return None


def never(schedule: str, fields: int) -> bool:
    """Whether a schedule that can be read names no day that ever comes, such as the 31st of February."""
    text = _ZONE.sub("", schedule).strip()
    if text.startswith("@") or problem(schedule, fields) is not None:
        return False
    return not _days(text.split()[fields - 5 :])


def zone_in(schedule: str) -> str | None:
    """The time zone in front of a schedule (`CRON_TZ=Europe/Berlin 0 4 * * *`)."""
    found = _ZONE.match(schedule)
    return found[1] if found else None


def zone_exists(name: str) -> bool:
    """Whether a name is one of the IANA database, as Go's `time.LoadLocation` looks it up; yes where none is at hand."""
    known = _zones()
    return not known or name in known or name == "Local" or name.startswith(("posix/", "right/"))


@cache
def _zones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def _seven(name: str, part: str) -> str:
    return "; Sunday is 0" if name == "day of week" and "7" in re.findall(r"\d+", part) else ""


def _short_problem(text: str) -> str | None:
    if text in SHORT:
        return None
    try:
        if text.startswith("@every ") and parse_duration(text.removeprefix("@every ").strip()) > 0:
            return None
    except ValueError:
        pass
    return f"is no short form: {text}"


def values(part: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """The numbers that one field means; `names` are the words it knows.

    Raises:
        ValueError: a number out of range, or no number.
    """
    found: set[int] = set()
    for item in filter(None, part.lower().split(",")):
        span, slash, step = item.partition("/")
        if span in {"*", "?"}:
            first, last = low, high
        elif "-" in span:
            first, last = (_number(end, names) for end in span.split("-"))
        else:
            first = _number(span, names)
            last = high if step else first
        if not low <= first <= last <= high or (slash and int(step) < 1):
            raise ValueError(item)
        found.update(range(first, last + 1, int(step) if step else 1))
    return frozenset(found)


def _number(text: str, names: Mapping[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)


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
    found = [values(part, low, high) for part, (_, low, high) in zip(parts[:3], FIELDS, strict=False)]
    times = sorted(h * HOUR + m * 60 + s for h in found[2] for m in found[1] for s in found[0])
    days = _days(parts[1:])
    if not days:
        return None
    inside = max((b - a for a, b in pairwise(times)), default=0.0)
    apart = max(((b - a).days for a, b in pairwise(days)), default=LEAP)
    return max(inside, apart * DAY - times[-1] + times[0])


def _days(parts: list[str]) -> list[date]:
    """The days of three years, a leap year among them, on which five fields run; where neither day is free, either will do."""
    of_month, months, of_week = (
        values(part, low, high, NAMED.get(name, {}))
        for part, (name, low, high) in zip(parts[2:], FIELDS[3:], strict=True)
    )
    either = not (_free(parts[2]) or _free(parts[4]))
    result, day = [], date(2027, 1, 1)
    while day.year < 2030:
        fits = (day.day in of_month, (day.weekday() + 1) % 7 in of_week)
        if day.month in months and (any(fits) if either else all(fits)):
            result.append(day)
        day += timedelta(days=1)
    return result


def _free(part: str) -> bool:
    """Whether a field leaves its days open: a star, alone or with a step of one."""
    return any(re.fullmatch(r"[*?](?:/0*1)?", item) for item in part.split(","))
