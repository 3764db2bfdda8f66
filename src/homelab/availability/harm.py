"""Which changes of state can take a service down: read from the atoms it uses, so that outage frequencies are exact.

A flow of a part from one state to another changes the atoms about that part. If it only ever takes truth away (as seen
through any `Not`), the service can only go down by it, and the loss is a plain difference of probabilities. If it only
gives, it starts no outage. If it does both, the two sides must be compared case by case: these flows are `mixed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from homelab.availability.chains import Chain, truth_of
from homelab.availability.gates import All, Any_, Atom, Gate, LongDown, Not, Settled, Up, inputs
from homelab.availability.order import unit_of
from homelab.availability.system import System

Occurrence = tuple[Atom, bool]
"""An atom, and whether it counts as it stands (False: through an odd number of `Not`)."""


@dataclass(slots=True)
class Mentions:
    """What a gate says itself: atoms with their sign, and names with theirs."""

    atoms: set[Occurrence] = field(default_factory=set)
    names: set[tuple[str, bool]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Harm:
    """Per unit the flows (numbers into `Chain.moves`) that can only harm, and those that may harm or help."""

    harmful: Mapping[str, tuple[int, ...]]
    mixed: tuple[tuple[str, int], ...]


def harms(system: System, chains: Mapping[str, Chain]) -> dict[str, Harm]:
    """For each service what can start its outages; a unit that is not named has the one flow of a plain part, up → down."""
    mentions = {name: _mentions(gate, system) for name, gate in system.gates.items()}
    negated = {name for said in mentions.values() for name, sign in said.names if not sign}
    everything = {occurrence for said in mentions.values() for occurrence in said.atoms}
    special = {unit_of(atom) for atom, sign in everything if not isinstance(atom, Up) or not sign}
    special |= _parts_below(negated, mentions)
    for said in mentions.values():
        said.atoms = {occurrence for occurrence in said.atoms if unit_of(occurrence[0]) in special}
    closed: dict[tuple[str, bool], frozenset[Occurrence]] = {}
    known: dict[frozenset[Occurrence], Harm] = {}
    result = {}
    for service, name in system.services.items():
        occurrences = _closure(name, mentions, closed)
        if occurrences not in known:
            known[occurrences] = _judge(occurrences, chains)
        result[service] = known[occurrences]
    return result


def _mentions(gate: Gate, system: System) -> Mentions:
    """Walk one gate down to its atoms and names."""
    found = Mentions()
    todo: list[tuple[Gate | str, bool]] = [(gate, True)]
    while todo:
        item, sign = todo.pop()
        if isinstance(item, str):
            if item in system.gates:
                found.names.add((item, sign))
            else:
                found.atoms.add((Up(item), sign))
        elif unit_of(item) is not None:
            found.atoms.add((item, sign))  # type: ignore[arg-type]  # only atoms have a unit
        else:
            todo.extend((child, sign != isinstance(item, Not)) for child in _seen(item))
    return found


def _seen(gate: Gate) -> Iterator[Gate | str]:
    """The inputs of a gate; of "up, or down for D and what follows holds" as far as its part is concerned: settled.

    Whatever the rest is, a repair takes no truth away from the whole, which `LongDown` alone would say.
    """
    ups = {child.part for child in inputs(gate) if isinstance(child, Up)} if isinstance(gate, Any_) else set()
    for child in inputs(gate):
        if not isinstance(child, All) or not ups:
            yield child
            continue
        for term in child.gates:
            covered = isinstance(term, LongDown) and term.part in ups
            yield Settled(term.part, term.delay_hours) if covered else term  # type: ignore[union-attr]


def _parts_below(names: Iterable[str], mentions: Mapping[str, Mentions]) -> set[str | None]:
    """Every unit below some gates."""
    seen = set(names)
    todo = list(seen)
    units: set[str | None] = set()
    while todo:
        said = mentions[todo.pop()]
        units.update(unit_of(atom) for atom, _ in said.atoms)
        fresh = {name for name, _ in said.names} - seen
        seen |= fresh
        todo.extend(fresh)
    return units


def _closure(
    root: str, mentions: Mapping[str, Mentions], closed: dict[tuple[str, bool], frozenset[Occurrence]]
) -> frozenset[Occurrence]:
    """The signed atoms below a named gate."""
    if root not in mentions:
        return frozenset({(Up(root), True)})
    todo = [(root, True)]
    while todo:
        name, sign = todo[-1]
        said = mentions[name]
        children = [(child, own == sign) for child, own in said.names]
        waiting = [child for child in children if child not in closed]
        if (name, sign) not in closed and waiting:
            todo.extend(waiting)
            continue
        todo.pop()
        own_atoms = frozenset((atom, own == sign) for atom, own in said.atoms)
        closed[name, sign] = own_atoms.union(*(closed[child] for child in children))
    return closed[root, True]


def _judge(occurrences: frozenset[Occurrence], chains: Mapping[str, Chain]) -> Harm:
    """Sort the flows of every unit that needs it."""
    by_unit: dict[str, list[Occurrence]] = {}
    for occurrence in occurrences:
        by_unit.setdefault(unit_of(occurrence[0]) or "", []).append(occurrence)
    harmful = {}
    mixed = []
    for unit in sorted(by_unit):
        chain = chains[unit]
        truths = [(truth_of(chain, atom), sign) for atom, sign in by_unit[unit]]
        signs = [set(_changes(truths, move)) for move in chain.moves]
        harmful[unit] = tuple(number for number, found in enumerate(signs) if found == {-1})
        mixed += [(unit, number) for number, found in enumerate(signs) if len(found) > 1]
    return Harm(harmful, tuple(mixed))


def _changes(truths: list[tuple[tuple[bool, ...], bool]], move: tuple[int, int]) -> Iterator[int]:
    """-1 where the move takes truth away, 1 where it gives; nothing where the atom does not notice."""
    before, after = move
    for truth, sign in truths:
        if truth[before] != truth[after]:
            yield 1 if truth[after] == sign else -1
