"""What a component needs of others, when it misses it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from homelab.capabilities import Capability


class Phase(StrEnum):
    """When something needed is missed."""

    RUN = "run"
    """At once: callers stop. Only this enters uptime."""
    START = "start"
    """When pods start."""
    CHANGE = "change"
    """When something is to be changed or recovered."""


@dataclass(frozen=True, slots=True)
class Need:
    """A capability this component needs, when it is missed, and why."""

    capability: Capability
    phase: Phase
    why: str


def run(capability: Capability, why: str) -> Need:
    """A need that is missed at once."""
    return Need(capability, Phase.RUN, why)


def start(capability: Capability, why: str) -> Need:
    """A need that is missed when pods start."""
    return Need(capability, Phase.START, why)


def change(capability: Capability, why: str) -> Need:
    """A need that is missed when something is to be changed or recovered."""
    return Need(capability, Phase.CHANGE, why)
