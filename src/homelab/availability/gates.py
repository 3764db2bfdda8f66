"""The words in which "up" is said: atoms about one part, and gates that join them. Every gate is a *success* gate.

An atom looks at one part, at the age of its outage where that matters, or at one state of an exclusive:

    Up(part)                    the part works
    Down(part)                  it does not
    FreshlyDown(part, D)        it has been down for less than D hours
    LongDown(part, D)           it has been down for D hours or more
    Settled(part, D)            up or long down: what ran on it runs, or has been moved elsewhere by now
    Bridged(part, D)            up or freshly down: a battery, a lease or a cache carries over the first D hours
    In(exclusive, state) / Outside(exclusive, state)      planned work that never happens in two places at once

A reschedulable pod is `All((Settled(host, D), AtLeast(k, hosts)))`: it fails while its host is freshly down, or while
too little is left to run it. A pinned pod is `Up(host)`. Delays are hours; one part may have any number of them, and
they nest: down for less than D1 implies down for less than D2 where D1 < D2.

Gates take gates or names. A name is that of a gate in `System.gates`, else that of a part, which then must be up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Up:
    """The part works."""

    part: str


@dataclass(frozen=True, slots=True)
class Down:
    """The part does not work, for however long."""

    part: str


@dataclass(frozen=True, slots=True)
class FreshlyDown:
    """The part has been down for less than `delay_hours`."""

    part: str
    delay_hours: float


@dataclass(frozen=True, slots=True)
class LongDown:
    """The part has been down for `delay_hours` or more."""

    part: str
    delay_hours: float


@dataclass(frozen=True, slots=True)
class Settled:
    """The part is up, or has been down for `delay_hours`, so that its work runs elsewhere: not freshly down."""

    part: str
    delay_hours: float


@dataclass(frozen=True, slots=True)
class Bridged:
    """The part is up, or its outage is younger than `delay_hours` and still carried over: not long down."""

    part: str
    delay_hours: float


@dataclass(frozen=True, slots=True)
class In:
    """The exclusive is in this state now."""

    exclusive: str
    state: str


@dataclass(frozen=True, slots=True)
class Outside:
    """The exclusive is not in this state now."""

    exclusive: str
    state: str


@dataclass(frozen=True, slots=True)
class Constant:
    """Always up or never up; use `ALWAYS` and `NEVER`."""

    value: bool


@dataclass(frozen=True, slots=True)
class All:
    """Up while every input is up; with none, always."""

    gates: tuple[Gate | str, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  # `Any` is Python's own word, and the name is the word the gate is read by
    """Up while at least one input is up; with none, never."""

    gates: tuple[Gate | str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Up while at least `k` inputs are up; with `weights` (whole, not negative), while the up ones weigh `k` or more."""

    k: int
    gates: tuple[Gate | str, ...]
    weights: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Not:
    """Up while the input is not. Exact as well, but answers such as "adding this cannot hurt" no longer follow."""

    gate: Gate | str


AgeAtom = FreshlyDown | LongDown | Settled | Bridged
PartAtom = Up | Down | AgeAtom
ExclusiveAtom = In | Outside
Atom = PartAtom | ExclusiveAtom
Gate = Atom | Constant | All | Any_ | AtLeast | Not
ALWAYS = Constant(value=True)
NEVER = Constant(value=False)


def inputs(gate: Gate) -> tuple[Gate | str, ...]:
    """What a gate joins, in its order; nothing for atoms and constants."""
    if isinstance(gate, All | Any_ | AtLeast):
        return gate.gates
    return (gate.gate,) if isinstance(gate, Not) else ()


def needs(named: Mapping[str, Gate], item: Gate | str) -> Iterator[Gate | str]:
    """What has to be known before a gate or name: its inputs, or what the name means."""
    if isinstance(item, str):
        yield named.get(item, Up(item))
    else:
        yield from inputs(item)
