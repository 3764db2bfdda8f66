"""Rows: what is expected of a drill, what was seen, and what comes of comparing the two.

A row is one sentence with one value, so that it can be wrong alone. Only what a real program did counts as observed; what a
stand-in decided is printed as *stood in* and proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import Any

Value = bool | int | float | str | list[str] | None
"""None is *never*, for a time."""


class By(Enum):
    """Who decides a row."""

    SCHEDULER = "scheduler"
    CONTROLLERS = "controllers"
    ETCD = "etcd"
    API_SERVER = "apiserver"
    ARGO_CD = "argocd"
    STOOD_IN = "stood in"


class Form(Enum):
    """How a seen value is held against the expected one."""

    IS = "is"
    LEAST = "at least"
    MOST = "at most"
    ABOUT = "about"
    """A time, in seconds of the lab's clock, with the row's tolerance; an expected None is *never*."""
    NAMES = "names"
    """The expected word is among those that were seen."""


class Verdict(Enum):
    """What comes of a comparison; only the first three are well."""

    AGREES = "as predicted"
    STOOD_IN = "stood in"
    KNOWN = "expected to contradict"
    CONTRADICTS = "contradicted"
    OUTDATED = "agrees, though it is listed as a known contradiction"
    UNSEEN = "not seen"


WELL = frozenset({Verdict.AGREES, Verdict.STOOD_IN, Verdict.KNOWN})


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is expected.

    Attributes:
        id: `<expectation>@<look>/<subject>`.
        says: the sentence, without the value.
        value: what is expected.
        form: how a seen value is held against it.
        by: who decides it.
        tolerance: seconds of the lab's clock, for times.
        because: why the model says so.
    """

    id: str
    says: str
    value: Value
    by: By
    form: Form = Form.IS
    tolerance: float = 0.0
    because: str = ""

    def holds(self, seen: Value, late: float = 0.0) -> bool:
        """Whether a seen value is as expected; a time may be `late` by so many seconds beside its tolerance."""
        match self.form:
            case Form.IS:
                return seen == self.value
            case Form.NAMES:
                return isinstance(seen, list) and self.value in seen
            case Form.ABOUT if self.value is None or seen is None:
                return seen is None and self.value is None
        wanted, found = _number(self.value), _number(seen)
        if self.form is Form.ABOUT:
            return -self.tolerance <= found - wanted <= self.tolerance + late
        return found >= wanted if self.form is Form.LEAST else found <= wanted

    @property
    def expected(self) -> str:
        """The expected value as a person reads it: `about 350 s ± 45`, `at least 2`, `never`."""
        if self.form is Form.ABOUT:
            return "never" if self.value is None else f"about {shown(self.value)} s ± {self.tolerance:g}"
        return shown(self.value) if self.form is Form.IS else f"{self.form.value} {shown(self.value)}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen for the row of the same id, and who did it where that is another than expected.

    `late` is by how many seconds of the lab's clock a time may be too late, as far as this machine is the reason; it is measured.
    """

    id: str
    value: Value
    by: By | None = None
    note: str = ""
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A row, what was seen for it (None where nothing was), and what comes of it; `known` is the id of a known fault."""

    row: Row
    seen: Seen | None
    verdict: Verdict
    known: str = ""

    @property
    def well(self) -> bool:
        """Whether the drill may go by it."""
        return self.verdict in WELL


def compare(rows: Iterable[Row], seen: Iterable[Seen], known: Mapping[str, str]) -> tuple[Compared, ...]:
    """Each row with its verdict; `known` holds the ids of rows that are expected to be contradicted, with the fault's id.

    A fault of which no row is contradicted any more is outdated, and fails the rows that agree.
    """
    by_id = {each.id: each for each in seen}
    found = [_compared(row, by_id.get(row.id), known.get(row.id, "")) for row in rows]
    alive = {each.known for each in found if each.verdict is Verdict.KNOWN}
    return tuple(_dated(each, alive) for each in found)


def _compared(row: Row, seen: Seen | None, known: str) -> Compared:
    if seen is None:
        return Compared(row, None, Verdict.UNSEEN, known)
    if By.STOOD_IN in {row.by, seen.by}:
        return Compared(row, seen, Verdict.STOOD_IN, known)
    if row.holds(seen.value, seen.late):
        return Compared(row, seen, Verdict.AGREES, known)
    return Compared(row, seen, Verdict.KNOWN if known else Verdict.CONTRADICTS, known)


def _dated(each: Compared, alive: Collection[str]) -> Compared:
    outdated = each.verdict is Verdict.AGREES and each.known and each.known not in alive
    return replace(each, verdict=Verdict.OUTDATED) if outdated else each


def shown(value: Value) -> str:
    """A value as a person reads it."""
    match value:
        case None:
            return "never"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value) or "none"
        case float() | int():
            return f"{value:.0f}"
    return value


def plain(thing: Any) -> Any:
    """A dataclass of this room as plain data for JSON: enumerations by their words."""
    return json.loads(json.dumps(asdict(thing), default=lambda each: each.value))


def digest(data: Any) -> str:
    """The SHA-256 of plain data, however its keys are ordered."""
    return sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _number(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)
