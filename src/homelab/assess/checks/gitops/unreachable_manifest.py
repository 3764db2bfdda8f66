"""A manifest nobody deploys: see the page beside this file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.inventory import Dead, Inventory

PROMISES = frozenset(
    {"Schedule", "ScheduledBackup", "BackupStorageLocation", "NetworkPolicy", "CiliumNetworkPolicy", "PrometheusRule",
     "PodDisruptionBudget", "SealedSecret", "ExternalSecret", "CiliumClusterwideNetworkPolicy"}
)  # fmt: skip
"""Kinds on which somebody relies without looking."""
NAMED = 4
"""Manifests that a sentence names; the rest is counted."""


@check(severity=Severity.LOW)
def unreachable_manifest(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """A manifest that no Application reaches: it looks deployed, and is not."""
    if inventory.dead and inventory.unread:
        first = inventory.unread[0]
        count = f"{len(inventory.dead)} manifests" if len(inventory.dead) > 1 else inventory.dead[0].file
        yield Unjudged(
            count, f"no Application that was read reaches it, and {first.what} was not read: {first.why}", first.place
        )
        return
    for cause, dead in _causes(inventory).items():
        relied = [each for each in dead if each.subject.kind in PROMISES]
        first_dead = (relied or dead)[0]
        yield Accusation(
            first_dead.subject,
            f"no Application reaches {cause}: {_named(relied, dead)} {'does' if len(dead) == 1 else 'do'} not exist in the cluster",
            hint="list it in a kustomization that is deployed; if it waits on purpose, accept this with a reason",
            severity=Severity.MEDIUM if relied else Severity.LOW,
            place=inventory.locate(first_dead.file, first_dead.index, ("kind",)),
        )


def _named(relied: list[Dead], dead: list[Dead]) -> str:
    shown = [*relied, *(each for each in dead if each not in relied)]
    names = [f"{each.subject.kind} {each.subject.name}" for each in shown[:NAMED]]
    more = len(dead) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _causes(inventory: Inventory) -> dict[str, list[Dead]]:
    """Dead manifests by why they are: the largest folder in which nothing is deployed, else the file itself."""
    live = {parent for file in _live(inventory) for parent in map(str, PurePosixPath(file).parents)}
    found: dict[str, list[Dead]] = defaultdict(list)
    for each in sorted(inventory.dead, key=lambda d: (d.file, d.index)):
        folders = [str(parent) for parent in PurePosixPath(each.file).parents]
        idle = [folder for folder in folders if folder not in live and folder != "."]
        found[idle[-1] if idle else each.file].append(each)
    return {files[0].file if len({d.file for d in files}) == 1 else cause: files for cause, files in found.items()}


def _live(inventory: Inventory) -> set[str]:
    return {r.origin.file for r in inventory.resources} | {s for a in inventory.applications for s in a.sources}
