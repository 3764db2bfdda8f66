"""An object that its kind does not allow: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.admission.fits import UNKNOWN, misfits
from homelab.kube.inventory import Inventory

TOLD = 3
"""Mistakes of one object that a sentence names; the rest is counted."""


@check(severity=Severity.HIGH)
def schema_invalid(inventory: Inventory) -> Iterator[Accusation]:
    """An object has fields that its kind does not know, or values that it does not take: refused, or not as meant."""
    for resource, errors in misfits(inventory):
        told = "; ".join(map(str, errors[:TOLD]))
        rest = len(errors) - TOLD
        dropped = all(error.message.startswith(UNKNOWN) for error in errors)
        yield Accusation(
            resource,
            f"{resource.kind} {resource.name} does not fit its schema: {told}{f'; and {rest} more' if rest > 0 else ''}",
            field=".".join(map(str, errors[0].path)),
            hint="correct the spelling or the value; kubectl explain shows what there is",
            severity=Severity.MEDIUM if dropped else None,
        )
