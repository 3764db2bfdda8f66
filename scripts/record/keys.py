"""Keys: into which parts the values that our components give a chart are taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from record.probe import yaml_file

from homelab.software.records.levels import ABSENT, Words
from homelab.software.records.record import Assignment, Key

ACTION = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
COMPARED = re.compile(r"\b(?:eq|ne|has|hasPrefix|hasSuffix|contains|regexMatch)\b")
ORDERED = re.compile(r"\b(?:gt|ge|lt|le|eq|ne)\b")
TEXT = re.compile(r'"([\w./:-]{1,40})"')
NUMBER = re.compile(r"(?<![\w.\"-])(\d+)(?![\w.\"])")
API = re.compile(r"APIVersions\.Has\s*\(?\s*\"([^\"]+)\"")


def chart_values(folder: Path) -> dict[str, Any]:
    """A chart's own values, with those of its subcharts below their names."""
    own = yaml_file(folder / "values.yaml")
    facts = yaml_file(folder / "Chart.yaml")
    known = {entry["name"]: entry.get("alias") or entry["name"] for entry in facts.get("dependencies") or ()}
    for sub in sorted((folder / "charts").glob("*/Chart.yaml")):
        name = str(yaml_file(sub).get("name"))
        if name in known:
            below = chart_values(sub.parent)
            own[known[name]] = _over(below, own.get(known[name]) or {})
    return own


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = _over(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return result


def keys_of(vectors: Iterable[Mapping[str, Any]], own: Mapping[str, Any]) -> set[Key]:
    """The keys of some values: maps are entered where the chart's own values have something inside."""
    found = {key for values in vectors for key in _leaves(values, own, ())}
    return {key for key in found if not any(key[:length] in found for length in range(1, len(key)))}


def _leaves(values: Mapping[str, Any], own: Any, path: Key) -> Iterator[Key]:
    for key, value in values.items():
        below = own.get(key) if isinstance(own, Mapping) else None
        if isinstance(value, Mapping) and isinstance(below, Mapping) and below:
            yield from _leaves(value, below, (*path, str(key)))
        else:
            yield (*path, str(key))


def assigned(values: Mapping[str, Any], keys: frozenset[Key] | set[Key]) -> Assignment:
    """Values taken apart into keys."""
    found: Assignment = {}
    for key in keys:
        node: Any = values
        for step in key:
            node = node.get(step, ABSENT) if isinstance(node, Mapping) else ABSENT
        if node is not ABSENT:
            found[key] = node
    return found


def names_of(folder: Path) -> tuple[str, ...]:
    """The words that a chart and its subcharts look for in the name of a release: their names, and what overrides them."""
    found = {str(yaml_file(path).get("name", "")) for path in folder.rglob("Chart.yaml")}
    found |= {str(yaml_file(path).get("nameOverride") or "") for path in folder.rglob("values.yaml")}
    return tuple(sorted(found - {""}))


def words_of(folder: Path) -> tuple[Words, tuple[str, ...]]:
    """What a chart's templates compare with, and the API versions that they ask for."""
    numbers: set[int] = set()
    texts: set[str] = set()
    apis: set[str] = set()
    for path in sorted(folder.rglob("templates/**/*")):
        if not path.is_file() or path.suffix not in {".yaml", ".yml", ".tpl", ".txt", ".json"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        apis.update(API.findall(text))
        for action in ACTION.findall(text):
            if COMPARED.search(action):
                texts.update(TEXT.findall(action))
            if ORDERED.search(action):
                numbers.update(int(n) for n in NUMBER.findall(action) if len(n) < 7)
    return Words(tuple(sorted(numbers)), tuple(sorted(texts))), tuple(sorted(apis))
