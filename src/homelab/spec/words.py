"""Words of mistakes: a value as a sentence can hold it, and the nearest right word."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from homelab.spec.secrets import looks_secret

_READS_AS_MORE = re.compile(r"[-+]?[0-9]*\.?[0-9]+(e[0-9]+)?|true|false|null|~", re.IGNORECASE)
"""Text that would be something else without its quotes."""


def show(value: Any) -> str:
    """A value as a sentence can hold it; never one that looks like a secret."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "empty"
    if not isinstance(value, str):
        return _short(_number(value))
    if looks_secret(value):
        return "a value that looks like a secret"
    text = _short(value)
    plain = text.isprintable() and text.strip() == text and text and not _READS_AS_MORE.fullmatch(value)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _number(value: Any) -> str:
    """A number as it is written; one of thousands of digits is not written out."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 400:
        return f"a number of some {value.bit_length() * 3 // 10} digits"
    return json.dumps(value, default=str)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def lowered(sentence: str) -> str:
    """A sentence as it goes on inside another: its first letter small, unless the word is an abbreviation (`TLS`)."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def near(word: str, words: Iterable[str], *, otherwise: Callable[[list[str]], str] | None = None) -> str | None:
    """`did you mean x?`, or what `otherwise` says of all the words, or None."""
    known = sorted(map(str, words))
    if close := get_close_matches(word, known, 1, 0.6) or get_close_matches(word.replace("_", "-"), known, 1, 0.6):
        return f"did you mean {close[0]}?"
    return otherwise(known) if otherwise and known else None
