"""How sure a figure is: the 5, 50 and 95 % quantiles of a service's unavailability, from the error factors of the rates.

A failure rate with error factor EF is lognormal: its median is the given one, and 5 % and 95 % lie EF below and above.
So is how often a state of an exclusive is entered. Repair times stay. Parts with the *same* rate share the same draw:
three hosts that all take the default rate for a host are not three independent guesses but one, and treating them as
three would make the band too narrow.

The draws are stratified (Latin hypercube: every rate visits each of its equally likely strata once), so that a few
hundred give quantiles a plain sample needs thousands for. The seed is a parameter; the same model has the same band.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist

from homelab.availability.engine.chains import AgeChain, StayChain
from homelab.availability.parts import Exclusive, Rate, Stay
from homelab.availability.quantify import Evaluator, Figured
from homelab.availability.shapes import Shape

NORMAL = NormalDist()
FIVE_PERCENT = NORMAL.inv_cdf(0.95)
SAMPLES = 200
FULL = 0.999


@dataclass(frozen=True, slots=True)
class Band:
    """Quantiles of the unavailability: 5 %, 50 %, 95 %."""

    low: float
    median: float
    high: float


def bands(
    evaluator: Evaluator, rates: Mapping[str, Rate] | None = None, *, samples: int = SAMPLES, seed: int = 1
) -> dict[str, Band]:
    """The bands of all services at once."""
    found: dict[str, list[float]] = {service: [] for service in evaluator.system.services}
    for figured in _draws(evaluator, evaluator.figured(rates), samples, seed):
        for service, value in evaluator.unavailabilities(figured, times=samples).items():
            found[service].append(value)
    return {service: _band(values) for service, values in found.items()}


def band(
    evaluator: Evaluator,
    service: str,
    rates: Mapping[str, Rate] | None = None,
    *,
    samples: int = SAMPLES,
    seed: int = 1,
) -> Band:
    """The band of one service: equal to that of `bands`, on its own diagram alone."""
    program = evaluator.own(service)
    draws = _draws(evaluator, evaluator.figured(rates), samples, seed)
    return _band([program.failure(figured.chances)[program.roots[0]] for figured in draws])


def _draws(evaluator: Evaluator, figured: Figured, samples: int, seed: int) -> Iterator[Figured]:
    """Stratified draws of all uncertain rates; parts that share a rate, a shape and delays are computed once."""
    source = random.Random(seed)  # noqa: S311  # a sample, not a secret
    alike: dict[Rate, dict[tuple[Shape, tuple[float, ...]], list[AgeChain]]] = {}
    for unit, chain in evaluator.compiled.chains.items():
        rate = figured.sources[unit]
        if isinstance(chain, AgeChain) and isinstance(rate, Rate) and rate.error_factor > 1:
            alike.setdefault(rate, {}).setdefault((chain.part.shape, chain.delays), []).append(chain)
    scores = [NORMAL.inv_cdf((index + 0.5) / samples) for index in range(samples)]
    columns = [(rate, list(same.values()), source.sample(scores, samples)) for rate, same in alike.items()]
    works = [
        (chain, _stays(exclusive, scores, source))
        for unit, chain in evaluator.compiled.chains.items()
        if isinstance(chain, StayChain)
        and isinstance(exclusive := figured.sources[unit], Exclusive)
        and not exclusive.chosen
    ]
    for index in range(samples):
        chances = dict(figured.chances)
        for rate, same, column in columns:
            spread = math.log(rate.error_factor) / FIVE_PERCENT
            scaled = rate.scaled(math.exp(spread * column[index]))
            for chains in same:
                values = chains[0].chances(scaled)
                for chain in chains:
                    chances.update(enumerate(values, chain.first))
        for work, drawn in works:
            chances.update(enumerate(work.chances(drawn[index]), work.first))
        yield Figured(chances, figured.sources)


def _stays(exclusive: Exclusive, scores: list[float], source: random.Random) -> list[Exclusive]:
    """An exclusive with how often its states are entered drawn; states of equal figures are one guess."""
    alike: dict[tuple[float, float, float], list[str]] = {}
    for name, stay in exclusive.stays.items():
        if stay.error_factor > 1:
            alike.setdefault((stay.share, stay.visits, stay.error_factor), []).append(name)
    drawn: list[dict[str, Stay]] = [dict(exclusive.stays) for _ in scores]
    for (_, _, factor), names in alike.items():
        spread = math.log(factor) / FIVE_PERCENT
        for stays, score in zip(drawn, source.sample(scores, len(scores)), strict=True):
            stays.update((name, exclusive.stays[name].scaled(math.exp(spread * score))) for name in names)
    return [replace(exclusive, stays=_fitting(stays)) for stays in drawn]


def _fitting(stays: dict[str, Stay]) -> dict[str, Stay]:
    """States that fill more than all of the time fill nearly all of it."""
    total = sum(stay.share for stay in stays.values())
    return {name: stay.scaled(FULL / total) for name, stay in stays.items()} if total > FULL else stays


def _band(values: list[float]) -> Band:
    """The quantiles of a sample, interpolated."""
    ordered = sorted(values)
    return Band(*(_quantile(ordered, share) for share in (0.05, 0.5, 0.95)))


def _quantile(ordered: list[float], share: float) -> float:
    """The value below which a share of the sample lies, each value standing for the middle of its stratum."""
    position = min(max(share * len(ordered) - 0.5, 0.0), len(ordered) - 1.0)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])
