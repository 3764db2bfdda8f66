"""Option paths: `nodes.ctrl-0.address`, how every report names a place in homelab.yaml.

Dots separate keys; digits are list indices where a list stands, and `0` where nothing stands yet. Below `use` and `rates` the rest is one key
(`use.storage.block`), and where a key of the file itself holds a dot, the longest key that exists is taken.
"""

from __future__ import annotations

from typing import Any

WHOLE = frozenset({"use", "rates"})
"""Sections whose keys are dotted names: the rest of the path is one key."""

Steps = tuple[str | int, ...]
"""Keys and list indices from the root of the file."""


def steps(option: str, data: Any) -> Steps:
    """The keys and indices that an option path names in `data`; what does not exist yet is split at its dots."""
    if not option:
        return ()
    names = option.split(".")
    if names[0] in WHOLE and len(names) > 1:
        return (names[0], *_below(".".join(names[1:]), data))
    found: list[str | int] = []
    at = data
    while names:
        step, count = _next(names, at)
        found.append(step)
        names = names[count:]
        at = child(at, step)
    return tuple(found)


def child(data: Any, step: str | int) -> Any:
    """The value below a key or an index, None where there is none."""
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def joined(path: Steps) -> str:
    """The option path of keys and indices."""
    return ".".join(map(str, path))


def _below(rest: str, data: Any) -> Steps:
    """`storage.block` is one key of `use`; below a rate's name its fields follow: `mttf`, `mttr`, `reason`."""
    name, _, last = rest.rpartition(".")
    return (name, last) if last in {"mttf", "mttr", "reason"} and not _has(data, "use", rest) else (rest,)


def _has(data: Any, section: str, key: str) -> bool:
    inside = child(data, section)
    return isinstance(inside, dict) and key in inside


def _next(names: list[str], at: Any) -> tuple[str | int, int]:
    if (isinstance(at, list) and names[0].isdecimal()) or (at is None and names[0] == "0"):
        return int(names[0]), 1
    if isinstance(at, dict):
        for count in range(len(names), 0, -1):
            if (key := ".".join(names[:count])) in at:
                return key, count
    return names[0], 1
