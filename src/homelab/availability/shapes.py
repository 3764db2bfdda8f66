"""How long an outage lasts beyond its mean: the shape of the repair time, needed where the age of an outage matters.

Plain unavailability and frequency depend on means alone (renewal-reward). State splitting asks for more: the chance
that an outage is still running after D hours, S(D), and the mean time spent below that age, E[min(R, D)].
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless repair: the default, and what Markov models assume."""

    def survival(self, age: float, mean: float) -> float:
        """The chance that an outage of `mean` hours outlasts `age` hours."""
        return math.exp(-age / mean) if mean > 0 else 0.0

    def limited_mean(self, age: float, mean: float) -> float:
        """E[min(R, age)] in hours: R (1 - exp(-D/R))."""
        return -mean * math.expm1(-age / mean) if mean > 0 else 0.0

    def draw(self, source: random.Random, mean: float) -> float:
        """One outage length in hours."""
        return source.expovariate(1.0) * mean


@dataclass(frozen=True, slots=True)
class Fixed:
    """Every outage lasts the same time: a reboot, a watchdog, a planned window."""

    def survival(self, age: float, mean: float) -> float:
        """One before the end, zero from the end on."""
        return 1.0 if age < mean else 0.0

    def limited_mean(self, age: float, mean: float) -> float:
        """The shorter of the two, in hours."""
        return min(age, mean)

    def draw(self, source: random.Random, mean: float) -> float:
        """The mean; no number is drawn from `source`."""
        del source
        return mean


@dataclass(frozen=True, slots=True)
class Erlang:
    """The sum of `stages` equal exponential stages: less spread than exponential, still a Markov model."""

    stages: int = 2

    def survival(self, age: float, mean: float) -> float:
        """Poisson tail: fewer than `stages` stages done by `age`."""
        return self._unfinished(age, mean, self.stages)

    def _unfinished(self, age: float, mean: float, stages: int) -> float:
        """The chance that fewer than `stages` of the stages have ended by `age`."""
        if mean <= 0:
            return 0.0
        load = age * self.stages / mean
        term = total = math.exp(-load)
        for count in range(1, stages):
            term *= load / count
            total += term
        return min(total, 1.0)

    def limited_mean(self, age: float, mean: float) -> float:
        """The sum over the stages of the chance that the stage ended by `age`, times the mean of one stage."""
        ended = sum(1.0 - self._unfinished(age, mean, stages + 1) for stages in range(self.stages))
        return mean / self.stages * ended

    def draw(self, source: random.Random, mean: float) -> float:
        """One outage length in hours."""
        return sum(source.expovariate(1.0) for _ in range(self.stages)) * mean / self.stages


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Many short outages and a few very long ones: people who sleep, order parts, are away. `sigma` is that of ln R."""

    sigma: float = 1.0

    def survival(self, age: float, mean: float) -> float:
        """The upper tail of the normal distribution at ln(age)."""
        if mean <= 0:
            return 0.0
        return 1.0 if age <= 0 else _upper((math.log(age) - self._mu(mean)) / self.sigma)

    def limited_mean(self, age: float, mean: float) -> float:
        """E[min(R, D)]: the mean of what ends before, plus D times what does not."""
        if age <= 0 or mean <= 0:
            return 0.0
        score = (math.log(age) - self._mu(mean)) / self.sigma
        return mean * _upper(self.sigma - score) + age * _upper(score)

    def draw(self, source: random.Random, mean: float) -> float:
        """One outage length in hours."""
        return source.lognormvariate(self._mu(mean), self.sigma) if mean > 0 else 0.0

    def _mu(self, mean: float) -> float:
        """The mean of ln R that makes the mean of R right."""
        return math.log(mean) - self.sigma**2 / 2


def _upper(score: float) -> float:
    """The standard normal upper tail, exact to rounding far into it."""
    return 0.5 * math.erfc(score / math.sqrt(2.0))


Shape = Exponential | Fixed | Erlang | Lognormal
EXPONENTIAL = Exponential()
