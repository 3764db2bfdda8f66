"""Words of mistakes: a value as a sentence can hold it, and the nearest right word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from homelab.spec.secrets import looks_secret


def show(value: Any) -> str:
    """A value as a sentence can hold it; never one that looks like a secret."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "empty"
    if not isinstance(value, str):
        return json.dumps(value, default=str)
    if looks_secret(value):
        return "a value that looks like a secret"
    text = value if len(value) <= 60 else value[:57] + "…"
    return text if text.isprintable() and text.strip() == text and text else json.dumps(text, ensure_ascii=False)


def near(word: str, words: Iterable[str], *, otherwise: Callable[[list[str]], str] | None = None) -> str | None:
    """`did you mean x?`, or what `otherwise` says of all the words, or None."""
    known = sorted(map(str, words))
    if close := get_close_matches(word, known, 1, 0.6) or get_close_matches(word.replace("_", "-"), known, 1, 0.6):
        return f"did you mean {close[0]}?"
    return otherwise(known) if otherwise and known else None
