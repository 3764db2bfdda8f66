"""Versions that were not made for each other: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.assess.domains import place
from homelab.findings import Severity, Subject
from homelab.ground import FILE, Ground
from homelab.kube.installed import pins
from homelab.kube.inventory import Inventory
from homelab.software.lookup import systems
from homelab.software.software import Support


@check(severity=Severity.MEDIUM)
def version_combination_unsupported(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A version runs on a Kubernetes that its makers do not support, cannot run on it at all, or gets no more fixes."""
    ground = inventory.ground
    tables = {t.chart: s.support for s in systems() for t in s.charts if s.support}
    supported = [pin for pin in pins(inventory) if pin.chart in tables]
    if ground is None or not ground.kubernetes:
        if supported:
            yield Unjudged("versions of charts", f"nobody says which Kubernetes runs; {FILE} may")
        return
    minor = ".".join(ground.kubernetes.split(".")[:2])
    for pin in supported:
        row = next((r for r in tables[pin.chart] if _begins(pin.version, r.chart or r.line)), None)
        verdict = _verdict(row, minor) if row else None
        if row and row.ends:
            yield Accusation(
                pin.resource,
                f"{pin.chart} {pin.version} (line {row.line}) gets no fixes after {row.ends} ({row.source})",
                field=pin.field,
                place=pin.place,
                hint="go on to the next line",
                since=row.ends,
            )
        if row and verdict:
            yield Accusation(
                pin.resource,
                f"{pin.chart} {pin.version} (line {row.line}) {verdict[0]} Kubernetes {minor}; it is made for"
                f" {', '.join(row.supported or row.runs)} ({row.source})",
                field=pin.field,
                place=pin.place,
                hint="another line of the chart, or another Kubernetes",
                severity=verdict[1],
            )
    yield from _talos(inventory, ground, minor)


def _talos(inventory: Inventory, ground: Ground, minor: str) -> Iterator[Accusation]:
    rows = next((system.support for system in systems() if system.name == "talos"), ())
    row = next((r for r in rows if ground.talos and _begins(ground.talos, r.line)), None)
    if row and (verdict := _verdict(row, minor)):
        yield Accusation(
            Subject("Homelab", ground.name),
            f"Talos {ground.talos} {verdict[0]} Kubernetes {minor}; it runs {row.runs[0]} to {row.runs[-1]}",
            hint="upgrade Talos first, then Kubernetes",
            severity=verdict[1],
            place=place(inventory, "talos"),
            option="versions.talos",
        )


def _begins(version: str, line: str) -> bool:
    return f"{version.removeprefix('v')}.".startswith(f"{line.removeprefix('v')}.")


def _verdict(row: Support, minor: str) -> tuple[str, Severity] | None:
    if row.runs and minor not in row.runs:
        return "does not run on", Severity.HIGH
    if row.supported and minor not in row.supported:
        return "is not supported on", Severity.MEDIUM
    return None
