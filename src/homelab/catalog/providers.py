"""Which component provides a capability when the owner does not say: by what the lab has, else the table's first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from homelab.capabilities import Capability
from homelab.catalog.apps.own.component import own
from homelab.catalog.asked import OWN
from homelab.catalog.component import Component
from homelab.catalog.table import COMPONENTS
from homelab.spec.words import near

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab


@cache
def catalog() -> tuple[Component, ...]:
    """Every component, in the order of the table."""
    found = []
    for entry in COMPONENTS:
        module, _, name = entry.partition(":")
        found.append(getattr(import_module(module), name))
    return tuple(found)


def with_own(homelab: Homelab, built_in: tuple[Component, ...]) -> tuple[Component, ...]:
    """The components that a lab may have: those that are built in, and an application for each other name under `apps`.

    A name near to a built-in one, and with neither an image nor a chart, is that one misspelt.
    """
    known = {component.name for component in built_in}
    apps = [component.name for component in built_in if component.application]
    return (*built_in, *(own(name) for name, wanted in homelab.apps.items() if _is_own(name, wanted, known, apps)))


def _is_own(name: str, wanted: Any, known: set[str], apps: list[str]) -> bool:
    if name in known or wanted is False or wanted == "off":
        return False
    return (isinstance(wanted, dict) and not {*OWN}.isdisjoint(wanted)) or near(name, apps) is None


def has_ceph(homelab: Homelab) -> bool:
    """Whether nodes give raw disks to Ceph on two machines at least: fewer cannot hold a second copy."""
    return sum(bool(node.ceph) for node in homelab.nodes.values()) >= 2


def _machine(homelab: Homelab) -> str | None:
    return "proxmox" if homelab.hosts else "address"


def _ceph(homelab: Homelab) -> str | None:
    return "rook-ceph" if has_ceph(homelab) else None


def _local(homelab: Homelab) -> str | None:
    return "proxmox-csi" if homelab.hosts else "local-path"


PREFERRED: Mapping[Capability, Callable[[Homelab], str | None]] = {
    Capability.MACHINE: _machine,
    Capability.STORAGE_BLOCK: _ceph,
    Capability.STORAGE_FILE: _ceph,
    Capability.STORAGE_OBJECT: _ceph,
    Capability.STORAGE_LOCAL: _local,
}
"""Capability to the provider that fits a lab; None where nothing fits, which its needs then say."""

INSTEAD: Mapping[Capability, Capability] = {Capability.STORAGE_BLOCK: Capability.STORAGE_LOCAL}
"""What serves where nothing fits: a lab without raw disks keeps its volumes on the machine that runs the pod."""


def preferred(capability: Capability, homelab: Homelab, candidates: tuple[Component, ...]) -> str | None:
    """The provider of a capability among `candidates` when nobody chose one; None where nothing fits this lab."""
    names = [component.name for component in candidates if capability in component.provides]
    if capability not in PREFERRED:
        return names[0] if names else None
    wanted = PREFERRED[capability](homelab)
    return wanted if wanted in names else None
