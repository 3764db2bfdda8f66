"""Uptime and roadmap as tables: services, what fails alone, where the minutes go, what to do next, the phases."""

from __future__ import annotations

import math
from collections.abc import Iterable

from homelab.cli import figures
from homelab.cli.console import Console
from homelab.report import Action, Figure, Phase, ServiceUptime, SinglePoint, Uptime

POINTS = 12
"""Single points of failure that are told without --all."""
GAPS = 3
"""Reasons of a service that are told below the table; JSON has them all."""
KINDS = {"api": "the Kubernetes API", "hostname": "", "capability": "capability", "lab": ""}
APPLICATION = "application"
TITLES = {APPLICATION: "applications", "platform": "what they stand on", "change and recovery": "change and recovery"}
"""Groups of services, as the table names them."""


def services(console: Console, found: Uptime) -> None:
    """A row per service: availability, downtime a year and band, on the LAN and from the Internet."""
    head = ("UPTIME", "LAN", "down", "5–95 %", "Internet", "down", "5–95 %")
    rows = list[tuple[str, ...]]()
    whole = "lab" if found.worst is None else "lab, at best"
    about = "every application" if any(_application(each) for each in found.services) else "production and the API"
    rows.append(_service(found.lab, f"{whole} ({about})"))
    if found.worst is not None:
        rows.append(_service(found.worst, "lab, at worst (all on one host)"))
    if found.changes is not None:
        rows.append(("with changes that fail", *_figure(found.changes)))
    for group in dict.fromkeys((*TITLES, *(each.group for each in found.services))):
        members = [each for each in found.services if each.group == group]
        if members:
            rows.append((TITLES.get(group, group),))
        for service in members:
            about = service.environment if service.kind == "hostname" else KINDS[service.kind]
            rows.append(_service(service, "  " + service.name + (f" ({about})" if about else "")))
    rows.append(("ceiling (all in the cluster perfect)", "", "", "", *_figure(found.ceiling)))
    console.table(rows, "<>>>>>>", head=head)
    for service in found.services:
        for why in service.unknown[:GAPS]:
            console.say(f"{service.name} is that at most: {why}")
    for line in (*intervals(found), *goals(found)):
        console.say(line)


def intervals(found: Uptime) -> list[str]:
    """That some figures are intervals, and how wide the widest is."""
    sides = [side for row in (found.lab, *found.services) for side in (row.lan, row.internet) if side is not None]
    rough = [side.within for side in sides if side.within is not None]
    if not rough:
        return []
    widest = max(each.minutes_high / each.minutes_low if each.minutes_low else math.inf for each in rough)
    sure = "for certain" if all(each.confidence == 1 for each in rough) else "with 95 % confidence"
    count = f"{figures.counted(len(rough), 'figure')} of {len(sides)} not exact, as the model is large"
    width = f"{widest - 1:.2%} wide" if widest < 2 else f"{widest:.3g} times from end to end"
    return [f"~ {count}: {sure} within an interval, the widest {width}; --why shows it"]


def _application(service: ServiceUptime) -> bool:
    """Whether the lab's own figure asks for it."""
    return service.group == APPLICATION and service.environment == "production"


def _service(service: ServiceUptime, name: str) -> tuple[str, ...]:
    outside = _figure(service.internet) if service.internet else ()
    if not service.unknown:
        return (name, *_figure(service.lan), *outside)
    return (name, *_at_most(service.lan), *(_at_most(service.internet) if service.internet else ()))


def _at_most(figure: Figure) -> tuple[str, str, str]:
    """A figure of which a part was not read: what it is at most, without a band."""
    return f"≤ {figures.percent(figure.availability)}", f"≥ {figures.per_year(figure.minutes_per_year)}", ""


def _figure(figure: Figure) -> tuple[str, str, str]:
    return figures.percent(figure.availability), figures.down(figure), figures.band(figure)


def goals(found: Uptime) -> list[str]:
    """A line per goal: met, or missed by how much; and where the site alone makes it unreachable."""
    lines = []
    for side, figure in (("lan", found.lab.lan), ("internet", found.lab.internet)):
        goal = found.goals.get(side)
        if goal is None or figure is None:
            continue
        name = {"lan": "LAN", "internet": "Internet"}[side]
        short = (goal - figure.availability) * figures.PER_YEAR
        held = "not known, as not all of the lab was read" if found.lab.unknown else "met"
        verdict = held if short <= 0 else f"missed by {figures.per_year(short)}"
        if side == "internet" and goal > found.ceiling.availability:
            verdict += "; no cluster can reach it here: the ceiling is lower"
        lines.append(f"goal {name} {figures.percent(goal)}: {verdict}")
    return lines


