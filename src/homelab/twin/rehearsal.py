"""A rehearsal: the lab is built by the real Argo CD, things are broken on purpose, and what came of it is told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from homelab.findings import Finding
from homelab.lab.told import Told, silent
from homelab.twin.applied import Applied, awaited, blocked, refused
from homelab.twin.callbacks.record import not_evaluated
from homelab.twin.drills.run import Drilled, known_names, run
from homelab.twin.sources import Rewritten
from homelab.twin.standins.runner import reported
from homelab.twin.twin import AS_WRITTEN, Twin


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of a rehearsal.

    Attributes:
        kubernetes: the version that the control plane says of itself.
        applied: the Applications in the end.
        findings: what real programs refused or left waiting.
        rewritten: addresses that were changed.
        stood_in: what was made in place of programs that do not run here, each a sentence.
        operators: those that were real.
        drilled: what was broken on purpose; empty where the lab did not converge.
        seconds: of each part.
    """

    kubernetes: str
    applied: Applied
    findings: tuple[Finding, ...]
    rewritten: tuple[Rewritten, ...]
    stood_in: tuple[str, ...]
    operators: tuple[str, ...]
    drilled: tuple[Drilled, ...]
    seconds: dict[str, float]

    @property
    def good(self) -> bool:
        """Whether everything is there, nothing was refused, and every drill went as predicted."""
        return self.applied.whole and not self.findings and all(each.well for each in self.drilled)


def rehearsed(
    twin: Twin,
    seconds: float,
    *,
    only: Collection[str] = (),
    drills: bool = True,
    order: str = AS_WRITTEN,
    told: Told = silent,
) -> Rehearsal:
    """Build a lab in its twin, for at most `seconds`, then play the drills that are asked for.

    Raises:
        ToolError: a program of the twin is missing, ends or does not come up.
        UsageError: `only` names no drill of this lab.
    """
    known_names(only)
    began = time.monotonic()
    twin.start()
    ready = time.monotonic() - began
    twin.begin(order)
    expected = {r.name for r in twin.inventory.resources if r.kind == "Application"}
    applied = awaited(twin.api, expected, seconds, told, twin.mend)
    findings = refused(twin.api, twin.inventory)
    version = twin.api.call("GET", "/version")["gitVersion"]
    began = time.monotonic()
    drilled = run(twin, only, told) if drills and applied.whole else ()
    stuck = {
        name: said for each in drilled if each.record.drained is False for name, said in each.record.blocked.items()
    }
    return Rehearsal(
        version.removeprefix("v"),
        applied,
        (*findings, *blocked(stuck, twin.inventory)),
        tuple(twin.rewritten),
        _stood_in(twin),
        twin.operators.started,
        drilled,
        {"control plane": ready, "lab": applied.seconds, "drills": time.monotonic() - began},
    )


def _stood_in(twin: Twin) -> tuple[str, ...]:
    """Everything that was no real program, a sentence each."""
    made = [
        f"{each['for']}: {len(each['made'])} objects made, {len(each['said'])} told how they are"
        for each in reported(twin.standins)
    ]
    hooks = Counter((each.by, each.service) for each in not_evaluated(twin.callbacks))
    calls = [
        f"{by} at {service}: {count} calls answered, not evaluated" for (by, service), count in sorted(hooks.items())
    ]
    anew = [f"{name} ended and was started anew, {count} times" for name, count in sorted(twin.mended.items())]
    absent = [f"{name} does not run here: {why}" for name, why in sorted(twin.operators.absent.items())]
    return (*twin.added, *made, *calls, *absent, *anew)
