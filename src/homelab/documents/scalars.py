"""What a plain scalar means to Kubernetes: YAML 1.1 with the peculiarities of the reader inside kubectl and the API server.

Source: the behaviour of `kubectl label --local`, which the tests compare with, case by case. In short: `y`, `on` and their
like are booleans, `0755` and `0o755` are octal, `08` is eight, `1_000` is a thousand, `1e3` is the integer 1000; dates,
`12:30`, `=` and numbers out of range are strings.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from decimal import Decimal

INT64 = range(-(2**63), 2**63)
"""What Kubernetes keeps as an integer; anything beyond becomes a float."""

MERGE = ("<<",)
"""The resolution of a plain `<<`: a merge where it stands as a key, a string anywhere else. Compared by identity."""

FLOAT_TAG = "tag:yaml.org,2002:float"


def _spellings(words: Iterable[str]) -> list[str]:
    return [spelling for word in words for spelling in (word, word.capitalize(), word.upper())]


WORDS: dict[str, tuple[object]] = (
    dict.fromkeys(_spellings(("y", "yes", "true", "on")), (True,))
    | dict.fromkeys(_spellings(("n", "no", "false", "off")), (False,))
    | dict.fromkeys(("", "~", *_spellings(("null",))), (None,))
)
NOT_FINITE = frozenset(sign + word for word in (".inf", ".Inf", ".INF") for sign in ("", "+", "-")) | {
    ".nan",
    ".NaN",
    ".NAN",
}

_FIRST = frozenset("0123456789+-.")
_INTEGER = re.compile(
    r"[-+]?(?:0[bB](?P<two>[01]+)|0[oO]?(?P<eight>[0-7]+)|0[xX](?P<sixteen>[0-9a-fA-F]+)|[1-9][0-9]*|0)"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_OTHER_READERS = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?"  # a date, to YAML 1.1
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"  # base 60, to YAML 1.1
    r"|[-+]?(?:0[oOxXbB])?[0-9a-fA-F_]*[0-9][0-9_]*\.?(?:[eE][-+]?[0-9]+)?"  # numbers out of range
)
_NAME = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*+")  # most strings: names, paths, images without a tag
_PLAIN = re.compile(
    r"(?:[^\s\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[\w./\-]))"
    r"(?:[^\s\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff:#]++|:(?=[^\s])|(?<=[^\s])#| (?=[^\s]))*+"
)


def typed(text: str) -> tuple[object] | str | None:
    """What a plain scalar stands for.

    Returns:
        None for a string; a tuple of the value (None, bool, int or float) otherwise; `MERGE` for `<<`;
        the float tag for infinities and NaN, which JSON, and so Kubernetes, cannot hold.
    """
    word = WORDS.get(text)
    if word is not None:
        return word
    if text[0] in _FIRST:
        if text in NOT_FINITE:
            return FLOAT_TAG
        value = number(text)
        return None if value is None else (value,)
    return MERGE if text == "<<" else None


def number(text: str) -> int | float | None:
    """The number a plain scalar spells, None when it spells none; integers beyond 64 bits become floats."""
    digits = text.replace("_", "") if "_" in text else text
    if match := _INTEGER.fullmatch(digits):
        base = {"two": 2, "eight": 8, "sixteen": 16}.get(match.lastgroup or "", 10)
        value = int(match[match.lastgroup], base) if match.lastgroup else _decimal(digits)
        if value is not None:
            if match.lastgroup and digits[0] == "-":
                value = -value
            if value in INT64:
                return value
            if value < 0 or value >= 2**64:
                return _float(digits) if base == 10 else None
            return float(value)
    return _float(digits) if _FLOAT.fullmatch(digits) else None


def _decimal(digits: str) -> int | None:
    """The integer, unless it has so many digits that it can only be a float (or nothing)."""
    return int(digits) if len(digits) < 40 else None


def _float(digits: str) -> int | float | None:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        return None
    return as_json(value)


def as_json(value: float) -> int | float:
    """The number as it comes back from JSON: Go writes 1000.0 as 1000, in its shortest digits filled up with zeros."""
    if value.is_integer() and -(2.0**63) <= value <= 2.0**63:
        whole = int(Decimal(repr(value)))
        if whole in INT64:
            return whole
    return value


def key_of(value: object, text: str) -> str | None:
    """The string that a mapping key becomes, from its value and its spelling; None for those Kubernetes rejects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and _INTEGER.fullmatch(text.replace("_", "")):
        return str(value)
    return _float32(float(value)) if isinstance(value, int | float) else None


def _float32(value: float) -> str:
    """Shortest digits that give the same 32-bit float: how Go formats a float that became a key."""
    try:
        wanted = struct.pack("<f", value)
    except OverflowError:
        return ".inf" if value > 0 else "-.inf"
    shortest = next(s for s in (f"{value:.{digits}e}" for digits in range(17)) if struct.pack("<f", float(s)) == wanted)
    mantissa, exponent = shortest.split("e")
    power = int(exponent)
    if power < -4 or power >= 6:
        return shortest
    decimals = max(0, len(mantissa.lstrip("-").replace(".", "")) - 1 - power)
    return f"{float(shortest):.{decimals}f}"


def plain(text: str) -> bool:
    """Whether the string can be written without quotes and is read as this string, by Kubernetes and by other readers."""
    if _NAME.fullmatch(text):
        return text not in WORDS
    if not _PLAIN.fullmatch(text) or typed(text) is not None or text.startswith(("---", "...")) or text == "=":
        return False
    return text[0] not in _FIRST or not _OTHER_READERS.fullmatch(text)
