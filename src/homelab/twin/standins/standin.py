"""StandIn: who does in a twin what an operator does at home, as pure functions of an object and what surrounds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from homelab.cluster.api import Object
from homelab.twin.standins.acts import Act
from homelab.twin.standins.world import Key, World

Stands: TypeAlias = Callable[[Object, World], Iterable[Act]]
"""What is done for one object; asked again whenever anything it may look at has changed, so it says the same again."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program of a lab: the end of its image's name without the tag, and a part of its container's name."""

    image: str
    container: str = ""


@dataclass(frozen=True)
class StandIn:
    """One system.

    Attributes:
        name: of the system it stands in for.
        kinds: what is done for each object of a kind.
        sees: further kinds that decide what is done.
        operator: the pods without which nothing of it happens, in the twin as at home.
        replaced: the program that makes it needless where it runs for real; empty where none does.
    """

    name: str
    kinds: Mapping[Key, Stands]
    sees: tuple[Key, ...] = ()
    operator: Program | None = None
    replaced: str = ""
    unsaid: Mapping[Key, str] = field(default_factory=lambda: MappingProxyType({}))
    """Kinds for which nothing is done, and why that is what happens at home."""

    def works(self, world: World) -> bool:
        """Whether its operator runs."""
        return self.operator is None or world.runs(self.operator.image, self.operator.container)

    @property
    def watched(self) -> tuple[Key, ...]:
        """All kinds that matter to it."""
        pods = (("", "Pod"),) if self.operator else ()
        return tuple(dict.fromkeys((*self.kinds, *self.sees, *pods)))
