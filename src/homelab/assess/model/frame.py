"""Frame: the availability model while it is being built, and where each part of it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from homelab.availability.delays import delay
from homelab.availability.rates import lookup
from homelab.availability.system import ALWAYS, All, Exclusive, Gate, Part, Rate, Stay
from homelab.findings import Subject
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

SITE, HOST, NODE, POD = 0, 1, 2, 3
"""Variable ranks: the more is shared, the lower."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a part is to a person: the component it belongs to, what is meant, where it is declared."""

    component: str
    subjects: tuple[Subject, ...]
    because: str = ""
    resource: Resource | None = None
    """The object whose place is shown; looked up only when somebody reads the report."""
    option: str = ""


@dataclass
class Frame:
    """Parts, gates and exclusives by name, and the source of each part or planned state."""

    inventory: Inventory
    ground: Ground
    parts: dict[str, Part] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    stays: dict[str, Stay] = field(default_factory=dict)
    choices: dict[str, Exclusive] = field(default_factory=dict)
    drained: tuple[float, ...] = ()
    """Hours of a drain after which some leader has moved, and those of a whole one: each drain is as many states."""
    sources: dict[str, Source] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)

    def rate(self, name: str, default: Rate | None = None) -> Rate:
        """A rate of the table, with the owner's override where there is one."""
        base = default or lookup(name)
        own = self.ground.rates.get(name)
        if own is None:
            return base
        return Rate(own.mttf or base.mttf, own.mttr or base.mttr, base.error_factor, own.reason or base.source)

    def hours(self, name: str, default: float | None = None) -> float:
        """A delay of the table, with the owner's override where there is one; `default` in seconds where a system says it."""
        own = self.ground.rates.get(name)
        if own is not None and own.mttr is not None:
            return own.mttr
        return delay(name).hours if default is None else default / 3600

    def part(self, name: str, rate: Rate, source: Source, rank: int) -> str:
        """Add a part unless it is there, and give its name."""
        if name not in self.parts:
            self.parts[name] = Part(name, rate, source.component, rank=rank)
            self.sources[name] = source
        return name

    def gate(self, name: str, gate: Gate) -> str:
        """Name a gate, and give its name."""
        self.gates[name] = gate
        return name

    def every(self, name: str, gates: Iterable[Gate | str]) -> str:
        """Name the gate that needs all of these."""
        found = tuple(dict.fromkeys(gates))
        return self.gate(name, All(found) if found else ALWAYS)

    def stay(self, state: str, rate: Rate, hours: float, cause: str, source: Source, *, planned: bool = True) -> None:
        """Add a state of what strikes one node at a time, of so many hours each time; nothing where it never does."""
        if rate.frequency > 0 and hours > 0:
            self.stays[state] = Stay.at(rate, hours, cause, planned=planned)
            self.sources[f"{MAINTENANCE}:{state}"] = source

    def drain(self, state: str, rate: Rate, cause: str, source: Source) -> None:
        """Add the states of a drain, one going on from the other."""
        before, start = "", 0.0
        for name, end in zip(self.drains(state), self.drained, strict=True):
            self.stay(name, rate, end - start, cause, source)
            if before and name in self.stays:
                self.stays[name] = replace(self.stays[name], visits=0.0, follows=before)
            before, start = name, end

    def drains(self, state: str, until: float = math.inf) -> list[str]:
        """The states of a drain, as far as they end within so many hours."""
        ends = [0.0, *self.drained]
        names = [state if not start else f"{state}, after {start * 3600:g} s" for start in ends[:-1]]
        return [name for name, end in zip(names, self.drained, strict=True) if end <= until + 1e-12]

    @property
    def exclusives(self) -> dict[str, Exclusive]:
        """Planned maintenance, in one place at a time, and the choices that were made where to put pods."""
        planned = {MAINTENANCE: Exclusive(MAINTENANCE, dict(self.stays), rank=HOST)} if self.stays else {}
        return planned | self.choices


MAINTENANCE = "maintenance"
