"""Unread: why objects of a namespace may exist that nobody here has seen, so that "nothing there" is unknown, not wrong."""

from __future__ import annotations

from collections.abc import Mapping

from homelab.kube.inventory import Inventory

ELSEWHERE = ("needs the network", "is not in this repository", "is not read offline")
"""Signs of a source that may hold anything."""


def unread(inventory: Inventory, namespace: str) -> str | None:
    """Why a namespace may hold more than was read; None where all of it was read."""
    return inventory.once("unread", lambda: _unread(inventory)).get(namespace)


def unread_anywhere(inventory: Inventory) -> str | None:
    """Why the cluster may hold more than was read."""
    return next(iter(inventory.once("unread", lambda: _unread(inventory)).values()), None)


def _unread(inventory: Inventory) -> Mapping[str, str]:
    """Namespaces into which charts go that could not be expanded; the empty name stands for sources not at hand.

    An object that Kubernetes could not decode (`…, expected a map`) hides itself.

    What an operator's truth does not know about one resource hides no object of others and is left out.
    """
    found: dict[str, str] = {}
    for gap in inventory.unknown:
        if ", expected " in gap.why:
            found.setdefault(gap.subject.namespace if gap.subject else "", f"{gap.what}: {gap.why}")
        elif gap.subject is None:
            if any(sign in gap.why for sign in ELSEWHERE):
                found.setdefault("", f"{gap.what}: {gap.why}")
        elif gap.subject.kind == "Application" and "is not modelled" not in gap.why:
            owner = inventory.subject(gap.subject)
            stated = str(owner.get("spec.destination.namespace", "")) if owner else gap.subject.namespace
            found.setdefault(gap.space or stated, f"{gap.what}: {gap.why}")
    return found
