"""Whose downtime is it? An allocation of a service's unavailability to its parts that adds up exactly.

Downtime is shared work: two hosts that are down together are both to blame. The allocation is that of Aumann and
Shapley: scale all unavailabilities together from nothing (t = 0) to what they are (t = 1) and book on each part what
its growth adds on the way, q times the integral of dU/dq along that line. The shares add up to U by the fundamental
theorem of calculus, equal parts get equal shares, and what does not matter gets nothing. The integrand is a polynomial,
so Gauss-Legendre quadrature with a few nodes is exact to rounding. Conditional chances (the age of an outage given that
there is one) and choices stay as they are; the states of an exclusive are scaled and booked one by one.

What is down with every part up is nobody's failure: it is booked on `STRUCTURE`. Where a service is not exact, each world
with few failures is shared among them, and what all other worlds may weigh is booked on `REST`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from homelab.availability.engine.chains import AgeChain, chances_of, conditionals_of
from homelab.availability.parts import HOURS_PER_YEAR, Exclusive, Rate
from homelab.availability.quantify import Evaluator, Figured

STRUCTURE = "down by design"
REST = "three or more failures at once"
POINTS = 8


@dataclass(frozen=True, slots=True)
class Share:
    """The hours a year of one service's downtime that are booked on one part, or on one state of an exclusive."""

    part: str
    cause: str
    planned: bool
    hours: float


def shares(evaluator: Evaluator, service: str, rates: Mapping[str, Rate] | None = None) -> list[Share]:
    """The downtime of a service by part, the largest first; the hours add up to 8,760 U."""
    figured = evaluator.figured(rates)
    booked: dict[tuple[str, str, bool], float] = {}
    if service in evaluator.few:
        return _sorted(_rough(evaluator, service, figured))
    for point, weight in legendre(POINTS):
        for key, growth in _growth(evaluator, service, figured, point).items():
            booked[key] = booked.get(key, 0.0) + weight * growth
    program = evaluator.own(service)
    floor = program.failure(_scaled(evaluator, figured, 0.0).chances)[program.roots[0]]
    if floor:
        booked["", STRUCTURE, False] = floor
    return _sorted(booked)


def _sorted(booked: Mapping[tuple[str, str, bool], float]) -> list[Share]:
    """Shares as hours a year, the largest first."""
    found = [Share(*key, HOURS_PER_YEAR * growth) for key, growth in booked.items()]
    return sorted(found, key=lambda share: (-share.hours, share.part, share.cause))


def _rough(evaluator: Evaluator, service: str, figured: Figured) -> dict[tuple[str, str, bool], float]:
    """The shares of a service that is not exact; together they are the middle of its interval."""
    bounds, known = evaluator.bounds(service, figured), evaluator.few[service]
    middle = evaluator.middle(service, bounds)
    booked: dict[tuple[str, str, bool], float] = {}
    for state, growth in bounds.shares().items():
        unit, number = known.states.unit[state], known.states.number[state]
        chain = evaluator.compiled.chains[unit]
        if isinstance(chain, AgeChain):
            key = chain.part.name, chain.part.cause, chain.part.planned
        else:
            name, stay = list(chain.exclusive.stays.items())[number - 1]
            key = f"{chain.exclusive.name}/{name}", stay.cause, stay.planned
        booked[key] = booked.get(key, 0.0) + growth
    if floor := bounds.calmly():
        booked["", STRUCTURE, False] = floor * (1.0 - bounds.beyond())
    booked["", REST, False] = middle - bounds.unavailability().low
    return {key: growth for key, growth in booked.items() if growth}


def by_cause(parts: Iterable[Share]) -> dict[str, float]:
    """Hours a year by cause, the largest first."""
    hours: dict[str, float] = {}
    for share in parts:
        hours[share.cause] = hours.get(share.cause, 0.0) + share.hours
    return dict(sorted(hours.items(), key=lambda item: (-item[1], item[0])))


def _scaled(evaluator: Evaluator, figured: Figured, scale: float) -> Figured:
    """All unavailabilities times `scale`."""
    chances = dict(figured.chances)
    sources = dict(figured.sources)
    for unit, chain in evaluator.compiled.chains.items():
        source = figured.sources[unit]
        if isinstance(chain, AgeChain):
            chances[chain.first] *= scale
        else:
            assert isinstance(source, Exclusive)
            if source.chosen:
                continue
            stays = {name: replace(stay, share=stay.share * scale) for name, stay in source.stays.items()}
            sources[unit] = replace(source, stays=stays)
            chances.update(enumerate(chances_of(chain, sources[unit]), chain.first))
    return Figured(chances, sources)


def _growth(evaluator: Evaluator, service: str, figured: Figured, scale: float) -> dict[tuple[str, str, bool], float]:
    """What each part, or state, adds to U per unit of scale, at one point of the way."""
    scaled = _scaled(evaluator, figured, scale)
    program = evaluator.own(service)
    failure = program.failure(scaled.chances)
    root = program.roots[0]
    gradient = program.gradient(root, scaled.chances, failure)
    found: dict[tuple[str, str, bool], float] = {}
    for unit, chain in evaluator.compiled.chains.items():
        slopes = [gradient.get(level, 0.0) for level in range(chain.first, chain.first + chain.width)]
        if not any(slopes):
            continue
        if isinstance(chain, AgeChain):
            part = chain.part
            found[part.name, part.cause, part.planned] = figured.chances[chain.first] * slopes[0]
            continue
        source = figured.sources[unit]
        assert isinstance(source, Exclusive)
        if source.chosen:
            continue
        given = conditionals_of(chain, scaled.sources[unit], failure[root], slopes)
        for (state, stay), mean in zip(source.stays.items(), given[1:], strict=True):
            found[f"{source.name}/{state}", stay.cause, stay.planned] = stay.share * (mean - given[0])
    return found


@cache
def legendre(points: int) -> tuple[tuple[float, float], ...]:
    """Nodes and weights of Gauss-Legendre quadrature on [0, 1], by Newton's method on the Legendre polynomial."""
    result = []
    for index in range(points):
        x = math.cos(math.pi * (index + 0.75) / (points + 0.5))
        slope = 1.0
        for _ in range(8):
            last, value = 0.0, 1.0
            for degree in range(1, points + 1):
                last, value = value, ((2 * degree - 1) * x * value - (degree - 1) * last) / degree
            slope = points * (x * value - last) / (x * x - 1.0)
            x -= value / slope
        result.append(((1.0 - x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope)))
    return tuple(result)
