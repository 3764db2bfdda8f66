"""Levels: which values of a key are probed, and what form they show together."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from homelab.software.records.effects import MARK, Change, Effect, How, applied, data_of, difference, node, text, under
from homelab.software.records.judged import Facts, Path, keyed
from homelab.software.records.levels import ANY, TEMPLATE, Shape, equal, kind_of, names, texts

SMALL = (0, 1, 2, 3, 5)
STRANGE = "zqkey"
"""A key that no chart knows: what carries it over carries any key over."""
SHORT = 3
"""Letters of a text that may stand in an object's name by chance."""
LARGE_SHARE = 0.4
"""An effect that takes away more of the objects than this renames them: such a key is not recorded."""


def alternatives(value: Any) -> Iterator[Any]:
    """Values like this one, so that a form can be told from a constant."""
    kind = kind_of(value)
    if isinstance(value, bool):
        yield not value
    elif kind == "int":
        yield from (n for n in (*SMALL, value + 1, value * 2 + 1) if n != value)
    elif kind == "text":
        yield from _texts(value)
    elif kind == "list":
        yield mutated(value, 1)
        yield [*value, *mutated(value, 2)[:1]]
        yield mutated(value, 3)[:1]
        if isinstance(value[0], Mapping):
            yield [{**mutated(value[0], 3), STRANGE: "zqentry"}]
        yield []
    elif kind == "map":
        yield mutated(value, 1)
        yield {**mutated(value, 2), STRANGE: "zqentry"}
        yield {}


def _texts(value: str) -> Iterator[str]:
    """Two other texts of the same kind: other numbers where there are numbers, other letters elsewhere."""
    for step in (1, 2):
        yield mutated(value, step)


def mutated(value: Any, step: int) -> Any:
    """A value of the same build with other scalars in it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value + step
    if isinstance(value, Mapping):
        return {key: mutated(item, step) for key, item in value.items()}
    if isinstance(value, list):
        return [mutated(item, step) for item in value]
    return _other_text(value, step) if isinstance(value, str) and value else copy.deepcopy(value)


def _other_text(value: str, step: int) -> str:
    """A text of the same kind: another number where there is one, other letters elsewhere."""
    number = re.search(r"\d+", value)
    if number:
        return f"{value[: number.start()]}{int(number[0]) + step}{value[number.end() :]}"
    word = re.search(r"[A-Za-z]+", value)
    at = word.end() if word else len(value)
    return f"{value[:at]}{'zq'[:step] if step < 3 else 'qzq'}{value[at:]}"


def formed(probes: list[tuple[Any, Facts, Facts]]) -> Effect | None:
    """The one effect that explains all probes, each a value with the state before and after it; None where none does.

    At least two values must show it, or it may be a constant that only looks like a form.
    """
    if len(probes) < 2:
        return None
    (one, *first), (other, *second) = probes[0], probes[1]
    effect = _merged(_lifted(*first, one), _lifted(*second, other), one, other)
    if effect is None:
        return None
    return effect if all(applied(before, [(effect, value)]) == after for value, before, after in probes) else None


def _lifted(base: Facts, state: Facts, value: Any) -> dict[tuple[str, Path], Change]:
    """What a probe changes, with whole nodes that are the value, or hold it, instead of their leaves."""
    changes = {(c.who, c.path): c for c in difference(base, state)}
    if isinstance(value, str) and len(value) > SHORT:
        made = {who for who in state if who not in base and value in who}
        changes = {
            (c.who, c.path): c
            for c in (replace(c, who=c.who.replace(value, MARK)) if c.who in made else c for c in changes.values())
        }
    if not isinstance(value, Mapping | list) or not value:
        return changes
    for who, path in sorted(
        {(w, p[:n]) for w, p in changes for n in range(1, len(p) + 1)}, key=lambda x: (len(x[1]), x)
    ):
        if who not in state or not any(w == who and p[: len(path)] == path for w, p in changes):
            continue
        how = _how(base.get(who, {}), state[who], path, value) or _data(who, state[who], path, value)
        if how is not None:
            changes = {k: c for k, c in changes.items() if not (k[0] == who and k[1][: len(path)] == path)}
            changes[who, path] = Change(who, path, how)
    return changes


def _how(before: Mapping[Path, Any], after: Mapping[Path, Any], path: Path, value: Any) -> How | None:
    wanted = node(value, path)
    here = {at: after[at] for at in under(after, path)}
    if here == wanted:
        return How.VALUE
    old = {at: before[at] for at in under(before, path)}
    spreads = isinstance(value, Mapping) or keyed(value, path[-1]) is not None
    if spreads and wanted.items() <= here.items():
        tops = {at[: len(path) + 1] for at in wanted}
        rest = {at: v for at, v in here.items() if at[: len(path) + 1] not in tops}
        kept = {at: v for at, v in old.items() if at[: len(path) + 1] not in tops and at != path}
        return How.SPREAD if rest == kept else None
    stands, now = before.get(path) or [], after.get(path)
    if isinstance(value, list) and isinstance(now, list) and isinstance(stands, list):
        if now == [*stands, *value]:
            return How.AFTER
        if now == [*value, *stands]:
            return How.BEFORE
    return None


def _data(who: str, after: Mapping[Path, Any], path: Path, value: Any) -> How | None:
    if path != ("data",) or who.partition(" ")[0] not in {"ConfigMap", "Secret"} or not isinstance(value, Mapping):
        return None
    return How.DATA if {at: after[at] for at in under(after, path)} == data_of(who, value, path) else None


def _merged(
    one: dict[tuple[str, Path], Change], other: dict[tuple[str, Path], Change], a: Any, b: Any
) -> Effect | None:
    """Two probes' changes as one form."""
    if one.keys() != other.keys():
        return None
    effect = []
    for at, change in one.items():
        second = other[at]
        merged = _form(change, second, a, b)
        if merged is None:
            return None
        effect.append(merged)
    return tuple(effect)


def _form(one: Change, other: Change, a: Any, b: Any) -> Change | None:
    if one == other and type(one.value) is type(other.value):
        return one
    if one.how is not How.IS or other.how is not How.IS:
        return None
    if not isinstance(a, Mapping | list) and equal(one.value, a) and equal(other.value, b):
        return Change(one.who, one.path, How.VALUE)
    if isinstance(one.value, str) and isinstance(other.value, str) and not isinstance(a, Mapping | list):
        pattern = one.value.replace(text(a), MARK)
        if MARK in pattern and pattern.replace(MARK, text(b)) == other.value:
            return Change(one.who, one.path, How.TEXT, pattern)
    return None


def shape_of(values: Iterable[Any]) -> Shape:
    """The shape that holds these probed values."""
    probed = list(values)
    kind = kind_of(probed[0])
    if kind in {"int", "text"}:
        return Shape(kind, tuple(sorted(set(probed))))
    seen = {name for value in probed for name in names(value)}
    more = (TEMPLATE,) if any(TEMPLATE in each for value in probed for each in texts(value)) else ()
    return Shape(kind, (*((ANY,) if STRANGE in seen else sorted(seen)), *more))


def renames(base: Facts, state: Facts) -> bool:
    """Whether a value renames most of the objects."""
    gone = sum(who not in state for who in base)
    new = sum(who not in base for who in state)
    return gone > LARGE_SHARE * len(base) and new > LARGE_SHARE * len(base)
