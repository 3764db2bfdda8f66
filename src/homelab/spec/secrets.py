"""Secrets that got into homelab.yaml: recognised by their form, or by the key they stand under. Never printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import log2
from typing import Any

from homelab.spec.source import Problem

_FORMS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\bxox[abeprs]-[0-9A-Za-z-]{8,}"
    r"|\bgh[opsur]_[0-9A-Za-z]{16,}|\bgithub_pat_[0-9A-Za-z_]{20,}|\bglpat-[0-9A-Za-z_-]{16,}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\btskey-[a-z]+-[0-9A-Za-z-]{8,}"
    r"|\bsk-[0-9A-Za-z_-]{20,}"
    r"|\bAGE-SECRET-KEY-1[0-9A-Z]{10,}"
    r"|https://hooks\.slack\.com/(?:services|workflows)/\S+"
    r"|(?<![0-9A-Za-z_-])eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\."
    r"|(?<![a-z0-9+.-])[a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@"
)
"""Each form begins where a word does, so that a long text is read once and not once from each of its letters."""
_KEYS = re.compile(r"passw(or)?d|passphrase|token|secret|api_?key|private_?key|credential", re.IGNORECASE)
_REFERENCE = re.compile(r"^existing|(name|ref|reference|file|path|class|store)$", re.IGNORECASE)
"""Keys under which the name of a secret stands, and not the secret."""
HINT = "take it out, and give it with `homelab secrets seal`; if the file was ever pushed, rotate it"


def looks_secret(value: str) -> bool:
    """Whether text has the form of a known kind of secret: tokens, private keys, addresses with a password."""
    return bool(_FORMS.search(value))


def found(data: Any) -> Iterator[Problem]:
    """Every value in the file that is, or very probably is, a secret."""
    for option, key, value in _leaves(data, ""):
        if looks_secret(value) or (_KEYS.search(key) and not _REFERENCE.search(key) and _random(value)):
            yield Problem(option, "looks like a secret, which has no place in this file", HINT)


def _leaves(data: Any, at: str) -> Iterator[tuple[str, str, str]]:
    """(option path, last key, text) of every text below."""
    stack = [(at, "", data)]
    while stack:
        path, key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((f"{path}.{name}" if path else name, name, item) for name, item in value.items())
        elif isinstance(value, list):
            stack.extend((f"{path}.{index}", key, item) for index, item in enumerate(value))
        elif isinstance(value, str):
            yield path, key, value


def _random(value: str) -> bool:
    """Whether text has no spaces and more than three bits a character: nobody's words."""
    if len(value) < 12 or " " in value or "/" in value or value.count("-") > 3:
        return False
    entropy = -sum(n / len(value) * log2(n / len(value)) for n in (value.count(c) for c in set(value)))
    return entropy > 3 and bool(re.search(r"\d", value)) and bool(re.search(r"[A-Za-z]", value))
