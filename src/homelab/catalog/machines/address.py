"""Machines by address: mini PCs and old laptops that were booted from the Talos image by hand and wait in maintenance mode."""

from __future__ import annotations

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Component


class Settings(component.Settings):
    """Nothing to set: the addresses stand under `nodes`."""


ADDRESS = Component(
    name="address",
    area=Area.INFRASTRUCTURE,
    summary="Machines that are already there, known by their addresses.",
    settings=Settings,
    provides=frozenset({Capability.MACHINE}),
)
