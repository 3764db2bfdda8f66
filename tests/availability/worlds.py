"""Small systems at random, and all their states tried one by one: slow, obvious, and independent of the engine."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping

from homelab.availability.system import (
    ALWAYS,
    All,
    Any_,
    AtLeast,
    Bridged,
    Constant,
    Down,
    Exclusive,
    FreshlyDown,
    Gate,
    In,
    LongDown,
    Not,
    Outside,
    Part,
    Rate,
    Settled,
    Stay,
    System,
    Up,
)

DELAYS = (0.5, 2.0, 3.0)
World = Mapping[str, int | str]
"""For a part the number of delays its outage has outlived, from 1, or 0 for up; for an exclusive its state, or ''."""


def certain(q: float) -> Rate:
    """A rate with exactly this unavailability."""
    return Rate(1.0 - q, q) if q else Rate.never()


def simple(chances: Mapping[str, float], **gates: Gate) -> System:
    """Parts with given unavailabilities; every gate is a service."""
    parts = {name: Part(name, certain(q), name) for name, q in chances.items()}
    return System(parts, gates, {name: name for name in gates})


def holds(item: Gate | str, system: System, world: World) -> bool:  # noqa: C901, PLR0911  # one case a word
    """Whether a gate is true in one state of the world, read off its definition."""
    if isinstance(item, str):
        return holds(system.gates[item], system, world) if item in system.gates else world[item] == 0
    match item:
        case Constant(value):
            return value
        case Up(part):
            return world[part] == 0
        case Down(part):
            return world[part] != 0
        case FreshlyDown(part, delay) | LongDown(part, delay) | Settled(part, delay) | Bridged(part, delay):
            age = world[part]
            assert isinstance(age, int)
            fresh = 0 < age <= DELAYS.index(delay) + 1
            long = age > DELAYS.index(delay) + 1
            return {FreshlyDown: fresh, LongDown: long, Settled: not fresh, Bridged: not long}[type(item)]
        case In(exclusive, state):
            return world[exclusive] == state
        case Outside(exclusive, state):
            return world[exclusive] != state
        case All(gates):
            return all(holds(gate, system, world) for gate in gates)
        case Any_(gates):
            return any(holds(gate, system, world) for gate in gates)
        case Not(gate):
            return not holds(gate, system, world)
        case AtLeast(k, gates, weights):
            pairs = zip(gates, weights or [1] * len(gates), strict=True)
            return sum(weight for gate, weight in pairs if holds(gate, system, world)) >= k


def units(system: System) -> dict[str, tuple[list[tuple[int | str, float]], list[tuple[int | str, int | str, float]]]]:
    """For every unit its states with their shares, and its flows with their frequencies, by the exponential formulas."""
    found = {}
    for name, part in system.parts.items():
        rate = part.rate
        alive = [math.exp(-delay / rate.mttr) for delay in (0.0, *DELAYS)] + [0.0]
        states = [(0, 1 - rate.unavailability)]
        states += [(k + 1, rate.unavailability * (alive[k] - alive[k + 1])) for k in range(len(DELAYS) + 1)]
        flows = [(k, k + 1, rate.frequency * alive[k]) for k in range(len(DELAYS) + 1)]
        flows += [(k + 1, 0, rate.frequency * (alive[k] - alive[k + 1])) for k in range(len(DELAYS) + 1)]
        found[name] = (states, flows)
    for name, exclusive in system.exclusives.items():
        states = [("", 1 - sum(stay.share for stay in exclusive.stays.values()))]
        states += [(state, stay.share) for state, stay in exclusive.stays.items()]
        flows = [("", state, stay.visits) for state, stay in exclusive.stays.items()]
        flows += [(state, "", stay.visits) for state, stay in exclusive.stays.items()]
        found[name] = (states, flows)
    return found


def tried(system: System) -> dict[str, tuple[float, float]]:
    """U and outages per hour of every service, by trying all states and all flows out of each."""
    known = units(system)
    names = list(known)
    worlds = {}
    for combination in itertools.product(*(known[name][0] for name in names)):
        world = {name: state for name, (state, _) in zip(names, combination, strict=True)}
        worlds[tuple(world.values())] = (world, math.prod(share for _, share in combination))
    leaving: dict[tuple[str, int | str], list[tuple[int | str, float]]] = {}
    for name, (states, flows) in known.items():
        shares = dict(states)
        leaving |= {(name, state): [] for state in shares}
        for before, after, flow in flows:
            leaving[name, before].append((after, flow / shares[before]))
    result = {}
    for service, gate in system.services.items():
        up = {key: holds(gate, system, world) for key, (world, _) in worlds.items()}
        down = math.fsum(chance for key, (_, chance) in worlds.items() if not up[key])
        frequency = 0.0
        for key, (_, chance) in worlds.items():
            for place, name in enumerate(names) if up[key] else ():
                for after, intensity in leaving[name, key[place]]:
                    if not up[(*key[:place], after, *key[place + 1 :])]:
                        frequency += chance * intensity
        result[service] = (down, frequency)
    return result


def random_system(seed: int, parts: int = 4, *, coherent: bool = False) -> System:
    """A system of a few parts, one exclusive, and gates of all kinds that share each other."""
    source = random.Random(seed)
    names = [f"p{number}" for number in range(parts)]
    made = {
        name: Part(name, Rate(source.uniform(2, 30), source.uniform(0.5, 4)), f"cause {number % 3}")
        for number, name in enumerate(names)
    }
    stays = {"a": Stay(0.05, 0.02, "work on a"), "b": Stay(0.08, 0.05, "work on b", planned=False)}
    gates: dict[str, Gate] = {}
    for number in range(4):
        gates[f"g{number}"] = random_gate(source, names, list(gates), coherent=coherent, depth=2)
    gates["top"] = AtLeast(2, ("g1", "g2", "g3", Up(names[0])), (1, 2, 1, 1))
    services = {name: name for name in ("g2", "g3", "top")}
    return System(made, gates, services | {"p0": "p0"}, {"work": Exclusive("work", stays)})


def random_gate(source: random.Random, parts: list[str], gates: list[str], *, coherent: bool, depth: int) -> Gate:
    """Any gate: an atom at the bottom, a join above."""
    if depth == 0:
        return random_atom(source, parts, coherent=coherent)
    below: list[Gate | str] = []
    for _ in range(source.randint(2, 3)):
        if gates and source.random() < 0.3:
            below.append(source.choice(gates))
        else:
            below.append(random_gate(source, parts, gates, coherent=coherent, depth=depth - 1))
    kind = source.random()
    if kind < 0.35:
        return All(tuple(below))
    if kind < 0.7:
        return Any_(tuple(below))
    if kind < 0.9 or coherent:
        return AtLeast(2, tuple(below))
    return Not(below[0])


def random_atom(source: random.Random, parts: list[str], *, coherent: bool) -> Gate:
    """Something about one unit."""
    part = source.choice(parts)
    if coherent:
        return Up(part)
    delay = source.choice(DELAYS)
    atoms: list[Gate] = [Up(part), Settled(part, delay), Bridged(part, delay), Outside("work", source.choice("ab"))]
    rare: list[Gate] = [Down(part), FreshlyDown(part, delay), LongDown(part, delay), In("work", "a"), ALWAYS]
    return source.choice(rare) if source.random() < 0.15 else source.choice(atoms)
