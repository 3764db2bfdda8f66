"""Parameters of an Application, as helm's `--set`, `--set-string` and `--set-file` lay them over the values of files.

They change the values that the user gave, never those of the chart: `list[0].a` over a list that only the chart has makes
a list of its own, with nothing in it but that (Helm's pkg/strvals).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KEY = re.compile(r"((?:\\.|[^\\.\[=,])*)(\.|\[([^\]]*)\]|$)")
HIGHEST = 65536
"""The highest index that helm takes."""


@dataclass(frozen=True)
class Setting:
    """One parameter.

    Attributes:
        name: where it goes, as helm writes it.
        text: its value; the path of a file where `lies` says in what.
        how: `set`, `string` or `file`, the order in which helm takes them.
        lies: `chart` or `repository` for files that are read only where helm renders.
    """

    name: str
    text: str
    how: str = "set"
    lies: str = ""


class Unsettled(ValueError):
    """A parameter that helm refuses."""


def settled(values: Mapping[str, Any], settings: Iterable[Setting]) -> dict[str, Any]:
    """The values with the parameters laid over them.

    Raises:
        Unsettled: the name or value of a parameter is none that helm reads.
    """
    result = dict(values)
    for each in sorted(settings, key=lambda one: ("set", "string", "file").index(one.how)):
        result = _into(result, _steps(each.name), _value(each))
    return result


def _steps(name: str) -> list[str | int]:
    """The keys and indexes of a name such as `a.b[0].d`; a backslash keeps a dot from parting."""
    steps: list[str | int] = []
    at, fresh = 0, True
    while at < len(name) or fresh:
        found = KEY.match(name, at)
        if found is None or (not found[1] and fresh) or (found[1] and not fresh):
            raise Unsettled(f"{name} is no name of a parameter")
        if found[1]:
            steps.append(re.sub(r"\\(.)", r"\1", found[1]))
        if found[3] is not None:
            if not re.fullmatch(r"[0-9]{1,5}", found[3]) or int(found[3]) > HIGHEST:
                raise Unsettled(f"{found[3]!r} in {name} is no index of a list")
            steps.append(int(found[3]))
        at, fresh = found.end(), found[2] == "."
    return steps


def _into(there: Any, steps: list[str | int], value: Any) -> Any:
    """What stands there with the value in its place; nothing that was given is changed."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if there is not None and not isinstance(there, list):
            raise Unsettled(f"[{step}] stands behind what is no list")
        grown = [*(there or ()), *[None] * (step + 1 - len(there or ()))]
        # an item of another type than the rest of the name means gives way
        kept = grown[step] if not rest or isinstance(rest[0], int) or isinstance(grown[step], Mapping) else None
        grown[step] = _into(kept, rest, value)
        return grown
    if there is not None and not isinstance(there, Mapping):
        raise Unsettled(f"{step} stands below what is no map")
    return {**(there or {}), step: _into((there or {}).get(step), rest, value)}


def _value(setting: Setting) -> Any:
    text, typed = setting.text, setting.how == "set"
    if setting.how == "file":
        return text
    if text.startswith("{"):
        if not text.endswith("}"):
            raise Unsettled(f"the list that is the value of {setting.name} has no end")
        parts = re.findall(r"(?:\\.|[^\\,])*", text[1:-1])
        return [_typed(_plain(part), typed=typed) for part in _items(parts)]
    return _typed(_plain(text), typed=typed)


def _items(parts: list[str]) -> list[str]:
    """The items between commas: after each of them the expression matches nothing once more."""
    found, after = list[str](), False
    for part in parts:
        if part or not after:
            found.append(part)
        after = bool(part)
    return found


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _typed(text: str, *, typed: bool) -> Any:
    if typed and re.fullmatch(r"0|[+-]?[1-9][0-9]{0,18}|[+-]0", text) and -(1 << 63) <= int(text) < 1 << 63:
        return int(text)
    words = {"true": True, "false": False, "null": None}
    return words.get(text, text) if typed else text
