"""A chart newer than what is known of it: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.installed import pins
from homelab.kube.inventory import Inventory
from homelab.software.lookup import chart_truth


@check(severity=Severity.INFO)
def chart_version_unproved(inventory: Inventory) -> Iterator[Accusation]:
    """A chart is pinned at a version for which nobody compared what it makes: judgement about it is incomplete."""
    for pin in pins(inventory):
        truth = chart_truth(pin.chart, pin.repository)
        if truth is None or pin.version.removeprefix("v") in {stamp.removeprefix("v") for stamp in truth.stamped}:
            continue
        known = ", ".join(sorted(truth.stamped))
        yield Accusation(
            pin.resource,
            f"chart {pin.chart} is pinned at {pin.version or 'no version'}; what it makes was compared for {known}",
            field=pin.field,
            place=pin.place,
            hint=f"pin {known}, or judge with helm at hand",
        )
