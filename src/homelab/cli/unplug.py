"""`homelab uptime --unplug`: what is down at once, in a while and until it is back, if one machine is lost now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homelab.cli import figures, rows
from homelab.cli.console import Console
from homelab.errors import UsageError

if TYPE_CHECKING:
    from homelab.lab.pipeline import Lab, Repository
    from homelab.report import Unplug

ALWAYS, NEVER = 0.995, 0.005
"""From which chance on a service is told to be down, and below which to be up."""


def tell(console: Console, lab: Lab | Repository, name: str, *, as_json: bool) -> None:
    """A row for each service, and the data that is away with the machine.

    Raises:
        UsageError: there is no such machine.
    """
    from homelab.assess.unplug import machines, unplug
    from homelab.cli.why import computed_of

    computed, note = computed_of(lab)
    known = machines(computed)
    if name not in known:
        raise UsageError(f"there is no machine {name}", hint=", ".join(known))
    found = unplug(computed, name)
    console.worked()
    if as_json:
        console.json(found.json())
        return
    away = figures.minutes(found.repair_hours * 60)
    console.say(console.title(f"{name} is lost, and back after {away}") + (f"  {note}" if note else ""))
    _services(console, found)
    console.say()
    if found.data:
        table = [(rows.short(data), _chance(chance)) for data, chance in found.data]
        console.table(table, "<<", head=("DATA THAT IS AWAY WITH IT", ""))
    else:
        console.say(f"{console.title('DATA THAT IS AWAY WITH IT')}  none that lies on one node")


def _services(console: Console, found: Unplug) -> None:
    """Services that notice it; all others in one line."""
    head = ("SERVICE", "at once", "after 5 min", "after 15 min", "after 5 h", "down in all")
    noticed = [each for each in found.services if each.minutes >= 0.05]
    table = [(each.name, *map(_chance, each.chances), figures.minutes(each.minutes)) for each in noticed]
    if table:
        console.table(table, "<<<<<>", head=head)
    if any(NEVER <= chance < ALWAYS for each in noticed for chance in each.chances):
        console.say("a percentage is how likely the pods that it needs are on this machine")
    quiet = len(found.services) - len(noticed)
    if quiet:
        console.say(f"{figures.counted(quiet, 'service')} {'does' if quiet == 1 else 'do'} not notice it")


def _chance(chance: float) -> str:
    """A chance that hangs on where pods are: down, up, or how many of a hundred labs like this one are down."""
    if chance >= ALWAYS:
        return "down"
    return "up" if chance < NEVER else f"down, {100 * chance:.0f} %"
