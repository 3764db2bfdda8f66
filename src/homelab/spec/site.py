"""The site: power, uplinks, people; and what the owner wants of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from homelab.spec.forms import Sentence, TimeZone
from homelab.spec.section import Section
from homelab.spec.units import HOUR, YEAR, Percent, Seconds


class Power(Section):
    """Utility power and what bridges its gaps."""

    grid: Literal["germany", "us", "uk", "none"] = "germany"
    """Whose outage statistics hold; `none` models a perfect grid."""
    ups: Annotated[Seconds, Field(le=30 * 24 * HOUR)] = 0
    """How long a UPS carries hosts, switch and router; `off` for none."""


class Internet(Section):
    """The way out."""

    uplinks: int = Field(default=1, ge=1, le=4)
    """Independent lines, each with its own router."""


class Site(Section):
    """Where the hosts stand."""

    power: Power = Field(default_factory=Power)
    """Utility power and UPS."""
    internet: Internet = Field(default_factory=Internet)
    """Lines to the Internet."""
    switches: int = Field(default=1, ge=1, le=4)
    """Switches between hosts; two are independent only with every host on both."""
    timezone: TimeZone = "UTC"
    """Time zone of the people: in it the timers of applications are meant. `homelab init` writes that of the computer it runs on."""
    spare_host: bool = False
    """A spare machine on the shelf: a dead host is replaced in hours instead of days."""


class Goals(Section):
    """What is promised; reports measure the computed figures against it."""

    lan: Percent | None = None
    """Availability seen from the LAN, in per cent."""
    internet: Percent | None = None
    """Availability seen from the Internet, in per cent."""
    rto: Annotated[Seconds, Field(gt=0)] | None = None
    """Longest acceptable time to restore a service from its backup."""
    rpo: Annotated[Seconds, Field(gt=0)] | None = None
    """Most data, as time, that may be lost."""


class RateOverride(Section):
    """A rate of the owner's own, where the default of the rate table does not fit."""

    mttf: float | None = Field(default=None, ge=1, le=1e9, allow_inf_nan=False)
    """Hours between failures."""
    mttr: float | None = Field(default=None, ge=0.001, le=YEAR / HOUR, allow_inf_nan=False)
    """Hours until repaired."""
    reason: Sentence | Literal[""] = ""
    """Where the figure comes from."""
