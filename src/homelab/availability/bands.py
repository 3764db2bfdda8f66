"""How sure a figure is: the 5, 50 and 95 % quantiles of a service's unavailability, from the error factors of the rates.

A failure rate with error factor EF is lognormal: its median is the given one, and 5 % and 95 % lie EF below and above.
Repair times stay. Parts with the *same* rate share the same draw: three hosts that all take the default rate for a host
are not three independent guesses but one, and treating them as three would make the band too narrow.

The draws are stratified (Latin hypercube: every rate visits each of its equally likely strata once), so that a few
hundred give quantiles a plain sample needs thousands for. The seed is a parameter; the same model has the same band.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist

from homelab.availability.chains import AgeChain
from homelab.availability.parts import Rate
from homelab.availability.quantify import Evaluator, Figured
from homelab.availability.shapes import Shape

NORMAL = NormalDist()
FIVE_PERCENT = NORMAL.inv_cdf(0.95)
SAMPLES = 200


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
    for index in range(samples):
        chances = dict(figured.chances)
        for rate, same, column in columns:
            spread = math.log(rate.error_factor) / FIVE_PERCENT
            scaled = rate.scaled(math.exp(spread * column[index]))
            for chains in same:
                values = chains[0].chances(scaled)
                for chain in chains:
                    chances.update(enumerate(values, chain.first))
        yield Figured(chances, figured.sources)


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
