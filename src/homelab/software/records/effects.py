"""Effects: what a value of a chart's key changes in the facts of its objects, and how such changes add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from homelab.software.records.judged import Facts, Path, flat, kept_data, pruned


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
    DATA = "<data>"
    """What is kept of the data of a ConfigMap or a Secret that the key was given."""
    AFTER = "<value>]"
    """The items that the key was given follow those that stand here."""
    BEFORE = "[<value>"
    """The items that the key was given precede those that stand here."""
    TEXT = "~"
    """A text in which `<value>` stands for what the key was given."""


MARK = "<value>"


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that an effect sets: object, path, how, and the value or text where `how` needs one.

    `<value>` in the object's name stands for what the key was given, as in a `TEXT`.
    """

    who: str
    path: Path
    how: How
    value: Any = None


Effect = tuple[Change, ...]


def applied(state: Facts, effects: Iterable[tuple[Effect, Any]]) -> Facts:
    """`state` with effects, each with what its key was given, laid over it in order; objects that one removes stay away."""
    pairs = list(effects)
    gone = {_named(c.who, given) for effect, given in pairs for c in effect if c.how is How.GONE and not c.path}
    result = {who: leaves for who, leaves in state.items() if who not in gone}
    fresh: set[str] = set()
    for effect, given in pairs:
        for change in effect:
            who = _named(change.who, given)
            if who in gone or (change.path and who not in result):
                continue  # a change inside an object that is not there makes none
            if who not in fresh:
                result[who] = dict(result.get(who, {}))
                fresh.add(who)
            if change.path:
                _set(result[who], change, given)
    return result


def _named(who: str, given: Any) -> str:
    return who.replace(MARK, text(given)) if MARK in who else who


def _set(leaves: dict[Path, Any], change: Change, given: Any) -> None:
    how, path = change.how, change.path
    if how is How.IS:
        leaves[path] = change.value
    elif how is How.GONE:
        leaves.pop(path, None)
    elif how is How.TEXT:
        leaves[path] = str(change.value).replace(MARK, text(given))
    elif how in (How.AFTER, How.BEFORE):
        stands = leaves.get(path) or []
        leaves[path] = [*stands, *given] if how is How.AFTER else [*given, *stands]
    else:
        _lay(leaves, change, given)


def _lay(leaves: dict[Path, Any], change: Change, given: Any) -> None:
    """Put what a key was given, or what is kept of it, where the change says."""
    path = change.path
    laid = data_of(change.who, given, path) if change.how is How.DATA else node(given, path)
    if laid.keys() == {path} and path in leaves:
        leaves.update(laid)  # in its place: words of a command have an order
        return
    leaves.pop(path, None)
    for place in laid if change.how is How.SPREAD else (path,):
        for old in under(leaves, place):
            del leaves[old]
    leaves.update(laid)


def node(given: Any, path: Path) -> dict[Path, Any]:
    """The leaves of a value that stands at a path."""
    return {tuple(at): value for at, value in flat(pruned(given, path[-1]), path)}


def data_of(who: str, given: Any, path: Path) -> dict[Path, Any]:
    """The leaves that are kept of an object's data."""
    printed = {str(key): item if isinstance(item, str) else text(item) for key, item in given.items()}
    return {tuple(at): value for at, value in flat(kept_data(who.partition(" ")[0], printed), path)}


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
