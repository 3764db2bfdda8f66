"""A manifest nobody deploys: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory

PROMISES = frozenset(
    {"Schedule", "ScheduledBackup", "BackupStorageLocation", "NetworkPolicy", "CiliumNetworkPolicy", "PrometheusRule",
     "PodDisruptionBudget", "SealedSecret", "ExternalSecret", "CiliumClusterwideNetworkPolicy"}
)  # fmt: skip
"""Kinds on which somebody relies without looking."""


@check(severity=Severity.LOW)
def unreachable_manifest(inventory: Inventory) -> Iterator[Accusation]:
    """A manifest that no Application reaches: it looks deployed, and is not."""
    for file, entries in groupby(sorted(inventory.dead, key=lambda d: (d.file, d.index)), key=lambda d: d.file):
        dead = list(entries)
        relied = [d for d in dead if d.subject.kind in PROMISES]
        first = (relied or dead)[0]
        more = f" and {len(dead) - 1} more" if len(dead) > 1 else ""
        yield Accusation(
            first.subject,
            f"no Application reaches {file}: {first.subject.kind} {first.subject.name}{more} does not exist in the cluster",
            hint="list it in a kustomization that is deployed, or delete it",
            severity=Severity.MEDIUM if relied else Severity.LOW,
            place=inventory.locate(file, first.index, ("kind",)),
            group=f"unreachable below {file.rpartition('/')[0] or '.'}",
        )
