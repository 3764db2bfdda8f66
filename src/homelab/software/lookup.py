"""Finding the truth about a chart or a kind: the table, imported on use."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from homelab.kube.facts import Expansion
from homelab.software.software import ChartTruth, KindTruth, Release, Software
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
        known = ", ".join(sorted(stamped))
        return Expansion(unknown=(f"chart {release.chart} is known for {known}, pinned {release.version}",))
    return truth.expand(release)
