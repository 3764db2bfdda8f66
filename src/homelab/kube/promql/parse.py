"""PromQL: whether Prometheus parses an expression, with the types it gives and takes; the grammar is `generated_parser.y`."""

from __future__ import annotations

import re
from difflib import get_close_matches

from homelab.kube.promql.functions import AGGREGATIONS, FUNCTIONS, MATRIX, SCALAR, STRING, VECTOR, WITH_PARAMETER
from homelab.kube.promql.tokens import Token, Wrong, tokens

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
SETS = frozenset({"and", "or", "unless"})
POWER = 6
BINDING = {
    "or": 1, "and": 2, "unless": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "atan2": 5,
    "^": POWER,
}  # fmt: skip
MATCHERS = frozenset({"=", "!=", "=~", "!~"})
OF_RE2 = re.compile(r"\\[pPQzC]|\[\[:|\(\?[a-zA-Z]*[UP<]")
"""What RE2 has and Python has not, or writes otherwise: such an expression is not judged."""
DEEPEST = 200


def problem(text: str) -> str | None:
    """Why Prometheus refuses an expression; None where it does not."""
    try:
        parser = _Parser(tokens(text))
        parser.expression(0)
        parser.end()
    except Wrong as wrong:
        return str(wrong)
    except RecursionError:
        return None
    return None


