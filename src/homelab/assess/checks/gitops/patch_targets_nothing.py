"""A patch without effect: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity, Subject
from homelab.kube.inventory import Effect, Inventory


@check(severity=Severity.LOW)
def patch_targets_nothing(inventory: Inventory) -> Iterator[Accusation]:
    """A patch whose target selects no object: kustomize says nothing, and what it was to change stays as it is."""
    for gap in dict.fromkeys(gap for gap in inventory.unknown if gap.effect is Effect.IDLE):
        yield Accusation(
            gap.subject or Subject("Kustomization", gap.what),
            f"{gap.why}: {gap.what} has no effect",
            place=gap.place,
            hint="name in the target what is there; names are whole regular expressions",
        )
