"""Two owners of one object: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.inventory import Clash, Inventory


@check(severity=Severity.HIGH)
def object_declared_twice(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """One object is declared in two places: they overwrite each other, and when one goes the object goes."""
    for clash in inventory.clashes:
        if clash.second.origin.maker == "operator":
            continue
        if _apart(clash):
            where = " and ".join(sorted({_folder(r.origin.file) for r in (clash.first, clash.second)}))
            yield Unjudged(
                f"objects declared in {where}",
                "no Application says whether both go to one cluster",
                inventory.place(clash.second, "metadata.name"),
            )
            continue
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


def _apart(clash: Clash) -> bool:
    """Whether the two stand in folders of their own that no Application deploys: each may be another cluster's."""
    first, second = clash.first.origin, clash.second.origin
    return not first.application and not second.application and _folder(first.file) != _folder(second.file)


def _folder(file: str) -> str:
    return file.rpartition("/")[0] or "."
