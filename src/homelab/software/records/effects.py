"""Effects: what a value of a chart's key changes in the facts of its objects, and how such changes add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from homelab.software.records.judged import Facts, Path, flat, pruned


class How(Enum):
    """How a change says the value of a fact."""

    IS = "="
    """As it stands."""
    GONE = "-"
    """The fact is no more; with an empty path, the object."""
    VALUE = "<value>"
    """What the key was given takes this place, whole."""
    SPREAD = "+<value>"
    """What the key was given is laid over what stands here: entries of a map, items of a list by name."""
    AFTER = "<value>]"
    """The items that the key was given follow those that stand here."""
    BEFORE = "[<value>"
    """The items that the key was given precede those that stand here."""
    TEXT = "~"
    """A text in which `<value>` stands for what the key was given."""


MARK = "<value>"


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that an effect sets: object, path, how, and the value or text where `how` needs one."""

    who: str
    path: Path
    how: How
    value: Any = None


Effect = tuple[Change, ...]


def applied(state: Facts, effects: Iterable[tuple[Effect, Any]]) -> Facts:
    """`state` with effects, each with what its key was given, laid over it in order; objects that one removes stay away."""
    pairs = list(effects)
    gone = {c.who for effect, _ in pairs for c in effect if c.how is How.GONE and not c.path}
    result = {who: leaves for who, leaves in state.items() if who not in gone}
    fresh: set[str] = set()
    for effect, given in pairs:
        for change in effect:
            if change.who in gone or (change.path and change.who not in result):
                continue  # a change inside an object that is not there makes none
            if change.who not in fresh:
                result[change.who] = dict(result.get(change.who, {}))
                fresh.add(change.who)
            if change.path:
                _set(result[change.who], change, given)
    return result


def _set(leaves: dict[Path, Any], change: Change, given: Any) -> None:
    how, path = change.how, change.path
    if how is How.IS:
        leaves[path] = change.value
    elif how is How.GONE:
        leaves.pop(path, None)
    elif how is How.TEXT:
        leaves[path] = str(change.value).replace(MARK, text(given))
    elif how is How.VALUE:
        for old in under(leaves, path):
            del leaves[old]
        leaves.update(node(given, path))
    elif how is How.SPREAD:
        leaves.pop(path, None)
        for below in node(given, path):
            for old in under(leaves, below):
                del leaves[old]
        leaves.update(node(given, path))
    else:
        stands = leaves.get(path) or []
        leaves[path] = [*stands, *given] if how is How.AFTER else [*given, *stands]


def node(given: Any, path: Path) -> dict[Path, Any]:
    """The leaves of a value that stands at a path."""
    return {tuple(at): value for at, value in flat(pruned(given, path[-1]), path)}


def under(leaves: Mapping[Path, Any], path: Path) -> list[Path]:
    """The leaves at a path and below."""
    length = len(path)
    return [at for at in leaves if at[:length] == path]


def text(given: Any) -> str:
    """A value as a template prints it."""
    if isinstance(given, bool):
        return "true" if given else "false"
    return str(given)


def difference(before: Facts, after: Facts) -> Effect:
    """What turns one state into the other, leaf by leaf."""
    return tuple(_differing(before, after))


def _differing(before: Facts, after: Facts) -> Iterator[Change]:
    for who in before:
        if who not in after:
            yield Change(who, (), How.GONE)
    for who, leaves in after.items():
        old = before.get(who)
        if old is leaves:
            continue
        if old is None:
            yield Change(who, (), How.IS, value=True)
            old = {}
        for path in old:
            if path not in leaves:
                yield Change(who, path, How.GONE)
        for path, value in leaves.items():
            if path not in old or old[path] != value or type(old[path]) is not type(value):
                yield Change(who, path, How.IS, value)
