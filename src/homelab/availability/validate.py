"""What can be wrong in a model: names that lead nowhere, gates that wait for themselves, figures that are none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from homelab.availability.gates import (
    AtLeast,
    Bridged,
    Constant,
    Down,
    FreshlyDown,
    Gate,
    In,
    LongDown,
    Outside,
    Settled,
    Up,
    inputs,
)
from homelab.availability.parts import Exclusive, Part

Names = Mapping[str, object]
LARGEST = 10**15
"""Beyond it a count or a weight is a slip."""
SHOWN = 12
"""Gates of a loop that are named."""
WEIGHED = 1e-9
"""How far the weights of a choice may be from one together."""


def mistakes(
    parts: Mapping[str, Part],
    gates: Mapping[str, Gate],
    services: Mapping[str, str],
    exclusives: Mapping[str, Exclusive],
) -> list[str]:
    """Every mistake of a model, a sentence each, in a stable order."""
    found = [*_figures(parts, exclusives)]
    found += [f"{name} is both a part and a gate: give one of them another name" for name in gates if name in parts]
    for name, gate in gates.items():
        found += [f"gate {name}: {problem}" for problem in _problems(gate, parts, gates, exclusives)]
    for service, name in services.items():
        if name not in gates and name not in parts:
            found.append(f"service {service}: there is no gate or part {name}")
    return found + [f"gate {' → '.join(_short(loop))} waits for itself" for loop in cycles(gates)]


def _short(loop: list[str]) -> list[str]:
    """A loop as a sentence can hold it."""
    return loop if len(loop) <= SHOWN else [*loop[: SHOWN - 2], f"({len(loop) - SHOWN + 1:,} more)", loop[-1]]


def _figures(parts: Mapping[str, Part], exclusives: Mapping[str, Exclusive]) -> Iterator[str]:
    """Rates that are no rates and shares that are no shares."""
    own_names = [(name, part.name) for name, part in parts.items()]
    own_names += [(name, exclusive.name) for name, exclusive in exclusives.items()]
    for name, own in own_names:
        if own != name:
            yield f"{own} is listed as {name}: a thing is listed by its own name"
    for name, part in parts.items():
        rate = part.rate
        if not (rate.mttf > 0 and rate.mttr >= 0) or (math.isinf(rate.mttf + rate.mttr) and rate.mttr > 0):
            yield f"part {name}: {rate.mttf:g} h up and {rate.mttr:g} h down are not the two halves of a cycle"
        elif rate.mttr == 0 and rate.mttf < math.inf:
            yield f"part {name}: it fails every {rate.mttf:g} h and is repaired in no time; say how many hours it is down"
        if not rate.error_factor >= 1:
            yield f"part {name}: an error factor of {rate.error_factor:g}; it is 1 for a sure rate, else more"
    for name, exclusive in exclusives.items():
        yield from _shares(name, exclusive)


def _shares(name: str, exclusive: Exclusive) -> Iterator[str]:
    """Shares of an exclusive, or weights of a choice, that are none; states that go on from nothing."""
    stays = exclusive.stays.values()
    total = sum(stay.share for stay in stays)
    right = all(stay.share >= 0 and stay.visits >= 0 for stay in stays)
    if exclusive.chosen and not (right and abs(total - 1.0) <= WEIGHED and not any(stay.visits for stay in stays)):
        yield f"choice {name}: weights of {total:g} in all; they are not negative, 1 together, and never visited"
    if not exclusive.chosen and not (right and total < 1):
        yield f"exclusive {name}: shares of {total:g} in all; they are not negative and less than 1 together"
    for lost in {stay.follows for stay in stays} - {"", *exclusive.stays}:
        yield f"exclusive {name}: there is no state {lost} to go on from"


def _problems(gate: Gate, parts: Names, gates: Names, exclusives: Mapping[str, Exclusive]) -> Iterator[str]:
    """What one gate, with all gates inside it, gets wrong."""
    todo: list[Gate | str] = [gate]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if item not in gates and item not in parts:
                yield f"there is no gate or part {item}"
        elif isinstance(item, In | Outside):
            if item.exclusive not in exclusives:
                yield f"there is no exclusive {item.exclusive}"
            elif item.state not in exclusives[item.exclusive].stays:
                yield f"exclusive {item.exclusive} has no state {item.state}"
        elif isinstance(item, Up | Down | FreshlyDown | LongDown | Settled | Bridged):
            yield from _atom_problems(item, parts)
        elif not isinstance(item, Constant):
            if isinstance(item, AtLeast):
                yield from _weight_problems(item)
            todo.extend(reversed(inputs(item)))


def _atom_problems(atom: Up | Down | FreshlyDown | LongDown | Settled | Bridged, parts: Names) -> Iterator[str]:
    """A part that does not exist, a delay that is none."""
    if atom.part not in parts:
        yield f"there is no part {atom.part}"
    if not isinstance(atom, Up | Down) and not 0 < atom.delay_hours < math.inf:
        yield f"a delay of {atom.delay_hours:g} h on {atom.part}; it is more than 0 and finite"


def _weight_problems(gate: AtLeast) -> Iterator[str]:
    """Weights that do not belong to the inputs; whole numbers that are none, or that no machine needs."""
    weights = gate.weights
    if weights is not None and (len(weights) != len(gate.gates) or any(weight < 0 for weight in weights)):
        yield f"{len(weights)} weights for {len(gate.gates)} inputs; there is one for each, and none is negative"
    if any(type(number) is not int for number in (gate.k, *(weights or ()))):
        yield "it counts in whole numbers"
    elif max((abs(gate.k), *(weights or ()))) > LARGEST:
        yield f"a count or weight beyond {LARGEST:,}"


def cycles(gates: Mapping[str, Gate]) -> list[list[str]]:
    """Loops of gate names, each once, as found going depth first in the order of the model."""
    children = {name: [child for child in _named(gate) if child in gates] for name, gate in gates.items()}
    found: list[list[str]] = []
    done: set[str] = set()
    for root in gates:
        path: dict[str, Iterator[str]] = {} if root in done else {root: iter(children[root])}
        while path:
            name = next(reversed(path))
            child = next(path[name], None)
            if child is None:
                done.add(name)
                del path[name]
            elif child in path:
                names = list(path)
                found.append([*names[names.index(child) :], child])
            elif child not in done:
                path[child] = iter(children[child])
    return found


def _named(gate: Gate) -> Iterator[str]:
    """The names that a gate mentions, however deep."""
    todo: list[Gate | str] = [gate]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        else:
            todo.extend(reversed(inputs(item)))
