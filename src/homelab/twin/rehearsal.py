"""A rehearsal: the lab is built by the real Argo CD, and what came of it is told."""

from __future__ import annotations

import time
from dataclasses import dataclass

from homelab.findings import Finding
from homelab.lab.told import Told, silent
from homelab.twin.applied import Applied, awaited, refused
from homelab.twin.sources import Rewritten
from homelab.twin.twin import Twin


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of a rehearsal.

    Attributes:
        kubernetes: the version that the control plane says of itself.
        applied: the Applications in the end.
        findings: what real programs refused or left waiting.
        rewritten: addresses that were changed.
        stood_in: what was made in place of programs that do not run here.
        operators: those that were real.
        seconds: of each part.
    """

    kubernetes: str
    applied: Applied
    findings: tuple[Finding, ...]
    rewritten: tuple[Rewritten, ...]
    stood_in: tuple[str, ...]
    operators: tuple[str, ...]
    seconds: dict[str, float]

    @property
    def good(self) -> bool:
        """Whether everything is there and nothing was refused."""
        return self.applied.whole and not self.findings


def rehearsed(twin: Twin, seconds: float, told: Told = silent) -> Rehearsal:
    """Build a lab in its twin, for at most `seconds`.

    Raises:
        ToolError: a program of the twin is missing, ends or does not come up.
    """
    began = time.monotonic()
    twin.start()
    ready = time.monotonic() - began
    twin.begin()
    expected = {r.name for r in twin.inventory.resources if r.kind == "Application"}
    applied = awaited(twin.api, expected, seconds, told, twin.operators.look)
    version = twin.api.call("GET", "/version")["gitVersion"]
    return Rehearsal(
        version.removeprefix("v"),
        applied,
        tuple(refused(twin.api, twin.inventory)),
        tuple(twin.rewritten),
        tuple(twin.added),
        tuple(twin.operators.started),
        {"control plane": ready, "lab": applied.seconds},
    )
