"""Names in homelab.yaml that only the judging wing knows: checks that are accepted, rates that are replaced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from homelab.spec.names import unresolved
from homelab.spec.source import Problem

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab


def unknown_names(homelab: Homelab) -> Iterator[Problem]:
    """Checks and rates that there are not: an exception or a rate under a wrong name would have no effect."""
    if homelab.accept:
        yield from _checks(homelab)
    if homelab.rates:
        yield from _rates(homelab)


def _checks(homelab: Homelab) -> Iterator[Problem]:
    from homelab.assess.names import checks, meant

    known = {name for check in checks() for name in (check.id, *check.aliases)}
    for number, entry in enumerate(homelab.accept):
        if not meant(entry.check):
            found = unresolved(f"accept.{number}.check", entry.check, known, "a check")
            yield found._replace(hint=found.hint or "`homelab explain` lists them")


def _rates(homelab: Homelab) -> Iterator[Problem]:
    from homelab.availability.delays import DELAYS
    from homelab.availability.rates import RATES

    known = {*RATES, *DELAYS}
    for name, rate in homelab.rates.items():
        option = f"rates.{name}"
        if name not in known:
            found = unresolved(option, name, known, "a rate", at_key=True)
            yield found._replace(hint=found.hint or "`homelab uptime --rates` lists them")
        elif name in DELAYS and rate.mttr is None:
            yield Problem(
                option, "is a delay, and mttr is missing", "say how long it takes, in hours, as mttr", at_key=True
            )
        elif rate.mttf is None and rate.mttr is None:
            yield Problem(
                option, "says neither mttf nor mttr, so nothing changes", "give one of them, in hours", at_key=True
            )
