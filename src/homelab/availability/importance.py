"""What matters how much: for every part of a service, what its failures cost and what mending it would give.

All measures of a service come from one top-down pass over its diagram (the derivatives of U). With P the
unavailability, P1 and P0 that with the part down for sure and perfect, q the part's own unavailability:

    birnbaum         P1 - P0                    how far the service hangs on it
    criticality      q (P1 - P0) / P            share of the downtime that goes when it is perfect (PSA tools: FV)
    achievement      P1 / P  (RAW)              what must not be neglected
    reduction        P / P0  (RRW)              infinite for what alone is to blame
    initiating       outages it starts / W      Barlow-Proschan; sums to 1 over all parts
    minutes          525,600 q (P1 - P0)        minutes a year that go if it alone were perfect (they do not add up)

"Down" is the average over the ages of an outage where a service asks for ages, and over the stays of an exclusive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from homelab.availability.engine.chains import AgeChain, Chain, Source, flows_of, shares_of
from homelab.availability.parts import HOURS_PER_YEAR, Exclusive, Rate
from homelab.availability.quantify import Evaluator, Figured

ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Importance:
    """One part (or exclusive) as seen from one service; the measures are those of the module."""

    part: str
    cause: str
    unavailability: float
    birnbaum: float
    criticality: float
    achievement: float
    reduction: float
    initiating: float
    minutes: float


def importances(evaluator: Evaluator, service: str, rates: Mapping[str, Rate] | None = None) -> list[Importance]:
    """All parts the service depends on, the costliest first; where it is not exact, from its worlds with few failures."""
    figured = evaluator.figured(rates)
    figures = evaluator.result(rates)[service]
    extra = evaluator.mixed_shares(service, figured) if service not in evaluator.few else {}
    result = []
    for unit, given in evaluator.given(service, figured).items():
        chain, source = evaluator.compiled.chains[unit], figured.sources[unit]
        if isinstance(source, Exclusive) and source.chosen:
            continue
        started = _started(chain, source, given, evaluator.harmful(service, unit)) + extra.get(unit, 0.0)
        down = _down(chain, source, given)
        result.append(_importance(chain, down, figures.unavailability, _ratio(started, figures.frequency)))
    return sorted(result, key=lambda item: (-item.minutes, -item.birnbaum, item.part))


def _importance(chain: Chain, down: tuple[float, float], mean: float, initiating: float) -> Importance:
    """The measures of one unit, from its chance to be down, what that costs, and U."""
    share, slope = down
    saved = share * slope
    perfect = mean - saved if saved < mean * (1.0 - ROUNDING) else 0.0
    return Importance(
        part=chain.part.name if isinstance(chain, AgeChain) else chain.exclusive.name,
        cause=chain.part.cause if isinstance(chain, AgeChain) else chain.exclusive.name,
        unavailability=share,
        birnbaum=slope,
        criticality=_ratio(saved, mean),
        achievement=_ratio(perfect + slope, mean),
        reduction=_ratio(mean, perfect),
        initiating=initiating,
        minutes=60.0 * HOURS_PER_YEAR * saved,
    )


def _started(chain: Chain, source: Source, given: list[float], numbers: tuple[int, ...]) -> float:
    """Outages an hour that the unit starts by flows that can only harm."""
    flows = flows_of(chain, source)
    return sum(flows[number] * (given[chain.moves[number][1]] - given[chain.moves[number][0]]) for number in numbers)


def _down(chain: Chain, source: Source, given: list[float]) -> tuple[float, float]:
    """The chance that the unit is not in its perfect state, and P1 - P0."""
    shares = shares_of(chain, source)[1:]
    cost = sum(share * (mean - given[0]) for share, mean in zip(shares, given[1:], strict=True))
    share = source.unavailability if isinstance(source, Rate) else sum(shares)
    return share, cost / share if share > 0 else given[-1] - given[0]


def _ratio(part: float, whole: float) -> float:
    """A quotient that is 0 for nothing of nothing and infinite for something of nothing."""
    if whole > 0:
        return part / whole
    return math.inf if part > 0 else 0.0


def birnbaum(evaluator: Evaluator, service: str, figured: Figured | None = None) -> dict[str, float]:
    """dU/dq of every part by name, the Birnbaum gradient alone."""
    figured = figured or evaluator.figured()
    chains = evaluator.compiled.chains
    return {
        unit: _down(chain, figured.sources[unit], given)[1]
        for unit, given in evaluator.given(service, figured).items()
        if isinstance(chain := chains[unit], AgeChain)
    }
