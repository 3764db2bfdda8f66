"""Unread: the one map of what was not read, by the namespace where it may act; the empty name stands for anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from homelab.kube.facts import Hides
from homelab.kube.inventory import Inventory, Unknown

ELSEWHERE = ("needs the network", "is not in this repository", "is not read offline")
"""Signs of a source that may hold anything."""


def unread(inventory: Inventory, namespace: str) -> str:
    """Why a namespace may hold more than was read; empty where all of it was read."""
    found = _map(inventory)
    return next(iter((*found.get(namespace, ()), *found.get("", ()))), "")


def unread_anywhere(inventory: Inventory) -> str:
    """Why the cluster may hold more than was read; empty where all of it was read."""
    return next(iter(whys(inventory)), "")


def whys(inventory: Inventory) -> Iterable[str]:
    """Everything that was not read, with why."""
    return [why for found in _map(inventory).values() for why in found]


def _map(inventory: Inventory) -> Mapping[str, list[str]]:
    return inventory.once("unread", lambda: _unread(inventory))


def _unread(inventory: Inventory) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    sources = {id(gap) for gap in (*inventory.unread, *inventory.broken)}
    for gap in inventory.unknown:
        for space in _where(inventory, gap, source=id(gap) in sources):
            found.setdefault(space, []).append(f"{gap.what}: {gap.why}")
    for fact in inventory.facts_of(Hides):
        found.setdefault(fact.namespace, []).append(fact.why)
    return found


def _where(inventory: Inventory, gap: Unknown, *, source: bool) -> Iterator[str]:
    """Where a gap may hide objects.

    An object that Kubernetes could not decode (`…, expected a map`) hides itself. What an operator's truth does not know
    about one resource hides no object of others.
    """
    if ", expected " in gap.why:
        yield gap.subject.namespace if gap.subject else ""
    elif gap.subject is None or source:
        if source or any(sign in gap.why for sign in ELSEWHERE):
            yield from (gap.space,) if gap.space else gap.spaces or ("",)
    elif gap.subject.kind == "Application" and "is not modelled" not in gap.why:
        owner = inventory.subject(gap.subject)
        stated = str(owner.get("spec.destination.namespace", "")) if owner else gap.subject.namespace
        yield gap.space or stated
