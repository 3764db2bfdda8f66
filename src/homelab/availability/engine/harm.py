"""Which changes of state can take a service down: read from its gates, so that outage frequencies are exact.

Every flow of every unit is followed through the gates at once, one bit each: can the gate's value fall by it, can it
rise, and is it known before or after the flow whatever all else does? A part that is repaired takes back "long down"
and gives "up"; where the gate asks for either, it can only rise. A flow that only ever falls starts outages, and the loss
is a plain difference of probabilities; one that only rises starts none; one that does both is `mixed`, and the two
sides must be compared world by world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from homelab.availability.engine.chains import Chain, truth_of
from homelab.availability.engine.order import unit_of
from homelab.availability.gates import All, Any_, AtLeast, Constant, Gate, Not, needs
from homelab.availability.system import System


@dataclass(frozen=True, slots=True)
class Harm:
    """The flows that can only harm a service, those that harm or help, and those that do either; bits into all flows."""

    harmful: int
    mixed: int
    cared: int

    @property
    def noticed(self) -> int:
        """The flows that start an outage in some world."""
        return self.harmful | self.mixed


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows of all units, numbered: those of one unit stand together, in the order of `Chain.moves`."""

    first: Mapping[str, int]
    count: Mapping[str, int]

    @classmethod
    def of(cls, chains: Mapping[str, Chain]) -> Flows:
        """Number them."""
        count = {unit: len(chain.moves) for unit, chain in chains.items()}
        first, free = {}, 0
        for unit, flows in count.items():
            first[unit] = free
            free += flows
        return cls(first, count)

    @property
    def all(self) -> int:
        """Every bit."""
        return (1 << sum(self.count.values())) - 1

    def numbers(self, unit: str, bits: int) -> tuple[int, ...]:
        """Which flows of one unit are among these, as numbers into its `moves`."""
        own = (bits >> self.first[unit]) & ((1 << self.count[unit]) - 1)
        return tuple(number for number in range(self.count[unit]) if own >> number & 1)

    def units(self, bits: int) -> Iterator[tuple[str, int]]:
        """These flows, each as its unit and its number there."""
        for unit in self.first if bits else ():
            yield from ((unit, number) for number in self.numbers(unit, bits))


@dataclass(frozen=True, slots=True)
class Seen:
    """What flows do to a gate: it can fall, it can rise; it is known to hold, or not to hold, before or after."""

    falls: int = 0
    rises: int = 0
    held: int = 0
    failed: int = 0
    holds: int = 0
    fails: int = 0

    def turned(self) -> Seen:
        """Through a `Not`."""
        return Seen(self.rises, self.falls, self.failed, self.held, self.fails, self.holds)


def harms(system: System, chains: Mapping[str, Chain], flows: Flows) -> dict[str, Harm]:
    """For each service what can start its outages."""
    watch = _Watch(system, chains, flows)
    result = {}
    for service, name in system.services.items():
        seen = watch.see(name)
        result[service] = Harm(seen.falls & ~seen.rises, seen.falls & seen.rises, seen.falls | seen.rises)
    return result


class _Watch:
    """What flows do to gates, each judged once."""

    def __init__(self, system: System, chains: Mapping[str, Chain], flows: Flows) -> None:
        self._system = system
        self._chains = chains
        self._flows = flows
        self._all = flows.all
        self._seen: dict[Gate | str, Seen] = {}

    def see(self, root: Gate | str) -> Seen:
        """A gate or name, and first everything below it."""
        todo = [root]
        while todo:
            item = todo[-1]
            waiting = (
                []
                if item in self._seen
                else [each for each in needs(self._system.gates, item) if each not in self._seen]
            )
            if waiting:
                todo.extend(waiting)
                continue
            if item not in self._seen:
                self._seen[item] = self._judge(item)
            todo.pop()
        return self._seen[root]

    def _judge(self, item: Gate | str) -> Seen:
        """One gate, all inputs of which are judged."""
        if isinstance(item, Constant):
            return Seen(held=self._all, holds=self._all) if item.value else Seen(failed=self._all, fails=self._all)
        if (unit := None if isinstance(item, str) else unit_of(item)) is not None:
            return self._atom(item, unit)  # type: ignore[arg-type]  # a name has no unit
        below = [self._seen[each] for each in needs(self._system.gates, item)]
        if isinstance(item, str | Not):
            return below[0] if isinstance(item, str) else below[0].turned()
        if isinstance(item, Any_) or (isinstance(item, AtLeast) and item.weights is None and item.k == 1):
            return self._every([each.turned() for each in below]).turned()
        if isinstance(item, All) or (isinstance(item, AtLeast) and item.weights is None and item.k == len(below)):
            return self._every(below)
        falls = rises = 0
        for each in below:
            falls |= each.falls
            rises |= each.rises
        return Seen(falls, rises)

    def _every(self, below: Iterable[Seen]) -> Seen:
        """A gate that holds while all of these do."""
        falls = rises = failed = fails = 0
        held = holds = self._all
        for each in below:
            falls |= each.falls
            rises |= each.rises
            failed |= each.failed
            fails |= each.fails
            held &= each.held
            holds &= each.holds
        return Seen(falls & ~(failed | holds), rises & ~(held | fails), held, failed, holds, fails)

    def _atom(self, atom: Gate, unit: str) -> Seen:
        """An atom: the flows of its own unit decide it, no other touches it."""
        chain, first = self._chains[unit], self._flows.first[unit]
        truth = truth_of(chain, atom)
        held = failed = holds = fails = 0
        for number, (before, after) in enumerate(chain.moves, first):
            bit = 1 << number
            held |= bit if truth[before] else 0
            failed |= 0 if truth[before] else bit
            holds |= bit if truth[after] else 0
            fails |= 0 if truth[after] else bit
        return Seen(held & fails, failed & holds, held, failed, holds, fails)
