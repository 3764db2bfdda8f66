"""`homelab uptime --why`: what "up" means for a service, from the same gates and rates that its figure comes from."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from homelab.cli import figures, rows
from homelab.cli.console import Console
from homelab.errors import UsageError

if TYPE_CHECKING:
    from homelab.assess.uptime import Computed
    from homelab.availability.system import Gate, System
    from homelab.lab.pipeline import Lab, Repository
    from homelab.report import ServiceUptime, Within

CAUSES, PARTS = 9, 3
"""Causes and parts of each that are told without --deep."""
LEAST = 0.001
"""Share of the downtime from which on it is told how much something matters."""


def tell(console: Console, lab: Lab | Repository, name: str, *, deep: bool, as_json: bool) -> None:
    """Figures with bands and causes on one screen; `deep` adds the structure, and every part with its rate and source.

    Raises:
        UsageError: there is no such service.
    """
    computed, note = computed_of(lab)
    found = lab.uptime()
    service = _service([found.lab, *found.services], name)
    console.worked()
    gate = computed.model.system.services[f"lan:{service.name}"]
    parts = _parts(computed, f"lan:{service.name}")
    if as_json:
        structure = list(lines(computed.model.system, gate))
        matters = _importances(computed, f"lan:{service.name}")
        whole = {"version": 1, "service": service.json(), "structure": structure, "parts": parts}
        console.json(whole | {"importances": matters})
        return
    console.say(console.title(service.name) + (f"  {note}" if note else ""))
    for gap in service.unknown:
        console.say(f"at most, as {gap}")
    _figures(console, service)
    console.say()
    if not deep:
        _tree(console, parts)
        console.say()
        rows.points(console, service)
        console.say("--deep prints what up means, gate by gate, and every part with its rate and source")
        return
    console.say(console.title("UP MEANS"))
    console.tree(lines(computed.model.system, gate), indent=2)
    console.say()
    _told_parts(console, parts)
    console.say()
    _matters(console, _importances(computed, f"lan:{service.name}"))
    console.say()
    rows.points(console, service, most=None)


def computed_of(lab: Lab | Repository) -> tuple[Computed, str]:
    """The model, and what has to be said about it."""
    from homelab.assess.model import build
    from homelab.assess.uptime import Computed
    from homelab.lab.pipeline import Lab

    if isinstance(lab, Lab):
        return lab.computed, ""
    ground = lab.inventory.ground
    if ground is not None and ground.nodes and not build.mapped(ground):
        return Computed.of(lab.inventory, build.interval(ground)[0]), "at best: nobody said which host carries a node"
    return Computed.of(lab.inventory), ""


def _service(known: list[ServiceUptime], name: str) -> ServiceUptime:
    """A service by its name, or by the beginning of it where only one begins so."""
    exact = [service for service in known if service.name == name]
    begins = [service for service in known if service.name.startswith(name)]
    if len(exact or begins) == 1 or exact:
        return (exact or begins)[0]
    names = ", ".join(service.name for service in (begins or known))
    raise UsageError(f"{'several services begin with' if begins else 'there is no service'} {name}", hint=names)


def _figures(console: Console, service: ServiceUptime) -> None:
    head, table = ("", "availability", "5–95 %", "down", "outages a year", "mean outage"), list[tuple[str, ...]]()
    for side, figure in (("LAN", service.lan), ("Internet", service.internet)):
        if figure is not None:
            often, long = figures.times(figure.outages_per_year), figures.minutes(figure.mean_outage_minutes)
            down = figures.down(figure)
            table.append((side, figures.percent(figure.availability), figures.band(figure), down, often, long))
    console.table(table, "<>>>>>", head=head, indent=2)
    for side, figure in (("LAN", service.lan), ("Internet", service.internet)):
        if figure is not None and figure.within is not None:
            console.say(f"  {side}: {_interval(figure.within)}")


def _interval(within: Within) -> str:
    """The ends of a figure that is not exact, and how sure they are."""
    sure = "for certain" if within.confidence == 1 else f"with {within.confidence:.0%} confidence"
    minutes = f"{within.minutes_low:,.4g} to {within.minutes_high:,.4g} min/yr"
    outages = f"{within.outages_low:,.4g} to {within.outages_high:,.4g} outages a year"
    return f"not exact, as the model is large: {sure} {minutes}, {outages}"


def _parts(computed: Computed, service: str) -> list[dict[str, Any]]:
    """Every part or planned state that minutes are booked on, with its rate; the minutes add up to the downtime."""
    from homelab.availability.causes import shares
    from homelab.availability.parts import HOURS_PER_YEAR

    found: dict[str, dict[str, Any]] = {}
    system = computed.model.system
    stays = {f"{name}/{state}": stay for name, each in system.exclusives.items() for state, stay in each.stays.items()}
    for share in shares(computed.evaluator, service):
        part, stay = system.parts.get(share.part), stays.get(share.part)
        name = (share.part or share.cause).removeprefix("maintenance/").partition(", after ")[0]
        entry = found.setdefault(
            name, {"part": name, "cause": share.cause, "minutes_per_year": 0.0, "planned": share.planned}
        )
        entry["minutes_per_year"] += share.hours * 60
        if part is not None:
            rate = part.rate
            often = 0.0 if math.isinf(rate.mttf) else rate.frequency * HOURS_PER_YEAR
            entry |= {"failures_per_year": often, "repair_minutes": rate.mttr * 60}
            entry |= {"error_factor": rate.error_factor, "source": rate.source}
        elif stay is not None and not stay.planned:
            entry |= {
                "failures_per_year": stay.visits * HOURS_PER_YEAR,
                "repair_minutes": stay.share / stay.visits * 60,
            }
            entry |= {"error_factor": stay.error_factor, "source": stay.source}
    return sorted(found.values(), key=lambda each: -each["minutes_per_year"])


def _tree(console: Console, parts: list[dict[str, Any]]) -> None:
    """Minutes by cause, planned work apart, each cause with the parts that cost most of it; folded to one screen."""
    table = list[tuple[str, ...]]()
    for planned, title in ((False, "unplanned"), (True, "planned")):
        causes: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for part in parts:
            if part["planned"] is planned:
                causes[part["cause"]].append(part)
        ordered = sorted(causes, key=lambda cause: -_minutes(causes[cause]))
        table.append((title, figures.plain_minutes(sum(_minutes(causes[cause]) for cause in ordered))))
        for cause in ordered[:CAUSES]:
            table.append((f"  {rows.short(cause)}", figures.plain_minutes(_minutes(causes[cause]))))
            several = [part for part in causes[cause] if part["minutes_per_year"] >= 0.05]
            if len(several) > 1:
                table += [
                    (f"    {part['part']}", figures.plain_minutes(part["minutes_per_year"])) for part in several[:PARTS]
                ]
        if ordered[CAUSES:]:
            rest = sum(_minutes(causes[cause]) for cause in ordered[CAUSES:])
            table.append((f"  {figures.counted(len(ordered) - CAUSES, 'other')}", figures.plain_minutes(rest)))
    table.append(("together", figures.plain_minutes(_minutes(parts))))
    console.table(table, "<>", head=("WHERE THE MINUTES GO", "min/yr"))


def _minutes(parts: list[dict[str, Any]]) -> float:
    return float(sum(part["minutes_per_year"] for part in parts))


def _importances(computed: Computed, service: str) -> list[dict[str, Any]]:
    """What matters how much: the measures of `availability.importance`, the costliest first; None for what is infinite."""
    from homelab.availability.importance import importances

    def plain(value: float) -> float | None:
        return None if math.isinf(value) else value

    return [
        {
            "part": each.part,
            "birnbaum": each.birnbaum,
            "criticality": each.criticality,
            "achievement": plain(each.achievement),
            "reduction": plain(each.reduction),
            "initiating": each.initiating,
        }
        for each in importances(computed.evaluator, service)
    ]


def _matters(console: Console, found: list[dict[str, Any]]) -> None:
    """The importances of what is to blame for a thousandth of the downtime or more."""
    head = ("WHAT MATTERS", "Birnbaum", "criticality", "RAW", "RRW", "starts")
    table = [
        (
            each["part"],
            f"{each['birnbaum']:.3g}",
            f"{100 * each['criticality']:.1f} %",
            _times(each["achievement"]),
            _times(each["reduction"]),
            f"{100 * each['initiating']:.1f} %",
        )
        for each in found
        if each["criticality"] >= LEAST
    ]
    console.table(table, "<>>>>>", head=head)


def _times(factor: float | None) -> str:
    return "∞" if factor is None else f"{factor:.3g} x"


def _told_parts(console: Console, parts: list[dict[str, Any]]) -> None:
    """Parts that cost something in the table; all others in one line, so that the column adds up."""
    head = ("WHAT IT STANDS ON", "min/yr", "a year", "each time", "factor", "source")
    table = list[tuple[str, ...]]()
    costly = [part for part in parts if part["minutes_per_year"] >= 0.05]
    for part in costly:
        rate = ("planned" if part["planned"] else "", "", "", "")
        if "source" in part:
            often, each = f"{part['failures_per_year']:.3g}", figures.minutes(part["repair_minutes"])
            rate = (often, each, f"{part['error_factor']:g}", part["source"])
        table.append((part["part"], figures.plain_minutes(part["minutes_per_year"]), *rate))
    rest = [part["minutes_per_year"] for part in parts if part not in costly]
    if rest:
        table.append((figures.counted(len(rest), "other"), figures.plain_minutes(sum(rest))))
    table.append(("together", figures.plain_minutes(sum(part["minutes_per_year"] for part in parts))))
    console.table(table, "<>>>><", head=head)


def lines(system: System, name: str) -> Iterator[str]:
    """The structure below a named gate, indented; what was told once is named again, not told again."""
    told: set[str] = set()

    def below(gate: Gate | str, depth: int) -> Iterator[str]:
        indent = "  " * depth
        if isinstance(gate, str) and gate in system.gates:
            again = gate in told
            told.add(gate)
            whole = system.gates[gate]
            yield f"{indent}{gate}{' (as above)' if again else heading(whole)}"
            if not again:
                yield from inside(whole, depth + 1)
        elif isinstance(gate, str):
            yield f"{indent}{gate} works"
        elif joined(gate):
            yield f"{indent}{heading(gate).removeprefix(': ')}"
            yield from inside(gate, depth + 1)
        else:
            yield f"{indent}{atom(gate)}"

    def inside(gate: Gate, depth: int) -> Iterator[str]:
        single, groups = grouped(gate)
        for entry in single:
            yield from below(entry, depth)
        for words, parts in groups.items():
            yield f"{'  ' * depth}{words}: {', '.join(parts)}"

    yield from below(name, 0)


def joined(gate: Gate) -> bool:
    """Whether a gate joins others."""
    from homelab.availability.gates import inputs

    return bool(inputs(gate))


def grouped(gate: Gate) -> tuple[list[Gate | str], dict[str, list[str]]]:
    """The inputs of a gate, those of an `All` that say the same of many parts gathered by what they say."""
    from homelab.availability.gates import All, Bridged, Outside, Settled, inputs

    if not inputs(gate):
        return [gate], {}
    single: list[Gate | str] = []
    groups: dict[str, list[str]] = defaultdict(list)
    for entry in inputs(gate):
        if isinstance(gate, All) and isinstance(entry, Settled):
            groups[f"moved elsewhere within {_delay(entry.delay_hours)} after one of these fails"].append(entry.part)
        elif isinstance(gate, All) and isinstance(entry, Bridged):
            groups[f"carried over for {_delay(entry.delay_hours)} when one of these fails"].append(entry.part)
        elif isinstance(gate, All) and isinstance(entry, Outside):
            groups["not during"].append(entry.state)
        else:
            single.append(entry)
    return single, groups


def heading(gate: Gate) -> str:
    """How a gate joins its inputs."""
    from homelab.availability.gates import All, Any_, AtLeast, Not

    if isinstance(gate, All):
        return ": all of"
    if isinstance(gate, Any_):
        return ": any of"
    if isinstance(gate, AtLeast):
        if gate.weights:
            return f": enough of (weighing {gate.k} of {sum(gate.weights)} together)"
        return f": at least {gate.k} of {len(gate.gates)}"
    return ": not" if isinstance(gate, Not) else ""


def atom(gate: Gate) -> str:
    """An atom in words."""
    from homelab.availability import gates

    if isinstance(gate, gates.Constant):
        return "always" if gate.value else "never"
    if isinstance(gate, gates.In | gates.Outside):
        return f"{'during' if isinstance(gate, gates.In) else 'not during'} {gate.state}"
    assert isinstance(gate, gates.Up | gates.Down | gates.FreshlyDown | gates.LongDown | gates.Settled | gates.Bridged)
    words = {gates.Up: "works", gates.Down: "is down"}.get(type(gate))
    if words is None:
        delay = _delay(gate.delay_hours)  # type: ignore[union-attr]  # all others have a delay
        words = {
            gates.FreshlyDown: f"is down, for less than {delay}",
            gates.LongDown: f"is down, for {delay} or more",
            gates.Settled: f"works, or has been down for {delay}: moved elsewhere by then",
            gates.Bridged: f"works, or is carried over for {delay}",
        }[type(gate)]
    return f"{gate.part} {words}"


def _delay(hours: float) -> str:
    return figures.minutes(hours * 60) if hours * 60 >= 1 else f"{hours * 3600:.0f} s"
