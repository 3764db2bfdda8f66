"""Finding the truth about a chart or a kind: the table, imported on use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from homelab.kube.facts import Expansion, Fact
from homelab.kube.resource import Resource
from homelab.kube.workload import Workload
from homelab.software.records import store
from homelab.software.records.judged import bodies
from homelab.software.seen import Around, runs, says, words_of
from homelab.software.software import ChartTruth, ImageTruth, KindTruth, Release, Software
from homelab.software.table import SOFTWARE


@cache
def systems() -> tuple[Software, ...]:
    """Every upstream system we know, in the order of the table."""
    found = []
    for entry in SOFTWARE:
        module, _, name = entry.partition(":")
        found.append(getattr(import_module(module), name))
    return tuple(found)


@cache
def chart_truth(chart: str, repository: str) -> ChartTruth | None:
    """What is known of a chart by its name and the repository that publishes it."""
    for system in systems():
        for truth in system.charts:
            if truth.chart == chart and any(part in repository for part in truth.repositories):
                return truth
    return None


@cache
def kind_truths() -> dict[tuple[str, str], KindTruth]:
    """(API group, kind) to what its operator makes of it."""
    return {(truth.group, truth.kind): truth for system in systems() for truth in system.kinds}


def expand(release: Release) -> Expansion:
    """What a chart makes at this version with these values; says unknown where that was never compared."""
    truth = chart_truth(release.chart, release.repository)
    if truth is None:
        return Expansion(unknown=(f"chart {release.chart} of {release.repository} is not known",))
    version = release.version.removeprefix("v")
    stamped = {stamp.removeprefix("v") for stamp in truth.stamped}
    if version not in stamped:
        return _assumed(release, sorted(stamped))
    return truth.expand(release)


def _assumed(release: Release, stamped: list[str]) -> Expansion:
    """What a version that nobody compared makes: what the record of the nearest one says, and that it does."""
    near = store.nearest(release.chart, release.version)
    if near is None:
        return Expansion(
            unknown=(f"chart {release.chart} is known for {', '.join(stamped)}, pinned {release.version}",)
        )
    made = recorded(release, near)
    if made.unknown:
        taken = f"chart {release.chart} {release.version} is taken for {near}"
        return replace(made, unknown=tuple(f"{taken}, and {why}" for why in made.unknown))
    return replace(made, assumed=f"chart {release.chart} {release.version} by the record of {near}")


def recorded(release: Release, version: str) -> Expansion:
    """What the record of a version says that a chart makes, or why it says nothing."""
    matters = frozenset(each for each in _asks(release.chart, version) if _served(each, release.api_versions))
    place = (release.name, release.namespace, release.kubernetes, matters, release.crds)
    return _answered(release.chart, version, json.dumps(release.values, sort_keys=True, default=str), place)


@lru_cache(maxsize=512)
def _answered(chart: str, version: str, values: str, place: tuple[Any, ...]) -> Expansion:
    name, namespace, kubernetes, apis, crds = place
    record = store.load(chart, version, name, namespace)
    if record is None:
        return Expansion(unknown=(f"chart {chart} is not recorded for {version}",))
    if other := record.fits(name, namespace):
        return Expansion(unknown=(f"chart {chart} {other}",))
    asked = record.assigned(json.loads(values), kubernetes, apis, crds=crds)
    found = asked if isinstance(asked, tuple) else record.answer(asked)
    if isinstance(found, tuple):
        return Expansion(unknown=found)
    return Expansion(tuple(bodies(found)), tuple(record.governs.get(who, "") for who in found))


@cache
def _asks(chart: str, version: str) -> frozenset[str]:
    """The API versions that a chart asks its cluster for."""
    record = store.load(chart, version, "", "")
    return frozenset(key[1] for key in record.keys if key[0] == "@api") if record else frozenset()


def _served(asked: str, apis: frozenset[str]) -> bool:
    """Whether a cluster with these API versions has what a chart asks for; one without kinds stands for all of its kinds."""
    return asked in apis or (asked.count("/") > 1 and asked.rpartition("/")[0] in apis)


@cache
def _programs() -> Mapping[str, tuple[ImageTruth, ...]]:
    """The last part of an image's name to what is known of such images."""
    found: dict[str, list[ImageTruth]] = {}
    for system in systems():
        for truth in system.programs:
            found.setdefault(truth.image.rpartition("/")[2], []).append(truth)
    return {key: tuple(truths) for key, truths in found.items()}


def facts_of(
    workload: Workload, beside: tuple[Workload, ...], services: tuple[Resource, ...], configs: tuple[Resource, ...]
) -> Iterator[Fact]:
    """What is true of a workload by the images it runs, however it was installed; the others stand in its namespace."""
    known = _programs()
    for container in workload.containers:
        last = container.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
        for truth in known.get(last, ()):
            if runs(container.image, truth.image) and says(words_of(container), truth.word):
                yield from truth.facts(Around(workload, container, beside, services, configs))
