"""Tokens of PromQL, as `promql/parser/lex.go` of Prometheus 3 cuts them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


class Wrong(Exception):  # it never leaves this room: `problem` turns it into a sentence
    """An expression that Prometheus does not parse."""


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is `name`, `number`, `duration`, `string`, `sign` or `end`."""

    kind: str
    text: str
    at: int


DURATION = r"(?:[0-9]+(?:ms|[smhdwy]))+"
_TOKEN = re.compile(
    rf"""(?P<blank>[ \t\r\n]+|\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    |(?P<duration>{DURATION}(?![A-Za-z0-9_]))
    |(?P<number>0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_]))
    |(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
    |(?P<sign>==|!=|<=|>=|=~|!~|[-+*/%^()\[\]{{}},=<>@:])""",
    re.VERBOSE,
)
_OPEN = {"(": ")", "[": "]", "{": "}"}
_NAMES = {"(": "parenthesis", "[": "bracket", "{": "brace"}


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, the end among them.

    Raises:
        Wrong: a character that starts none, a quote or a bracket that is not closed.
    """
    found = [*_cut(text), Token("end", "", len(text))]
    _closed(found)
    return found


def _cut(text: str) -> Iterator[Token]:
    at, depth = 0, 0
    while at < len(text):
        # inside square brackets a colon parts a subquery and begins no name
        match = _TOKEN.match(text, at)
        if match is not None and match.lastgroup == "name" and depth and match[0].startswith(":"):
            yield Token("sign", ":", at)
            at += 1
            continue
        if match is None:
            what = "a quote is not closed" if text[at] in "\"'`" else f"{text[at]!r} starts nothing"
            raise Wrong(f"{what} at character {at + 1}")
        depth += (match[0] == "[") - (match[0] == "]")
        if match.lastgroup != "blank":
            yield Token(str(match.lastgroup), match[0], at)
        at = match.end()


def _closed(found: list[Token]) -> None:
    waiting: list[Token] = []
    for token in found:
        if token.kind != "sign":
            continue
        if token.text in _OPEN:
            waiting.append(token)
        elif token.text in _OPEN.values() and (not waiting or _OPEN[waiting.pop().text] != token.text):
            raise Wrong(f"{token.text!r} at character {token.at + 1} closes nothing")
    if waiting:
        raise Wrong(f"the {_NAMES[waiting[-1].text]} at character {waiting[-1].at + 1} is not closed")
