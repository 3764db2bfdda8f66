"""Durations as Go, Prometheus and people write them: `90s`, `1h30m`, `500ms`, `7d`, `2w`."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
    "w": Fraction(7 * 86400),
    "y": Fraction(365 * 86400),
}
LONGEST = 10**100
"""Seconds beyond any time, and within what a float holds."""
_PART = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|[smhdwy])"
_DURATION = re.compile(f"(?P<sign>[-+]?)(?P<parts>(?:{_PART})+)")
_WRITTEN = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def parse_duration(text: str) -> float:
    """Seconds of a duration; `0` needs no unit.

    Raises:
        ValueError: not a duration; the message says what one looks like.
    """
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 30s, 20m, 1h30m or 7d")
    total = sum((Fraction(number) * _UNITS[unit] for number, unit in re.findall(_PART, match["parts"])), Fraction(0))
    if total > LONGEST:
        raise ValueError("it is longer than anything lasts")
    return float(-total if match["sign"] == "-" else total)


def format_duration(seconds: float) -> str:
    """Seconds as a duration in days, hours, minutes, seconds and milliseconds: 5400 → `1h30m`. Rounded to a millisecond."""
    milliseconds = round(abs(seconds) * 1000)
    if milliseconds == 0:
        return "0s"
    whole, rest = divmod(milliseconds, 1000)
    parts = []
    for unit, length in _WRITTEN:
        count, whole = divmod(whole, length)
        if count:
            parts.append(f"{count}{unit}")
    if rest:
        parts.append(f"{rest}ms")
    return ("-" if seconds < 0 else "") + "".join(parts)


def format_go_duration(seconds: float) -> str:
    """As `format_duration`, but without days, which Go (and so most Kubernetes fields) does not know: 86400 → `24h`."""
    text = format_duration(seconds)
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    match = re.match(r"([0-9]+)d(?:([0-9]+)h)?", text)
    if match is None:
        return sign + text
    return f"{sign}{int(match[1]) * 24 + int(match[2] or 0)}h{text[match.end() :]}"
