"""Forms of secret values: what a value must look like, and how one of many lines is made of what a person knows.

A prompt reads one line. A file pasted into it loses all but its first line, and nobody notices before the night it is
needed: so values of many lines are composed of their parts, or read from a file, and each is looked at before it is sealed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from configparser import ConfigParser
from configparser import Error as NotIni
from dataclasses import dataclass
from typing import Any

FIRST_LINE = re.compile(r"^\s*(\[[\w .-]+\]\s*$|-----BEGIN |[{\[]\s*$|[\w.-]+:\s*$|---\s*$)")
"""The first line of a file of many lines, pasted where one line was asked for."""
SHORTEST = 4
"""Characters; shorter values were mistyped."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a value: its parts where it is composed of them, and what is wrong with a text (no value in it)."""

    wrong: Callable[[str], str | None]
    parts: tuple[str, ...] = ()
    compose: Callable[[Mapping[str, str]], str] | None = None
    lines: bool = False
    """Whether it may have more than one line."""


def _line(text: str) -> str | None:
    if "\n" in text.strip("\n"):
        return "it has more than one line, and one is asked for"
    if FIRST_LINE.match(text):
        return "it is the first line of a file of many lines, and one value is asked for"
    return "it is too short to be one" if len(text.strip()) < SHORTEST else None


def _credentials(text: str) -> str | None:
    parsed = ConfigParser(interpolation=None)
    try:
        parsed.read_string(text)
    except NotIni:
        return "it is no credentials file: it begins with [default], and each further line is a key, = and a value"
    for key in ("aws_access_key_id", "aws_secret_access_key"):
        if not parsed.get("default", key, fallback="").strip():
            return f"its section [default] has no {key}"
    return None


def _composed_credentials(parts: Mapping[str, str]) -> str:
    access, secret = parts["access key"].strip(), parts["secret key"].strip()
    return f"[default]\naws_access_key_id={access}\naws_secret_access_key={secret}\n"


def _object(*keys: str) -> Callable[[str], str | None]:
    def wrong(text: str) -> str | None:
        try:
            found: Any = json.loads(text)
        except ValueError:
            return "it is not JSON"
        missing = [key for key in keys if not isinstance(found, dict) or not found.get(key)]
        return f"it has no {missing[0]}" if missing else None

    return wrong


def _clusters(text: str) -> str | None:
    from homelab.documents.read import load
    from homelab.errors import UnreadableDocument

    try:
        found = load(text, "value")
    except UnreadableDocument:
        return "it is not YAML"
    clusters = found[0].get("clusters") if len(found) == 1 and isinstance(found[0], dict) else None
    if not isinstance(clusters, list) or not clusters:
        return "it has no list `clusters`"
    for key in ("url", "token_id", "token_secret", "region"):
        if not all(isinstance(each, dict) and each.get(key) for each in clusters):
            return f"an entry of `clusters` has no {key}"
    return None


def _pem(text: str) -> str | None:
    begins, ends = "-----BEGIN " in text, "-----END " in text
    return None if begins and ends else "it has no BEGIN and END line" if not begins else "its END line is missing"


FORMS: Mapping[str, Form] = {
    "ask": Form(_line),
    "ask-credentials": Form(_credentials, ("access key", "secret key"), _composed_credentials, lines=True),
    "ask-tunnel": Form(_object("AccountTag", "TunnelSecret", "TunnelID"), lines=True),
    "ask-clusters": Form(_clusters, lines=True),
    "ask-pem": Form(_pem, lines=True),
}
"""Word before the colon of a request to the form of its value."""
