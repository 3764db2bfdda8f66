"""`homelab demo`: a README's lab, as claimed and as computed, from reading its file to what to do next."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import charts_options
from homelab.cli.console import Console, Stopwatch
from homelab.cli.figures import counted
from homelab.cli.opened import json_option, lab
from homelab.errors import UnreadableRepository, pasted
from homelab.findings import Severity

if TYPE_CHECKING:
    from homelab.lab.charts import Charts
    from homelab.lab.pipeline import Lab
    from homelab.report import Assessment, Roadmap, Uptime

EXAMPLE = "two-boxes"
MOST_POINTS, MOST_ACTIONS = 7, 7
ROOM, BESIDE = 86, 22
"""Columns for what a step did, and those for its name and its seconds."""


@click.command()
@click.option("--to", "folder", metavar="DIR", help="Keep the rendered repository here; by default nothing is written.")
@charts_options
@json_option
@click.pass_obj
def demo(console: Console, *, folder: str | None, charts: Charts, as_json: bool) -> None:
    """A README's lab, as claimed and as computed: seven nodes on two machines."""
    from homelab.lab.roadmap import roadmap

    file = example()
    told = _Steps(console, silent=as_json)
    watch = Stopwatch()
    found = lab(str(file), charts=charts)
    _ = found.plan
    _title(console, found, file, silent=as_json)
    told.step("read", _read(found), watch.lap())
    texts = found.tree.texts()
    _write(folder, texts)
    told.step("render", _rendered(found, texts, folder), watch.lap())
    judged = found.assessment(console.today)
    told.step("judge", _judged(judged), watch.lap())
    computed = found.uptime()
    ahead = roadmap(found, console.working)
    told.step("compute", _computed(computed, ahead), watch.lap())
    if as_json:
        reports = {"uptime": computed.json(), "roadmap": ahead.json(), "assessment": judged.json()}
        console.json({"version": 1, "file": str(file), "seconds": told.seconds, "files": len(texts), **reports})
        return
    _tell(console, judged, computed, ahead, file)


class _Steps:
    """A line for each step with what it did and how long it took."""

    def __init__(self, console: Console, *, silent: bool) -> None:
        self.console, self.silent = console, silent
        self.seconds: dict[str, float] = {}

    def step(self, name: str, what: str, seconds: float) -> None:
        self.seconds[name] = round(seconds, 3)
        if not self.silent:
            room = ROOM if self.console.width is None else min(ROOM, self.console.width - BESIDE)
            self.console.say(f"  {name:<8}  {what:<{max(room, 0)}}  {seconds:4.1f} s")


def example() -> Path:
    """The example that is shown: packaged with the wheel, or beside the sources.

    Raises:
        UnreadableRepository: it is in neither place.
    """
    inside = Path(str(files("homelab").joinpath("examples", EXAMPLE, "homelab.yaml")))
    beside = Path(__file__).parents[3] / "examples" / EXAMPLE / "homelab.yaml"
    for place in (inside, beside):
        if place.is_file():
            here = Path.cwd()
            return place.relative_to(here) if place.is_relative_to(here) else place
    raise UnreadableRepository("the example two-boxes is not installed", hint="clone the project and run `make demo`")


def _title(console: Console, found: Lab, file: Path, *, silent: bool) -> None:
    if silent:
        return
    machines, nodes = len(found.homelab.hosts) or len(found.homelab.nodes), len(found.homelab.nodes)
    title = f"A README's lab, as claimed and as computed: {nodes} nodes on {counted(machines, 'machine')}"
    console.say(f"{console.title(title)}   {file}")
    console.say()


def _read(found: Lab) -> str:
    homelab = found.homelab
    chosen = counted(len(found.plan.choices), "component")
    return f"{counted(len(homelab.hosts), 'machine')}, {counted(len(homelab.nodes), 'node')}, {chosen}"


def _rendered(found: Lab, texts: dict[str, str], folder: str | None) -> str:
    inventory = found.inventory
    where = f" → {folder}" if folder else ""
    objects = counted(len(inventory.resources), "object")
    return f"{counted(len(texts), 'file')}, {objects}, {counted(len(inventory.applications), 'Application')}{where}"


def _judged(judged: Assessment) -> str:
    count = Counter(finding.severity for finding in judged.findings)
    worst = count[Severity.HIGH] + count[Severity.CRITICAL]
    dead = counted(len(judged.unreachable), "file")
    reached = "every file reachable from the root" if not judged.unreachable else f"{dead} unreachable"
    found = counted(len(judged.findings), "finding") + (f" ({worst} high)" if worst else "")
    unknown = f", {len(judged.unknown)} unknown" if judged.unknown else ""
    return f"{reached}, {found}{unknown}"


def _computed(computed: Uptime, ahead: Roadmap) -> str:
    labs = len(ahead.actions) * 2 + len(ahead.phases)
    services, events = counted(len(computed.services), "service"), counted(computed.events, "basic event")
    return f"exact: {services}, {events}, and {labs} labs as they could be"


def _write(folder: str | None, texts: dict[str, str]) -> None:
    if folder is not None:
        from homelab.render.write import write

        write(Path(folder), texts)


def _tell(console: Console, judged: Assessment, computed: Uptime, ahead: Roadmap, file: Path) -> None:
    from homelab.cli import rows

    console.say()
    rows.phases(console, ahead.phases, computed.ceiling)
    console.say()
    rows.points(console, computed.lab, most=MOST_POINTS)
    console.say()
    rows.actions(console, ahead.actions, most=MOST_ACTIONS)
    console.say()
    service = next((s.name for s in computed.services if s.kind == "hostname"), "lab")
    checked = next((f.check for f in judged.findings), "")
    steps = [
        pasted("homelab", "uptime", file, "--why", service),
        pasted("homelab", "roadmap", file, "--edits"),
        "docs/start.md",
    ]
    if checked:
        steps.insert(1, f"homelab explain {checked}")
    console.say(console.title("NEXT"))
    for step in steps:
        console.text(f"  {step}")
