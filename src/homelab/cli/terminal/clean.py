"""Clean text: whatever stands in a name, a line that is printed stays one line and moves no cursor.

Names come from repositories of anybody. Escaped once, where output leaves us, they can neither colour a terminal, nor
hide what follows, nor speak to the CI that reads the log (`::error ::…`).
"""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""What moves, hides or turns round text: controls, invisible marks, bidirectional overrides, halves of characters."""
_IN_JSON = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Of these, what JSON itself lets stand in its texts."""
_COMMAND = re.compile(r"^(\s*)(::|##\[)")
"""How a line begins that CI systems take for a command."""


def line(text: str, styles: re.Pattern[str] | None = None) -> str:
    """One line of text, as it can be printed; sequences that `styles` matches are our own and stay."""
    if text.isascii() and text.isprintable() and ":" not in text[:80] and "##[" not in text:
        return text
    kept = styles.split(text) if styles else [text]
    shown = "".join(part if number % 2 else _CONTROL.sub(_escaped, part) for number, part in enumerate(kept))
    return _COMMAND.sub(r"\1\\\2", shown)


def lines(text: str, styles: re.Pattern[str] | None = None) -> str:
    """Text that we laid out in lines ourselves."""
    return "\n".join(line(each, styles) for each in text.split("\n"))


def in_json(text: str) -> str:
    """JSON that says the same in characters which move, hide and turn round nothing."""
    return _IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return {10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")
