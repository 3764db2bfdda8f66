"""The availability model: parts that fail and come back, gates that say what "up" means, services that are asked about.

Pure data; hours throughout. Parts fail independently of each other, and what they share is a part of its own (the
host under three nodes is one part, read by the gates of all three). Planned work that never happens in two places at
once is one `Exclusive`. A service is the name of a success gate; a service of services ("lab") is just another gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from homelab.availability.gates import (
    ALWAYS,
    NEVER,
    All,
    Any_,
    AtLeast,
    Atom,
    Bridged,
    Constant,
    Down,
    FreshlyDown,
    Gate,
    In,
    LongDown,
    Not,
    Outside,
    Settled,
    Up,
)
from homelab.availability.parts import HOURS_PER_YEAR, Exclusive, Part, Rate, Stay
from homelab.availability.validate import mistakes
from homelab.errors import Undecidable

__all__ = [
    "ALWAYS",
    "HOURS_PER_YEAR",
    "NEVER",
    "All",
    "Any_",
    "AtLeast",
    "Atom",
    "Bridged",
    "Constant",
    "Down",
    "Exclusive",
    "FreshlyDown",
    "Gate",
    "In",
    "LongDown",
    "Not",
    "Outside",
    "Part",
    "Rate",
    "Settled",
    "Stay",
    "System",
    "Up",
]


@dataclass(frozen=True)
class System:
    """The whole model; `validate` it once, then hand it to `quantify.evaluate`.

    `gates` are named success gates, acyclic, so that structure is shared; `services` maps a service to its gate (or
    part). Ages need no declaration: every delay that a gate names splits the outages of its part there.
    """

    parts: Mapping[str, Part]
    gates: Mapping[str, Gate]
    services: Mapping[str, str]
    exclusives: Mapping[str, Exclusive] = field(default_factory=dict)

    def validate(self) -> None:
        """Make sure that every name resolves, nothing is circular and every figure is one.

        Raises:
            Undecidable: all mistakes, one a line.
        """
        if found := mistakes(self.parts, self.gates, self.services, self.exclusives):
            raise Undecidable("\n".join(found))
