"""`homelab rehearse`: the whole lab on a real control plane, before there is hardware."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homelab.cli.charts.flags import ask_to_pull, charts_options
from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.opened import json_option, opened, source_argument
from homelab.cli.revisions import DRILL, between, exported
from homelab.cli.twin.ending import like_interrupt
from homelab.cli.twin.flags import sealing_option
from homelab.cli.twin.folder import folder_option, fresh

if TYPE_CHECKING:
    from homelab.lab.charts import Charts
    from homelab.twin.rehearsal import Rehearsal

MINUTES = 20.0
SHOWN = 20
"""Findings that are shown before the rest is counted."""


@click.command()
@source_argument
@folder_option
@click.option("--minutes", type=click.FloatRange(0.1), default=MINUTES, help="How long the lab has to converge.")
@click.option(
    "--fast", type=click.FloatRange(1, 60), default=10.0, help="How many times faster the clocks of failure run."
)
@click.option(
    "--only", multiple=True, metavar="DRILL", help="Play this drill only, as `host-dies` or `host-dies pve-1`."
)
@click.option(
    "--order",
    type=click.Choice(("waves", "reverse", "shuffled")),
    default="waves",
    help="In which order Applications are synced first; from any of them the lab is to converge.",
)
@click.option("--without-drills", is_flag=True, help="Build the lab and break nothing.")
@click.option("--report", metavar="DIR", help="Write the report there: a page, its pictures, and JSON.")
@click.option("--keep", is_flag=True, help="Leave the folder of the twin, with logs and data.")
@sealing_option
@charts_options
@json_option
@click.pass_context
def rehearse(
    ctx: click.Context,
    *,
    source: str,
    folder: str | None,
    minutes: float,
    fast: float,
    only: tuple[str, ...],
    order: str,
    without_drills: bool,
    report: str | None,
    keep: bool,
    sealing: Path | None,
    charts: Charts,
    as_json: bool,
) -> None:
    """Let the real Argo CD build SOURCE on a real control plane of this machine, then break it on purpose.

    SOURCE is a homelab.yaml, the folder of a repository that says which nodes it has, or BASE..HEAD: two revisions of the
    repository in this folder, of which the second is committed once the first is built.
    What real programs refuse is told with its place; what happens in each drill is compared with what the model predicts.
    Exit 1 where an Application is not Synced and Healthy in the end, an object is refused, or a drill goes another way.
    """
    from homelab.twin.asked import twin_of
    from homelab.twin.rehearsal import rehearsed
    from homelab.twin.state import own, write

    console: Console = ctx.obj
    home = fresh(source, folder)
    console.working(f"reading {source}")
    if pull := between(source):
        write(home, own(source))  # what is written there from now on is a twin's, and may be removed
        only = only or (DRILL,)
    asked, head = exported(pull, home, charts) if pull else (opened(source, charts), None)
    ask_to_pull(console, charts, asked)
    with like_interrupt(), twin_of(asked, home, charts, told=console.working, fast=fast, head=head) as twin:
        twin.sealing = sealing
        write(home, own(source, kubernetes=twin.ground.kubernetes))
        drills = not without_drills
        found = rehearsed(twin, minutes * 60, only=only, drills=drills, order=order, told=console.working)
    console.worked()
    if report is not None:
        from homelab.twin.page import write as write_page

        console.note(f"the report: {write_page(Path(report), found, data(found), f'Rehearsal of {source}')}")
    if not keep:
        shutil.rmtree(home, ignore_errors=True)
    if as_json:
        console.json(data(found))
    else:
        shown(console, found)
    ctx.exit(0 if found.good else 1)


def data(found: Rehearsal) -> dict[str, Any]:
    """The answer as JSON."""
    from homelab.report import finding_json

    return {
        "version": 1,
        "kubernetes": found.kubernetes,
        "good": found.good,
        "seconds": {name: round(seconds, 1) for name, seconds in found.seconds.items()},
        "applications": [
            {"name": a.name, "sync": a.sync, "health": a.health, "phase": a.phase, "message": a.message}
            for a in found.applied.applications
        ],
        "findings": [finding_json(each) for each in found.findings],
        "rewritten": [{"file": r.file, "line": r.line, "before": r.before, "after": r.after} for r in found.rewritten],
        "stood_in": list(found.stood_in),
        "real_operators": list(found.operators),
        "drills": [each.report() for each in found.drilled],
    }


def shown(console: Console, found: Rehearsal) -> None:
    """Tell a person."""
    applied = found.applied
    good = len(applied.applications) - len(applied.waiting)
    console.say(
        f"{good} of {counted(len(applied.applications), 'Application')} Synced and Healthy after {applied.seconds:.0f} s"
        f" (Kubernetes {found.kubernetes}, control plane ready in {found.seconds['control plane']:.0f} s)"
    )
    if applied.waiting:
        console.say()
        rows = [[a.name, a.sync, a.health, a.message or a.phase] for a in applied.waiting]
        console.table(rows, "<<<<", head=("APPLICATION", "SYNC", "HEALTH", "IT SAYS"), indent=2)
    if found.findings:
        console.say()
        console.say(console.title("REFUSED, OR LEFT WAITING"))
    for each in found.findings[:SHOWN]:
        console.say(f"  {console.styled(each.severity.word, each.severity.word)}  {each.check}  {each.subject}")
        console.say(f"    {each.message}", hanging=4)
        if each.place:
            console.say(f"    {each.place}" + (f"  ({each.option})" if each.option else ""))
    if len(found.findings) > SHOWN:
        console.say(f"  and {len(found.findings) - SHOWN} more: --json has all")
    _drills(console, found)
    console.say()
    console.say(f"{counted(len(found.rewritten), 'address', 'addresses')} of sources were rewritten to this machine")
    for what in found.stood_in:
        console.say(f"stood in: {what}")


def _drills(console: Console, found: Rehearsal) -> None:
    """Each drill in a line, and every row that is not as it should be."""
    from homelab.twin.drills.rows import shown as value

    if not found.drilled:
        console.say()
        console.say("no drill was played" + ("" if found.applied.whole else ": the lab has not converged"))
        return
    console.say()
    console.say(console.title("DRILLS"))
    for each in found.drilled:
        style, verdict = ("good", "as predicted") if each.well else ("high", "contradicted")
        rows = counted(len(each.rows), "row")
        console.say(
            f"  {console.styled(verdict, style)}  {each.name}  {rows}, {each.seconds:.0f} s  {each.sha256[:12]}"
        )
        for row in each.compared:
            if not row.well:
                seen = value(row.seen.value) if row.seen else "nothing"
                console.say(f"    {row.row.says}: expected {row.row.expected}, seen {seen} ({row.verdict.value})")
