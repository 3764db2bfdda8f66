"""What fails: rates, parts, and planned work that is in one place at a time. Hours throughout."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from homelab.availability.shapes import EXPONENTIAL, Shape
from homelab.errors import Undecidable

HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a part fails and how long it is then down: mean hours up, mean hours down.

    `error_factor` is how sure one is: the 5 % and 95 % quantiles of the failure rate lie that factor below and above.
    """

    mttf: float
    mttr: float
    error_factor: float = 1.0
    source: str = ""

    @property
    def unavailability(self) -> float:
        """The share of time down, q = mttr / (mttf + mttr)."""
        return 1.0 if math.isinf(self.mttr) else self.mttr / (self.mttf + self.mttr)

    @property
    def frequency(self) -> float:
        """Failures per hour of calendar time, nu = 1 / (mttf + mttr)."""
        return 1.0 / (self.mttf + self.mttr)

    @classmethod
    def per_year(cls, failures: float, hours_down: float, error_factor: float = 1.0, source: str = "") -> Rate:
        """So many failures in a calendar year, each down for `hours_down` on average.

        Raises:
            Undecidable: the outages would fill the year.
        """
        if failures == 0:
            return cls(math.inf, 0.0, error_factor, source)
        cycle = HOURS_PER_YEAR / failures
        if cycle <= hours_down:
            raise Undecidable(f"{failures:g} outages of {hours_down:g} h do not fit into a year")
        return cls(cycle - hours_down, hours_down, error_factor, source)

    @classmethod
    def annual(cls, share: float, hours_down: float, error_factor: float = 1.0, source: str = "") -> Rate:
        """From an annual failure rate, the share of units that fail in a year: mttf = 8760 / -ln(1 - share)."""
        if share == 0:
            return cls(math.inf, 0.0, error_factor, source)
        return cls(HOURS_PER_YEAR / -math.log1p(-share), hours_down, error_factor, source)

    @classmethod
    def never(cls, source: str = "") -> Rate:
        """A part that does not fail."""
        return cls(math.inf, 0.0, 1.0, source)

    @classmethod
    def chance(cls, unavailability: float, cycle: float = 1.0, source: str = "") -> Rate:
        """From the share of time down alone, failing once in `cycle` hours: the probability of a basic event.

        Raises:
            Undecidable: it is no probability, or nothing else ever happens.
        """
        if not 0 <= unavailability < 1:
            raise Undecidable(f"a chance of {unavailability:g}; it is at least 0 and less than 1")
        if unavailability == 0:
            return cls.never(source)
        return cls(cycle * (1.0 - unavailability), cycle * unavailability, source=source)

    def scaled(self, factor: float) -> Rate:
        """The same part failing `factor` times as often per hour up, with equally long outages."""
        return replace(self, mttf=self.mttf / factor)


@dataclass(frozen=True, slots=True)
class Part:
    """A basic event: one thing that is up or down, independently of all others.

    `name` is unique ("host/pve-1", "pod/n8n-prod/n8n-main/0"); its downtime is booked on `cause` ("Host pve-1").
    `rank` hints at the variable order: the lower, the more is shared (site 0, hosts 1, nodes 2, pods 3).
    `shape` is how outage lengths spread; it matters only where a gate asks for the age of an outage.
    """

    name: str
    rate: Rate
    cause: str
    planned: bool = False
    rank: int = 0
    shape: Shape = EXPONENTIAL


@dataclass(frozen=True, slots=True)
class Stay:
    """One state of an exclusive: the share of time in it, how often an hour it is entered, and whom it is booked on."""

    share: float
    visits: float
    cause: str
    planned: bool = True
    error_factor: float = 1.0
    """As that of a rate, of how often it is entered."""
    source: str = ""
    follows: str = ""
    """The state that it goes on from, without a visit of its own: the rest of a drain, once leaders have moved."""

    @classmethod
    def per_year(cls, visits: float, hours: float, cause: str, *, planned: bool = True) -> Stay:
        """So many visits in a year of so many hours each."""
        return cls(visits * hours / HOURS_PER_YEAR, visits / HOURS_PER_YEAR, cause, planned)

    @classmethod
    def at(cls, rate: Rate, hours: float, cause: str, *, planned: bool = True) -> Stay:
        """Entered as often as a rate says, for so many hours each."""
        return cls(rate.frequency * hours, rate.frequency, cause, planned, rate.error_factor, rate.source)

    def scaled(self, factor: float) -> Stay:
        """The same state entered `factor` times as often, for as long each time."""
        return replace(self, share=self.share * factor, visits=self.visits * factor)


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Work that is in at most one place at a time, such as a rolling reboot: none of `stays`, or exactly one of them.

    `chosen` makes it a choice instead, such as the node that a pod was put on: always exactly one of `stays`, with their
    shares as weights that add up to one. Nobody enters or leaves it, it starts no outage, and no downtime is booked on it.
    """

    name: str
    stays: Mapping[str, Stay]
    rank: int = 0
    chosen: bool = False

    @classmethod
    def choice(cls, name: str, weights: Mapping[str, float], rank: int = 0) -> Exclusive:
        """One of several, by weights; those of no weight are left out, and the rest is made to add up to one."""
        total = sum(weights.values())
        stays = {
            state: Stay(weight / total, 0.0, name, planned=False) for state, weight in weights.items() if weight > 0
        }
        return cls(name, stays, rank, chosen=True)
