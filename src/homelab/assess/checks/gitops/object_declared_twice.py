"""Two owners of one object: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory


@check(severity=Severity.HIGH)
def object_declared_twice(inventory: Inventory) -> Iterator[Accusation]:
    """One object is declared in two places: they overwrite each other, and when one goes the object goes."""
    for clash in inventory.clashes:
        first, second = inventory.place(clash.first), inventory.place(clash.second)
        owners = [r.origin.application for r in (clash.first, clash.second)]
        who = f"by {owners[0]} and {owners[1]}" if len(set(owners)) == 2 and all(owners) else "twice"
        yield Accusation(
            clash.second,
            f"{clash.second.kind} {clash.second.name} is declared {who}; the other is {first}",
            field="metadata.name",
            hint="give it one owner",
            evidence=((f"also declared by {clash.first.origin.via or clash.first.origin.file}", first),),
            place=None if clash.second.origin.maker == "file" else second,
        )
