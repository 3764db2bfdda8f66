"""Finding the truth about a chart or a kind: the table, imported on use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from homelab.kube.facts import Expansion, Fact, Obscure
from homelab.kube.resource import Manifest, Resource
from homelab.kube.scope import built_in
from homelab.kube.workload import Workload
from homelab.software.records import store
from homelab.software.records.judged import bodies
from homelab.software.seen import Around, runs, says, words_of
from homelab.software.software import ChartSource, ImageTruth, KindTruth, Release, Software
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
def chart_source(chart: str, repository: str) -> ChartSource | None:
    """The chart of this name in the repository that publishes it, where it is one that we know."""
    for system in systems():
        for source in system.charts:
            if source.chart == chart and any(part in repository for part in source.repositories):
                return source
    return None


def versions(chart: str, repository: str) -> tuple[str, ...]:
    """The versions of a chart that are recorded, oldest first."""
    return store.versions(chart) if chart_source(chart, repository) else ()


@cache
def kind_truths() -> dict[tuple[str, str], KindTruth]:
    """(API group, kind) to what its operator makes of it."""
    return {(truth.group, truth.kind): truth for system in systems() for truth in system.kinds}


def annotated(body: Manifest) -> Iterator[Fact]:
    """What the annotations of an object say."""
    for system in systems():
        if system.annotated is not None:
            yield from system.annotated(body)


def strangers(resources: Iterable[Resource]) -> Iterator[Fact]:
    """The custom resources of which nobody here knows what is made of them."""
    truths, quiet = kind_truths(), {group for system in systems() for group in system.quiet}
    for resource in resources:
        group = resource.group
        if not built_in(group) and group not in quiet and (group, resource.kind) not in truths:
            yield Obscure(resource.subject)


def surroundings(groups: frozenset[str], runs: str) -> Iterator[Fact]:
    """What stands in a cluster that nobody deployed, by the API groups in use and what runs the nodes."""
    for system in systems():
        if system.surroundings is not None:
            yield from system.surroundings(groups, runs)


def expand(release: Release) -> Expansion:
    """What a chart makes with these values by the record of its version, else of the nearest one, which is then assumed."""
    if chart_source(release.chart, release.repository) is None:
        return Expansion(unknown=(f"chart {release.chart} of {release.repository} is not known",))
    version = release.version.removeprefix("v")
    near = store.nearest(release.chart, version)
    if near is None:
        return Expansion(unknown=(f"chart {release.chart} is not recorded",))
    made = recorded(release, near)
    if near == version:
        return made
    if made.unknown:
        taken = f"chart {release.chart} {release.version} is taken for {near}"
        return replace(made, unknown=tuple(f"{taken}, and {why}" for why in made.unknown))
    return replace(made, assumed=f"chart {release.chart} {release.version} by the record of {near}")


def governed(release: Release) -> Mapping[tuple[str, str], str]:
    """(kind, name) of the objects that the nearest record knows, to the part of the values that says most about each."""
    source = chart_source(release.chart, release.repository)
    near = store.nearest(release.chart, release.version) if source else None
    record = store.load(release.chart, near, release.name, release.namespace) if near else None
    if record is None:
        return {}
    return {_kind_and_name(who): key for who, key in record.governed(release.values).items()}


def _kind_and_name(who: str) -> tuple[str, str]:
    kind, _, rest = who.partition(" ")
    return kind, rest.partition("/")[2]


def said(release: Release) -> tuple[Fact, ...]:
    """What the values of a chart say that none of its objects does."""
    source = chart_source(release.chart, release.repository)
    return tuple(source.says(release)) if source else ()


def recorded(release: Release, version: str) -> Expansion:
    """What the record of a version says that a chart makes, or why it says nothing."""
    matters = frozenset(each for each in store.asks(release.chart, version) if _served(each, release.api_versions))
    minor = ".".join(release.kubernetes.split(".")[:2])
    place = (release.name, release.namespace, minor, matters, release.crds)
    return _answered(release.chart, version, json.dumps(release.values, sort_keys=True, default=str), place)


@lru_cache(maxsize=512)
def _answered(chart: str, version: str, values: str, place: tuple[Any, ...]) -> Expansion:
    name, namespace, kubernetes, apis, crds = place
    record = store.load(chart, version, name, namespace)
    if record is None:
        return Expansion(unknown=(f"chart {chart} {version} is recorded for no release {name!r} in {namespace!r}",))
    if other := record.names.refuses(name, namespace):
        return Expansion(unknown=(f"chart {chart} {other}",))
    given = json.loads(values)
    asked = record.assigned(given, kubernetes, apis, crds=crds)
    if isinstance(asked, tuple):
        return Expansion(unknown=asked)
    found = record.answer(asked)
    if isinstance(found, tuple):
        return Expansion(unknown=found)
    governed = record.governed(given)
    return Expansion(tuple(bodies(found)), tuple(governed.get(who, "") for who in found))


def forget() -> None:
    """Drop every answer that was kept."""
    _answered.cache_clear()


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