class _Parser:
    """A parser by descent; every method gives the type of what it read."""

    def __init__(self, found: list[Token]) -> None:
        self.found, self.at, self.depth = found, 0, 0

    @property
    def here(self) -> Token:
        return self.found[self.at]

    def sees(self, *texts: str) -> bool:
        return self.here.kind in {"sign", "name"} and self.here.text.lower() in texts

    def take(self, *texts: str) -> Token:
        if not self.sees(*texts):
            raise self.unexpected(f"expected {' or '.join(texts)}")
        return self.next()

    def next(self) -> Token:
        token = self.here
        self.at += 1
        return token

    def unexpected(self, more: str = "") -> Wrong:
        what = (
            "it ends too early"
            if self.here.kind == "end"
            else f"unexpected {self.here.text!r} at character {self.here.at + 1}"
        )
        return Wrong(f"{what}, {more}" if more else what)

    def end(self) -> None:
        if self.here.kind != "end":
            raise self.unexpected()

    def expression(self, above: int) -> str:
        """What binds tighter than `above`."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise RecursionError
        left = self.signed()
        while self.here.kind in {"sign", "name"} and BINDING.get(self.here.text.lower(), 0) > above:
            token = self.next()
            operator = token.text.lower()
            returns_bool = self.modifiers(operator)
            right = self.expression(BINDING[operator] - (operator == "^"))
            left = _combined(operator, left, right, returns_bool=returns_bool)
        self.depth -= 1
        return left

    def modifiers(self, operator: str) -> bool:
        """`bool`, `on (…)`, `group_left (…)` behind an operator; whether there was a `bool`."""
        returns_bool = False
        if self.sees("bool"):
            if operator not in COMPARISONS:
                raise self.unexpected("bool belongs to comparisons")
            self.next()
            returns_bool = True
        if self.sees("on", "ignoring"):
            self.next()
            self.labels()
            if self.sees("group_left", "group_right"):
                if operator in SETS:
                    raise self.unexpected("no grouping is allowed for and, or, unless")
                self.next()
                if self.sees("("):
                    self.labels()
        return returns_bool

    def signed(self) -> str:
        if self.sees("+", "-"):
            self.next()
            found = self.expression(POWER - 1)
            if found not in {SCALAR, VECTOR}:
                raise Wrong(f"a sign before a {found}")
            return found
        return self.trailed(self.primary())

    def trailed(self, found: str) -> str:
        """Ranges, subqueries, `offset` and `@` behind an operand."""
        while True:
            if self.sees("["):
                found = self.range(found)
            elif self.sees("offset"):
                self.next()
                if self.sees("-", "+"):
                    self.next()
                self.duration()
            elif self.sees("@"):
                self.next()
                self.moment()
            else:
                return found

    def range(self, found: str) -> str:
        if found not in {VECTOR, SCALAR}:
            raise Wrong(f"a range of a {found}, where an instant vector belongs")
        selector = self.found[self.at - 1]
        self.next()
        self.duration()
        if self.sees(":"):
            self.next()
            if not self.sees("]"):
                self.duration()
        elif found == SCALAR or selector.text == ")":
            raise Wrong("a range belongs behind a selector; behind an expression it is a subquery, such as [5m:1m]")
        self.take("]")
        return MATRIX

    def duration(self) -> None:
        """A duration, or a number of seconds; sums of them are taken as they are."""
        if self.here.kind not in {"duration", "number"} and not self.sees("(", "step", "-", "+"):
            raise self.unexpected("expected a duration such as 5m")
        while self.here.kind in {"duration", "number"} or self.sees(
            "+", "-", "*", "/", "(", ")", "step", "range", "min", "max", ","
        ):
            if self.sees(")") and not _inside(self.found, self.at):
                return
            self.next()
            if not self.sees("+", "-", "*", "/", "(", ")", ",") and self.here.kind not in {"duration", "number"}:
                return
            if self.sees("+", "-", "*", "/", ",") and not _bracketed(self.found, self.at):
                return

    def moment(self) -> None:
        if self.sees("start", "end"):
            self.next()
            self.take("(")
            self.take(")")
            return
        if self.sees("-", "+"):
            self.next()
        if self.here.kind not in {"number", "duration"}:
            raise self.unexpected("expected a time after @")
        self.next()

    def primary(self) -> str:
        token = self.here
        if token.kind in {"number", "duration"}:
            self.next()
            return SCALAR
        if token.kind == "string":
            self.next()
            return STRING
        if self.sees("("):
            self.next()
            found = self.expression(0)
            self.take(")")
            return found
        if self.sees("{"):
            self.matchers(named=False)
            return VECTOR
        if token.kind == "name":
            return self.named()
        raise self.unexpected()

    def named(self) -> str:
        """A number in words, an aggregation, a call, or a selector: all begin with a name."""
        token = self.next()
        name = token.text.lower()
        if name in {"inf", "nan"}:
            return SCALAR
        if name in AGGREGATIONS and self.sees("(", "by", "without"):
            return self.aggregation(name)
        if self.sees("("):
            return self.call(token.text)
        if self.sees("{"):
            self.matchers(named=True)
        return VECTOR

    def aggregation(self, name: str) -> str:
        grouped = self.grouping()
        given = self.arguments(name)
        if not grouped:
            self.grouping()
        wanted = (WITH_PARAMETER[name], VECTOR) if name in WITH_PARAMETER else (VECTOR,)
        if len(given) != len(wanted):
            raise Wrong(f"{name} takes {len(wanted)} argument{'s' if len(wanted) > 1 else ''}, not {len(given)}")
        for has, wants in zip(given, wanted, strict=True):
            if has != wants:
                raise Wrong(f"{name} takes a {wants}, not a {has}")
        return VECTOR

    def grouping(self) -> bool:
        if not self.sees("by", "without"):
            return False
        self.next()
        self.labels()
        return True

    def call(self, name: str) -> str:
        known = FUNCTIONS.get(name)
        if known is None:
            near = get_close_matches(name, [*FUNCTIONS, *AGGREGATIONS], 1)
            raise Wrong(f"there is no function {name}" + (f", did you mean {near[0]}?" if near else ""))
        takes, spare, gives = known
        given = self.arguments(name)
        least, most = len(takes) - (spare if spare > 0 else int(spare < 0)), len(takes) - min(spare, 0)
        if not least <= len(given) <= most:
            raise Wrong(f"{name} takes {len(takes) or 'no'} argument{'s' if len(takes) != 1 else ''}, not {len(given)}")
        for has, wants in zip(given, (*takes, *takes[-1:] * len(given)), strict=False):
            if has != wants:
                raise Wrong(
                    f"{name} takes a {wants}, not a {has}{' (a selector with a range, such as [5m])' * (wants == MATRIX)}"
                )
        return gives

    def arguments(self, name: str) -> list[str]:
        self.take("(")
        given: list[str] = []
        while not self.sees(")"):
            given.append(self.expression(0))
            if self.sees(","):
                self.next()
                if self.sees(")") and name not in AGGREGATIONS:
                    raise self.unexpected("a comma stands before the end")
            elif not self.sees(")"):
                raise self.unexpected(f"expected , or ) in the arguments of {name}")
        self.next()
        return given

    def labels(self) -> None:
        self.take("(")
        while not self.sees(")"):
            if self.here.kind not in {"name", "string"}:
                raise self.unexpected("expected a label")
            self.next()
            if not self.sees(")"):
                self.take(",")
        self.next()

    def matchers(self, *, named: bool) -> None:
        """`{label="value", …}`; without a name one of them has to refuse the empty text."""
        self.take("{")
        narrow = named
        while not self.sees("}"):
            label = self.next()
            if label.kind not in {"name", "string"}:
                self.at -= 1
                raise self.unexpected("expected a label")
            if label.kind == "string" and self.sees(",", "}"):
                narrow = True
            else:
                operator = self.take(*sorted(MATCHERS)).text
                if self.here.kind != "string":
                    raise self.unexpected("expected a label's value in quotes")
                narrow = _narrow(operator, self.next().text[1:-1]) or narrow
            if not self.sees("}"):
                self.take(",")
        self.next()
        if not narrow:
            raise Wrong("a selector without a name needs a matcher that does not match the empty text")


def _narrow(operator: str, value: str) -> bool:
    """Whether a matcher refuses the empty text; an expression that does not compile is refused itself."""
    if operator in {"=", "!="}:
        return (operator == "=") == bool(value)
    plain = value.replace("\\\\", "\\")
    if OF_RE2.search(plain):
        return True
    try:
        empty = re.fullmatch(plain, "") is not None
    except re.error as error:
        raise Wrong(f"{value!r} is no regular expression: {error.msg}") from None
    return empty == (operator == "!~")


def _combined(operator: str, left: str, right: str, *, returns_bool: bool) -> str:
    for side in (left, right):
        if side not in {SCALAR, VECTOR}:
            raise Wrong(f"{operator} takes scalars and instant vectors, not a {side}")
    if operator in SETS and SCALAR in {left, right}:
        raise Wrong(f"{operator} is not allowed with a scalar")
    if operator in COMPARISONS and left == right == SCALAR and not returns_bool:
        raise Wrong(f"a comparison of scalars needs bool: {operator} bool")
    return SCALAR if left == right == SCALAR else VECTOR


def _bracketed(found: list[Token], at: int) -> bool:
    """Whether a position lies within square brackets."""
    return sum((token.text == "[") - (token.text == "]") for token in found[:at] if token.kind == "sign") > 0


def _inside(found: list[Token], at: int) -> bool:
    """Whether a parenthesis within square brackets closes one that was opened there."""
    depth = 0
    for token in reversed(found[:at]):
        if token.text == "[":
            return depth > 0
        depth += (token.text == "(") - (token.text == ")")
    return False
