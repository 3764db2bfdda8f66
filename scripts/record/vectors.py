"""Vectors: the values that our components give a chart, over the examples, their settings, practices and actions."""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from homelab.catalog.component import because
from homelab.catalog.plan import Plan, parts_of, pin
from homelab.catalog.providers import catalog
from homelab.errors import HomelabError
from homelab.findings import SpecEdit
from homelab.lab.pipeline import Lab
from homelab.spec.practices import Practices

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("enterprise", "guide", "two-boxes", "starter")


@dataclass(frozen=True)
class Vector:
    """Values that a component gives a chart, and where they come from."""

    chart: str
    version: str
    repository: str
    release: str
    namespace: str
    kubernetes: str
    values: dict[str, Any]
    source: str


def plain(value: Any) -> Any:
    """Values without the reasons beside them, as YAML would hold them."""
    if isinstance(value, because):
        return plain(value.value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def of_plan(plan: Plan, source: str) -> Iterator[Vector]:
    """The vectors of one plan."""
    kubernetes = ".".join(plan.homelab.versions.kubernetes.split(".")[:2])
    for choice in plan.choices:
        for part in parts_of(plan, choice):
            if part.chart is not None:
                values = plain(part.values(plan, choice.settings)) if part.values else {}
                yield Vector(
                    part.chart.name,
                    pin(plan, part),
                    part.chart.repository,
                    part.release or part.name,
                    part.namespace,
                    kubernetes,
                    values,
                    source,
                )


def labs() -> dict[str, Lab]:
    """The examples."""
    return {name: Lab.load(str(ROOT / "examples" / name / "homelab.yaml")) for name in EXAMPLES}


def variants(name: str, lab: Lab) -> Iterator[tuple[str, Lab]]:
    """The lab with each component that it does not have."""
    for component in catalog():
        if component.name not in lab.plan.by_name and not component.application:
            try:
                other = lab.edited([SpecEdit(f"components.{component.name}", {})])
                _ = other.plan
            except HomelabError:
                continue
            yield f"{name}: {component.name}", other


def edits(lab: Lab) -> Iterator[tuple[str, list[SpecEdit]]]:
    """Every single change of a setting or a practice that can be tried in a lab."""
    for name in Practices.model_fields:
        now = getattr(lab.homelab.practices, name)
        yield f"practices.{name}", [SpecEdit(f"practices.{name}", not now)]
    for choice in lab.plan.choices:
        section = "apps" if choice.component.application else "components"
        for name, info in type(choice.settings).model_fields.items():
            if name in {"practices", "environments"}:
                continue
            for value in others(info.annotation, getattr(choice.settings, name)):
                yield f"{section}.{choice.name}.{name}={value}", [SpecEdit(f"{section}.{choice.name}.{name}", value)]


def others(kind: Any, now: Any) -> Iterator[Any]:
    """Other values of an option, by its type."""
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is Literal:
        yield from (value for value in arguments if value != now)
    elif isinstance(now, bool):
        yield not now
    elif isinstance(now, int):
        yield from (value for value in (1, 2, 3, now + 1, now * 2) if value != now)
    elif now is None:
        for each in arguments:
            yield from {bool: (True, False), int: (1, 2, 3), str: ("zqword", "10Gi")}.get(each, ())
    elif isinstance(now, str):
        yield from _texts(now)
    if type(None) in arguments and now is not None:
        yield None


def _texts(now: str) -> Iterator[str]:
    import re

    if number := re.search(r"\d+", now):
        yield f"{now[: number.start()]}{int(number[0]) + 1}{now[number.end() :]}"
    elif now:
        yield f"{now}q"


def gathered(*, quick: bool = False) -> dict[tuple[str, str], list[Vector]]:
    """(chart, version) → its vectors, without repetitions; the examples' own come first."""
    found: dict[tuple[str, str], dict[str, Vector]] = defaultdict(dict)
    all_labs = labs()
    for name, lab in all_labs.items():
        _take(found, of_plan(lab.plan, name))
    for name, lab in all_labs.items() if not quick else ():
        for place, other in ((name, lab), *variants(name, lab)):
            _take(found, of_plan(other.plan, place))
            for label, change in edits(other):
                try:
                    plan = other.edited(change).plan
                except (HomelabError, ValueError, TypeError, AttributeError):
                    continue
                _take(found, of_plan(plan, f"{place}: {label}"))
    return {key: list(vectors.values()) for key, vectors in found.items()}


def _take(found: dict[tuple[str, str], dict[str, Vector]], vectors: Iterator[Vector]) -> None:
    import json

    for vector in vectors:
        text = json.dumps([vector.values, vector.kubernetes], sort_keys=True)
        found[vector.chart, vector.version].setdefault(text, vector)
