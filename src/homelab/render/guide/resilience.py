"""docs/resilience.md: what the lab can promise, what stops it, and what to do next; every figure is a report's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from homelab.findings import Severity
from homelab.render.guide import markdown as md
from homelab.render.guide.amounts import MONTH, WEEK, YEAR, down, minutes, percent
from homelab.report import Action, Assessment, Figure, Roadmap, ServiceUptime, SinglePoint, Uptime

LEVELS = (0.99, 0.995, 0.999, 0.9995, 0.9999)
"""The rows of the reference README's table."""
TITLE = "Resilience"
HOW = (
    "Every figure is computed from this repository by `homelab uptime` and `homelab roadmap`, not estimated. A band is "
    "where nine of ten answers lie when the rates of failure and repair are varied."
)
POINTS = 20
"""Single points of failure on the page; the rest adds next to nothing."""


@dataclass(frozen=True, slots=True)
class Copies:
    """A workload that should outlive a node, as it is rendered."""

    name: str
    replicas: int
    spread: str
    """Over what its copies are spread; empty where over nothing."""
    budget: bool


@dataclass(frozen=True, slots=True)
class Backup:
    """A schedule that copies something somewhere, and where the copies lie."""

    name: str
    what: str
    schedule: str
    kept: str
    distance: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page shows beside the reports: the lab as it is."""

    health: tuple[tuple[str, str], ...]
    planned: tuple[tuple[str, str, float], ...] = ()
    """A node or machine that is upgraded, a service that stops meanwhile, and for how many minutes."""
    copies: tuple[Copies, ...] = ()
    backups: tuple[Backup, ...] = ()


def resilience(found: Uptime, judged: Assessment, plan: Roadmap, lab: Standing) -> str:
    """The page. `option_place.file` of a point is the path of an option in homelab.yaml."""
    return md.page(
        TITLE,
        HOW,
        md.section("Computed availability", _services(found), *_goals(found)),
        md.section("What an availability means", _levels(found)),
        md.section("Health", md.table(("What", "How it stands"), [*lab.health, *_findings(judged)])),
        md.section("High availability", _copies(lab)),
        md.section("Single points of failure", *_points(found.lab)),
        md.section("Where the minutes go", _causes(found.lab)),
        md.section("While one is upgraded", _planned(lab)),
        md.section("Backups", _backups(lab)),
        md.section("Roadmap", *_roadmap(plan)),
        md.section("Assumptions", md.bullets(found.assumptions)),
        md.section("Not known", md.bullets(f"{each.what}: {each.why}" for each in found.unknown)),
    )


def undecided(why: str) -> str:
    """The page of a lab whose figures could not be computed."""
    return md.page(TITLE, f"Nothing could be computed for this lab: {why}")


def _services(found: Uptime) -> str:
    rows = [("**the lab**", *_figures(found.lab))]
    if found.worst is not None:
        rows.append(("the lab, at worst", *_figures(found.worst)))
    rows += [(service.name, *_figures(service)) for service in found.services]
    rows.append(("the site, were the cluster perfect", "", "", "", *_figure(found.ceiling)))
    return md.table(("Service", "LAN", "Down a year", "Band", "Internet", "Down a year", "Band"), rows)


def _figures(service: ServiceUptime) -> tuple[str, ...]:
    return (*_figure(service.lan), *(_figure(service.internet) if service.internet else ("", "", "")))


def _figure(figure: Figure) -> tuple[str, str, str]:
    band = percent(figure.low) if figure.low == figure.high else f"{percent(figure.low)} to {percent(figure.high)}"
    return percent(figure.availability), minutes(figure.minutes_per_year), band


def _goals(found: Uptime) -> Iterator[str]:
    for side, name, figure in (("lan", "LAN", found.lab.lan), ("internet", "Internet", found.lab.internet)):
        goal = found.goals.get(side)
        if goal is None or figure is None:
            continue
        short = (goal - figure.availability) * YEAR
        verdict = "met" if short <= 0 else f"missed by {minutes(short)} a year"
        if side == "internet" and goal > found.ceiling.availability:
            verdict += "; no cluster can reach it here, because the site itself cannot"
        yield f"Goal of {percent(goal)}, {name}: {verdict}."


def _levels(found: Uptime) -> str:
    own = [("**this lab, LAN**", found.lab.lan.availability)]
    if found.lab.internet is not None:
        own.append(("**this lab, Internet**", found.lab.internet.availability))
    rows = [(f"{level * 100:g} %", level) for level in LEVELS] + own
    table = [
        (name, percent(level) if name.startswith("**") else "", *(down(level, span) for span in (YEAR, MONTH, WEEK)))
        for name, level in sorted(rows, key=lambda each: each[1])
    ]
    return md.table(("Level", "Availability", "Down a year", "a month (730 h)", "a week"), table)


def _findings(judged: Assessment) -> Iterator[tuple[str, str]]:
    counts = {level: sum(finding.severity is level for finding in judged.findings) for level in reversed(Severity)}
    yield "Findings of `homelab assess`", ", ".join(f"{n} {level.word}" for level, n in counts.items() if n) or "none"
    if judged.accepted:
        yield "Accepted by the owner", str(len(judged.accepted))


def _copies(lab: Standing) -> str:
    rows = [
        (entry.name, entry.replicas, entry.spread or "nothing", "yes" if entry.budget else "no") for entry in lab.copies
    ]
    return md.table(("Workload", "Copies", "Spread over", "Disruption budget"), rows)


def _points(lab: ServiceUptime) -> Iterator[str]:
    points = sorted(lab.single_points_of_failure, key=lambda point: (-point.minutes_per_year, point.component))
    if not points:
        yield "Nothing stops the lab alone."
        return
    yield md.table(("What fails alone", "Down a year", "Why", "In homelab.yaml"), map(_point, points[:POINTS]))
    if rest := points[POINTS:]:
        total = sum(point.minutes_per_year for point in rest)
        yield f"{len(rest)} more add {minutes(total)} a year; `homelab uptime --all` lists them."
    yield f"Besides, {lab.pairs} pairs of parts stop it only together."


def _point(point: SinglePoint) -> tuple[str, ...]:
    option = f"`{point.option_place.file}`" if point.option_place is not None else ""
    return point.component, minutes(point.minutes_per_year), point.because, option


def _causes(lab: ServiceUptime) -> str:
    causes = sorted(lab.causes, key=lambda cause: (-cause[1], cause[0]))
    return md.table(
        ("Cause", "Down a year, LAN"), [(name, minutes(value)) for name, value in causes if minutes(value) != "0"]
    )


def _planned(lab: Standing) -> str:
    """Who stops while one node or machine starts anew; what stops for equally long stands together."""
    by_place: dict[tuple[str, float], list[str]] = {}
    for place, service, length in lab.planned:
        by_place.setdefault((place, length), []).append(service)
    rows = [(place, ", ".join(services), minutes(length)) for (place, length), services in by_place.items()]
    found = md.table(("Upgraded", "Stops meanwhile", "For"), rows)
    return found or "Nothing that people use stops while one node or machine is upgraded, as long as all others are up."


def _backups(lab: Standing) -> str:
    rows = [(entry.name, entry.what, f"`{entry.schedule}`", entry.kept, entry.distance) for entry in lab.backups]
    found = md.table(("Schedule", "Copies", "When (UTC)", "Kept", "Where the copies lie"), rows)
    return found or "**Nothing is copied anywhere.**"


def _roadmap(plan: Roadmap) -> Iterator[str]:
    if not plan.actions:
        yield "Nothing is left that would help."
    else:
        yield "The best gain for its cost first; `after` is what is gained once everything above is done."
        head = ("", "Action", "Gains alone", "Gains after", "Hours", "Euro", "Remark")
        yield md.table(head, [_action(number, action) for number, action in enumerate(plan.actions, 1)])
        yield md.code("homelab roadmap --edits")
    claims = any(phase.claimed for phase in plan.phases)
    rows = [
        (
            phase.name,
            *((phase.claimed,) if claims else ()),
            percent(phase.lan.availability),
            percent(phase.internet.availability),
        )
        for phase in plan.phases
    ]
    claimed = ("Claimed by the reference",) if claims else ()
    yield md.table(("Phase", *claimed, "Computed, LAN", "Computed, Internet"), rows)


def _action(number: int, action: Action) -> tuple[object, ...]:
    remarks = [action.note, f"needs {', '.join(action.waits_for)} first" if action.waits_for else ""]
    gains = minutes(action.minutes_saved_alone), minutes(action.minutes_saved_after)
    return (
        number,
        action.title,
        *gains,
        f"{action.cost.hours:g}",
        f"{action.cost.euro:g}",
        "; ".join(filter(None, remarks)),
    )
