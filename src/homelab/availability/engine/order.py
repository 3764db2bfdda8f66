"""In which order a diagram asks its variables: what belongs together, together, or what many services share first.

The order decides the size, by orders of magnitude, and never the result. Two are offered, both with planned work on top,
so that below each of its states stands a diagram of parts alone. The first follows the structure, depth first; the second
the hints of the model (`rank`) and the number of services behind a unit.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping

from homelab.availability.gates import ExclusiveAtom, Gate, PartAtom, inputs
from homelab.availability.system import System

GAP = 1 << 40
"""Levels between neighbours of a new order: room for the units of later, changed systems."""
ROOM = 1 << 10
"""Levels a unit may need for itself."""


def unit_of(item: Gate) -> str | None:
    """The part or exclusive an atom looks at; an exclusive is marked, for it may bear the name of a part."""
    if isinstance(item, PartAtom):
        return item.part
    return exclusive_unit(item.exclusive) if isinstance(item, ExclusiveAtom) else None


def exclusive_unit(name: str) -> str:
    """The key of an exclusive among the units."""
    return f"exclusive:{name}"


def orders(system: System) -> Iterator[list[str]]:
    """Orders of all units the services look at, the most promising first."""
    first_seen, services = _appearances(system)
    ranks = {name: part.rank for name, part in system.parts.items()}
    ranks |= {exclusive_unit(name): exclusive.rank for name, exclusive in system.exclusives.items()}
    planned = {exclusive_unit(name) for name, exclusive in system.exclusives.items() if not exclusive.chosen}
    yield sorted(first_seen, key=lambda unit: (unit not in planned, first_seen[unit]))
    yield sorted(first_seen, key=lambda unit: (unit not in planned, ranks[unit], -services[unit], first_seen[unit]))


def place(order: list[str], known: Mapping[str, int]) -> dict[str, int]:
    """The first level of every unit: the known one, else one behind its predecessor in the order.

    Where no room is left between two neighbours, the new unit comes last, which costs size and nothing else.
    """
    taken = sorted(known.values())
    levels: dict[str, int] = {}
    before = 0
    for unit in order:
        level = known.get(unit)
        if level is None:
            where = bisect_right(taken, before)
            after = taken[where] if where < len(taken) else before + 2 * GAP
            level = (before + after) // 2 if after - before > 2 * ROOM else taken[-1] + GAP
            insort(taken, level)
        levels[unit] = before = level
    return levels


def _appearances(system: System) -> tuple[dict[str, int], dict[str, int]]:
    """When each unit is first met depth first, and how many services depend on it."""
    first_seen: dict[str, int] = {}
    services: dict[str, int] = {}
    mentioned: dict[str, tuple[list[str], list[str]]] = {}
    for name in system.services.values():
        for unit in _units_below(name, system, mentioned):
            first_seen.setdefault(unit, len(first_seen))
            services[unit] = services.get(unit, 0) + 1
    return first_seen, services


def _units_below(name: str, system: System, mentioned: dict[str, tuple[list[str], list[str]]]) -> list[str]:
    """The units below a named gate, each once, in the order of a walk through the gates."""
    units: dict[str, None] = {}
    seen = {name}
    todo = [name]
    while todo:
        current = todo.pop()
        if current not in system.gates:
            units.setdefault(current)
            continue
        if current not in mentioned:
            mentioned[current] = _mentions(system.gates[current])
        own, names = mentioned[current]
        units.update(dict.fromkeys(own))
        fresh = [child for child in names if child not in seen]
        seen.update(fresh)
        todo.extend(reversed(fresh))
    return list(units)


def _mentions(gate: Gate) -> tuple[list[str], list[str]]:
    """The units a gate looks at itself, and the names it refers to."""
    units: dict[str, None] = {}
    names: dict[str, None] = {}
    todo: list[Gate | str] = [gate]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            names.setdefault(item)
        elif (unit := unit_of(item)) is not None:
            units.setdefault(unit)
        else:
            todo.extend(reversed(inputs(item)))
    return list(units), list(names)
