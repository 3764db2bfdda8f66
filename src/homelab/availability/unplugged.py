"""What happens if one thing is taken away now: services with all else up, by the age of that one outage.

Choices that were made stay open, so that the answer is a chance: a service may hang on where its pods are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from homelab.availability.chains import AgeChain, Chain, StayChain
from homelab.availability.quantify import Evaluator


@dataclass(frozen=True, slots=True)
class Unplugged:
    """One service: the chance that it is down at each age of the outage, `(from hours on, chance)`, the first from 0."""

    steps: tuple[tuple[float, float], ...]

    def at(self, hours: float) -> float:
        """The chance that it is down so many hours after."""
        return next(chance for since, chance in reversed(self.steps) if since <= hours)

    def hours(self, away: float) -> float:
        """How long it is down on average, if what was taken away is back after so many hours."""
        ends = [*(since for since, _ in self.steps), math.inf]
        return sum(
            chance * max(0.0, min(end, away) - since)
            for (since, chance), (_, end) in zip(self.steps, pairwise(ends), strict=True)
        )


def unplugged(evaluator: Evaluator, service: str, part: str, state: str | None = None) -> Unplugged:
    """A service while a part is down, or an exclusive in a state; everything else is up, and nothing is planned."""
    chains = evaluator.compiled.chains
    struck = chains.get(part) or chains.get(f"exclusive:{part}")
    if isinstance(struck, AgeChain):
        ages = [0.0, *struck.delays]
        return Unplugged(tuple((age, _down(evaluator, service, struck, at + 1)) for at, age in enumerate(ages)))
    if isinstance(struck, StayChain) and state is not None and state in struck.exclusive.stays:
        return Unplugged(((0.0, _down(evaluator, service, struck, list(struck.exclusive.stays).index(state) + 1)),))
    return Unplugged(((0.0, _down(evaluator, service, None, 0)),))


def _down(evaluator: Evaluator, service: str, struck: Chain | None, state: int) -> float:
    """The chance that the service is down while one chain is in a state and all others are well."""
    figured = evaluator.figured()
    chances = {}
    for chain in evaluator.compiled.chains.values():
        chosen = isinstance(chain, StayChain) and chain.exclusive.chosen
        for level in range(chain.first, chain.first + chain.width):
            chances[level] = figured.chances[level] if chosen else 0.0
    if struck is not None:
        chances.update((level, float(value)) for level, value in struck.fixing(state).items())
    program = evaluator.own(service)
    return program.failure(chances)[program.roots[0]]
