"""A chart newer than what is known of it: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.installed import pins
from homelab.kube.inventory import Inventory
from homelab.software.lookup import versions


@check(severity=Severity.INFO)
def chart_version_unproved(inventory: Inventory) -> Iterator[Accusation]:
    """A chart is pinned at a version for which nobody recorded what it makes: judgement about it takes the nearest."""
    for pin in pins(inventory):
        recorded = versions(pin.chart, pin.repository)
        if not recorded or pin.version.removeprefix("v") in recorded:
            continue
        known = ", ".join(recorded)
        yield Accusation(
            pin.resource,
            f"chart {pin.chart} is pinned at {pin.version or 'no version'}; what it makes is recorded for {known}",
            field=pin.field,
            place=pin.place,
            hint=f"pin {known}, or judge with helm at hand",
        )
