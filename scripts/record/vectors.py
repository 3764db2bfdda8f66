"""Vectors: the values that our components give a chart, over the examples, their settings, practices and actions."""

from __future__ import annotations

import typing
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from record.typical import TYPICAL

from homelab.catalog.component import because
from homelab.catalog.plan import Plan, parts_of, pin
from homelab.catalog.providers import catalog
from homelab.errors import HomelabError
from homelab.findings import SpecEdit
from homelab.lab.actions import CANDIDATES
from homelab.lab.pipeline import Lab
from homelab.spec.practices import Practices

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ("enterprise", "guide", "two-boxes", "starter")
DEFAULTS = "defaults"
"""The source of the vector without any values, which is nobody's."""

ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIP/G/2lNdJ+qnEouBghfpGAH5TGrPXMSiZF6kMB2tEtO"
OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIFKoaltZD/zykxDOAQyxw1SHAt583i/Dx1BPBSzRiX5C"
CURVE = (
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBD/aeth/BfyL9MQG/gsN0eNANs5X2+H0nfz2/25WCvZE7NTNKToRBUT9+rCBKEoc+y/z"
    "3XKHYCr5aK3YXZuN7qE="
)
SERVERS = (
    [
        f"[auto-aws-gke-hard-no-soft-true-yes.lan]:2222 ssh-ed25519 {ED25519}",
        f"nas.lan,10.0.0.9 ecdsa-sha2-nistp256 {CURVE}",
    ],
    [f"nas.lan ssh-ed25519 {OTHER}"],
)
"""Host keys with every letter that such a line may have; one of them with the words that charts compare with, which stand in
keys by chance, the other without."""


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


def variants(name: str, lab: Lab) -> Iterator[tuple[str, Lab, str]]:
    """The lab with each component that it does not have, and the component's name."""
    for component in catalog():
        if component.name not in lab.plan.by_name and not component.application:
            try:
                other = lab.edited([SpecEdit(f"components.{component.name}", {})])
                _ = other.plan
            except HomelabError:
                continue
            yield f"{name}: {component.name}", other, component.name


def edits(lab: Lab, only: str = "") -> Iterator[tuple[str, list[SpecEdit]]]:
    """Every single change of a setting, a practice or the host keys that can be tried in a lab; of the settings of one component `only`."""
    for name in Practices.model_fields:
        now = getattr(lab.homelab.practices, name)
        yield f"practices.{name}", [SpecEdit(f"practices.{name}", not now)]
    for number, lines in enumerate(SERVERS if not only else ()):
        yield f"git.host_keys={number}", [SpecEdit("git.host_keys", lines)]
    for choice in lab.plan.choices:
        if only not in {"", choice.name}:
            continue
        section = "apps" if choice.component.application else "components"
        for path, value in _changed(choice.settings):
            yield f"{section}.{choice.name}.{path}={value}", [SpecEdit(f"{section}.{choice.name}.{path}", value)]


def _changed(settings: BaseModel) -> Iterator[tuple[str, Any]]:
    """Paths in settings with other values; of maps of settings the first entry is taken for all."""
    for name, info in type(settings).model_fields.items():
        now = getattr(settings, name)
        if name == "practices":
            continue
        if isinstance(now, BaseModel):
            yield from ((f"{name}.{path}", value) for path, value in _changed(now))
        elif isinstance(now, dict) and now and all(isinstance(each, BaseModel) for each in now.values()):
            first = next(iter(now))
            yield from ((f"{name}.{first}.{path}", value) for path, value in _changed(now[first]))
        else:
            yield from ((name, value) for value in others(info.annotation, now))
            if isinstance(now, int | float) and info.metadata:
                yield from ((name, value) for value in (now + 3600, now + 86400, now * 2))


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
            if isinstance(each, type) and issubclass(each, BaseModel):
                yield from _filled(each)
    elif isinstance(now, str):
        yield from _texts(now)
    if type(None) in arguments and now is not None:
        yield None


def _filled(kind: type[BaseModel]) -> Iterator[dict[str, Any]]:
    """A section with what it requires, as words or as addresses."""
    required = [info.alias or name for name, info in kind.model_fields.items() if info.is_required()]
    for word in ("zqword", "zqword@example.org", "https://zqword.example.org"):
        yield dict.fromkeys(required, word)


def _texts(now: str) -> Iterator[str]:
    import re

    if number := re.search(r"\d+", now):
        yield f"{now[: number.start()]}{int(number[0]) + 1}{now[number.end() :]}"
    elif now:
        yield f"{now}q"


def subsets(lab: Lab) -> Iterator[tuple[str, list[SpecEdit]]]:
    """Every set of the requirement's eleven actions, as edits of the lab."""
    actions = [(each.name, each.edits(lab.plan)) for each in CANDIDATES if each.phase]
    for chosen in product((False, True), repeat=len(actions)):
        taken = [action for action, on in zip(actions, chosen, strict=True) if on]
        yield " + ".join(name for name, _ in taken), [edit for _, edits in taken for edit in edits]


def lax() -> Iterator[tuple[str, list[SpecEdit]]]:
    """A lab with every set of those practices switched off that change what charts make."""
    names = ("budgets", "spread", "probes", "requests", "security_contexts", "monitors")
    for chosen in product((False, True), repeat=len(names)):
        off = [name for name, on in zip(names, chosen, strict=True) if not on]
        yield "without " + ", ".join(off), [SpecEdit(f"practices.{name}", value=False) for name in off]


def gathered(charts: Iterable[tuple[str, str]] = (), *, quick: bool = False) -> dict[tuple[str, str], list[Vector]]:
    """(chart, version) → its vectors, without repetitions; the examples' own come first.

    Of the `charts` (name, version) at hand those with typical values are taken, too; last of each chart comes what it
    makes without any values.
    """
    found: dict[tuple[str, str], dict[str, Vector]] = defaultdict(dict)
    all_labs = labs()
    for name, lab in all_labs.items():
        _take(found, of_plan(lab.plan, name))
    for name, lab in all_labs.items() if not quick else ():
        for place, other, fresh in ((name, lab, ""), *variants(name, lab)):
            _take(found, of_plan(other.plan, place))
            for label, change in edits(other, fresh):
                try:
                    plan = other.edited(change).plan
                except (HomelabError, ValueError, TypeError, AttributeError):
                    continue
                _take(found, of_plan(plan, f"{place}: {label}"))
    places = list(all_labs.items())
    places += [(place, lab) for place, lab, _ in variants("starter", all_labs["starter"])] if not quick else []
    for name, lab in places if not quick else ():
        for label, change in (*lax(), *(subsets(lab) if name == "two-boxes" else ())):
            _take(found, of_plan(lab.edited(change).plan, f"{name}: {label}"))
    kubernetes = ".".join(all_labs[EXAMPLES[0]].homelab.versions.kubernetes.split(".")[:2])
    for chart, version in charts:
        repository, listed = TYPICAL.get(chart, ("", []))
        more = (Vector(chart, version, repository, chart, chart, kubernetes, values, "typical") for values in listed)
        _take(found, more)
    for vectors in list(found.values()) if not quick else ():
        first = next(iter(vectors.values()))
        _take(found, iter([replace(first, values={}, source=DEFAULTS)]))
    return {key: list(vectors.values()) for key, vectors in found.items()}


def _take(found: dict[tuple[str, str], dict[str, Vector]], vectors: Iterator[Vector]) -> None:
    import json

    for vector in vectors:
        text = json.dumps([vector.values, vector.kubernetes], sort_keys=True)
        found[vector.chart, vector.version].setdefault(text, vector)
