"""Chart values: a user's over a chart's defaults as Helm merges them, and which of them an expansion does not model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def over(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` over `defaults`: maps merge, everything else replaces, and null deletes the default."""
    merged: dict[str, Any] = dict(defaults)
    for key, value in values.items():
        below = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = over(below, value)
        else:
            merged[key] = value
    return merged


class _Deleted(dict[str, Any]):
    """A map that null deleted: it answers for every key it had by default, but counts as empty."""

    def __bool__(self) -> bool:
        return False


def whole(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with every key of `defaults`, so that what null deleted can be asked for.

    A deleted leaf reads as None, a map or list that was empty by default stays empty, and any other map counts as
    empty while its keys read so in turn.
    """
    filled = dict(values)
    for key, default in defaults.items():
        below = filled.get(key)
        if isinstance(default, Mapping) and default:
            found = whole(below if isinstance(below, Mapping) else {}, default)
            filled[key] = found if below else _Deleted(found)
        elif below is None:
            filled[key] = type(default)() if isinstance(default, (Mapping, list)) else None
    return filled


def paths(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Every path that ends in a value, or in a map that is empty."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from paths(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def unmodelled(values: Mapping[str, Any], known: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each values path that is neither known nor below a known one.

    `known` are dotted paths; each stands for everything below it. A map is entered only while a known path leads on.
    """
    paths = frozenset(known)
    ways = {path[: index + 1] for path in map(_split, paths) for index in range(len(path))}
    ends = {_split(path) for path in paths}
    return tuple(f"values key {'.'.join(path)} is not modelled" for path in _strangers(values, (), ways, ends))


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _strangers(
    values: Mapping[str, Any], prefix: tuple[str, ...], ways: set[tuple[str, ...]], ends: set[tuple[str, ...]]
) -> Iterable[tuple[str, ...]]:
    for key, value in values.items():
        path = (*prefix, str(key))
        if path in ends or value == {}:
            continue
        if path in ways and isinstance(value, Mapping):
            yield from _strangers(value, path, ways, ends)
        else:
            yield path


def misshapen(
    values: Mapping[str, Any], defaults: Mapping[str, Any], nullable: Iterable[str] = (), prefix: str = ""
) -> tuple[str, ...]:
    """A sentence for each values path that is null, or of another shape than the chart's default, below `prefix`.

    What a chart makes of such values, if anything, is not modelled. Null is, at the `nullable` paths; one that ends in
    `.*` stands for everything below it.
    """
    free = frozenset(nullable)
    found: list[str] = []
    for key, default in defaults.items():
        path = f"{prefix}{key}"
        if key not in values or (values[key] is None and _free(path, free)):
            continue
        value = values[key]
        if value is None:
            found.append(f"values key {path} is null, which is not modelled")
        elif isinstance(default, Mapping) and not isinstance(value, Mapping):
            found.append(f"values key {path} is no map, which is not modelled")
        elif isinstance(default, list) and not _like(value, default):
            found.append(f"values key {path} is no list of the chart's kind, which is not modelled")
        elif isinstance(default, Mapping):
            found += misshapen(value, default, free, f"{path}.")
    return tuple(found)


def _free(path: str, nullable: frozenset[str]) -> bool:
    parts = path.split(".")
    return path in nullable or any(f"{'.'.join(parts[:length])}.*" in nullable for length in range(1, len(parts)))


def _like(value: Any, default: list[Any]) -> bool:
    """Whether a list holds maps where the default's does."""
    maps = bool(default) and isinstance(default[0], Mapping)
    return isinstance(value, list) and (not maps or all(isinstance(item, Mapping) for item in value))


def complete(entry: Any, *required: str) -> bool:
    """Whether an entry of a list is a map that has these keys."""
    return isinstance(entry, Mapping) and all(entry.get(key) is not None for key in required)
