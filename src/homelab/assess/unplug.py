"""Unplug: what the loss of one machine does to each service, from the model that its figures come from."""

from __future__ import annotations

from homelab.assess.uptime import Computed
from homelab.availability.unplugged import unplugged
from homelab.report import Struck, Unplug

LOOKS = (0.0, 5 / 60, 0.25, 5.0)
"""Hours after the loss at which services are looked at."""
PREFIX = "host/"


def machines(computed: Computed) -> list[str]:
    """The machines of a lab, in the order of the model."""
    return [name.removeprefix(PREFIX) for name in computed.model.system.parts if name.startswith(PREFIX)]


def unplug(computed: Computed, machine: str) -> Unplug:
    """Each service while a machine is away, and the data that is away with it."""
    part = f"{PREFIX}{machine}"
    away = computed.model.system.parts[part].rate.mttr
    struck = []
    for service in computed.model.services:
        found = unplugged(computed.evaluator, f"lan:{service.name}", part)
        chances = tuple(found.at(hours) for hours in LOOKS)
        struck.append(Struck(service.name, service.group, chances, 60 * found.hours(away)))
    return Unplug(machine, away, tuple(struck), computed.model.data.get(machine, ()))
