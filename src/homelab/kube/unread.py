"""Unread: why objects of a namespace may exist that nobody here has seen, so that "nothing there" is unknown, not wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from homelab.kube.inventory import Inventory


def unread(inventory: Inventory, namespace: str) -> str | None:
    """Why a namespace may hold more than was read; None where all of it was read."""
    return inventory.once("unread", lambda: _unread(inventory)).get(namespace)


def unread_anywhere(inventory: Inventory) -> str | None:
    """Why the cluster may hold more than was read."""
    return next(iter(inventory.once("unread", lambda: _unread(inventory)).values()), None)


def _unread(inventory: Inventory) -> Mapping[str, str]:
    """Namespaces into which something goes that could not be expanded: charts nobody knows, sources not at hand."""
    found: dict[str, list[str]] = defaultdict(list)
    for gap in inventory.unknown:
        if gap.subject is None or "is not modelled" in gap.why:
            continue
        owner = inventory.subject(gap.subject)
        space = gap.subject.namespace
        if owner is not None and owner.kind == "Application":
            space = str(owner.get("spec.destination.namespace", ""))
        found[space].append(f"{gap.what}: {gap.why}")
    return {space: entries[0] for space, entries in found.items()}