def missed(found: Uptime) -> bool:
    """Whether a goal is missed."""
    pairs = ((found.goals.get("lan"), found.lab.lan), (found.goals.get("internet"), found.lab.internet))
    return any(goal is not None and figure is not None and figure.availability < goal for goal, figure in pairs)


def points(console: Console, service: ServiceUptime, *, most: int | None = POINTS) -> None:
    """What takes a service down alone, the costliest first."""
    head = ("WHAT FAILS ALONE", "min/yr", "because", "where")
    found = service.single_points_of_failure
    if found:
        console.table([_point(point) for point in found[:most]], "<><<", head=head)
    else:
        console.say(f"{console.title(head[0])}  nothing")
    if most is not None and len(found) > most:
        console.say(f"and {len(found) - most} more (--all lists them)")
    if service.pairs:
        console.say(f"and {figures.counted(service.pairs, 'pair')} of parts, each only together")


def _point(point: SinglePoint) -> tuple[str, str, str, str]:
    place = point.option_place or point.place
    return short(point.component), figures.plain_minutes(point.minutes_per_year), point.because, str(place or "")


def short(component: str) -> str:
    """A component as a table shows it: `shop/Deployment/web` is web (shop)."""
    parts = component.split("/")
    return f"{parts[2]} ({parts[0]})" if len(parts) == 3 else component


def causes(console: Console, service: ServiceUptime, *, most: int | None = POINTS) -> None:
    """Where a service's minutes go; the column adds up to its downtime."""
    if not service.causes:
        return
    shown = service.causes[:most]
    rows = [(short(cause), figures.plain_minutes(minutes)) for cause, minutes in shown]
    rest = sum(minutes for _, minutes in service.causes[len(shown) :])
    if rest:
        rows.append((figures.counted(len(service.causes) - len(shown), "other"), figures.plain_minutes(rest)))
    rows.append(("together", figures.plain_minutes(sum(minutes for _, minutes in service.causes))))
    rows.append(("  of which planned", figures.plain_minutes(service.planned)))
    console.table(rows, "<>", head=("WHERE THE MINUTES GO", "min/yr"))


def actions(console: Console, found: Iterable[Action], *, most: int | None = None) -> None:
    """What to do next: worth doing now, then what is worth nothing until another is done, then what gains no minutes."""
    every = list(found)
    worth = [action for action in every if action.minutes_saved_after > 0.5 and not action.waits_for]
    waiting = [action for action in every if action.waits_for]
    others = [action for action in every if action not in worth and action not in waiting]
    head = ("WHAT TO DO NEXT", "alone", "after the above", "costs")
    if worth:
        console.table([_action(action) for action in worth[:most]], "<>><", head=head)
    else:
        console.say(f"{console.title(head[0])}  nothing that saves minutes")
    from homelab.spec.words import lowered

    titles = {action.name: action.title for action in every}
    for action in waiting:
        until = " and ".join(lowered(titles.get(name, name)) for name in action.waits_for)
        gain = figures.saved(action.minutes_saved_after)
        console.say(f"worth nothing until you {until}: {lowered(action.title)} (then {gain}/yr)")
    if others and most is None:
        console.say("saves no minutes:")
        for action in others:
            console.say(f"  {action.title}" + (f": {action.note}" if action.note else ""))


def _action(action: Action) -> tuple[str, str, str, str]:
    cost = figures.cost(action.cost.hours, action.cost.euro, action.cost.memory)
    return action.title, figures.saved(action.minutes_saved_alone), figures.saved(action.minutes_saved_after), cost


def phases(console: Console, found: Iterable[Phase], ceiling: Figure) -> None:
    """The phases of the reference roadmap: what is computed, beside what was claimed where it was claimed for this lab."""
    known = tuple(found)
    claims = any(phase.claimed for phase in known)
    head = ("UPTIME", *(("claimed",) if claims else ()), "computed, LAN", "", "computed, Internet", "")
    rows = list[tuple[str, ...]]()
    for phase in known:
        claimed = (phase.claimed,) if claims else ()
        rows.append((phase.name, *claimed, *_short(phase.lan), *_short(phase.internet)))
    rows.append(("ceiling (everything inside the cluster perfect)", *[""] * (2 + claims), *_short(ceiling)))
    console.table(rows, "<>>>>>", head=head)


def _short(figure: Figure) -> tuple[str, str]:
    return figures.percent(figure.availability), figures.per_year(figure.minutes_per_year)
