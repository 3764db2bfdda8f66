"""`homelab roadmap`: what to do next, the exact gain of each action, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import charts_options
from homelab.cli.console import Console
from homelab.cli.opened import file_argument, json_option, lab
from homelab.errors import UsageError

if TYPE_CHECKING:
    from homelab.lab.charts import Charts


@click.command()
@file_argument
@click.option("--edits", is_flag=True, help="Show the edits of homelab.yaml that make each action.")
@click.option("--write", metavar="ACTION", multiple=True, help="Write the edits of this action into FILE.")
@charts_options
@json_option
@click.pass_obj
def roadmap(console: Console, *, file: str, edits: bool, write: tuple[str, ...], charts: Charts, as_json: bool) -> None:
    """What to do next in the lab of FILE: each action's gain alone and after those above it, in minutes per year."""
    from homelab.cli import rows
    from homelab.cli.listing import fix_text
    from homelab.lab.roadmap import roadmap as computed

    console.working(f"computing every action for {file}")
    start = lab(file, charts=charts)
    found = computed(start, console.working)
    console.worked()
    if write:
        from homelab.cli.fix import write_edits

        known = {action.name: action for action in found.actions}
        if unknown := [name for name in write if name not in known]:
            raise UsageError(f"there is no action {unknown[0]} here", hint=f"these apply: {', '.join(known)}")
        write_edits(console, file, [edit for name in write for edit in known[name].edits])
        return
    if as_json:
        console.json(found.json())
        return
    planned = any(action.phase for action in found.actions)
    rows.phases(console, found.phases if planned else found.phases[:1], start.computed.figure("ceiling"))
    if any(phase.claimed for phase in found.phases):
        console.say("claimed: what the reference README estimates for its lab after these phases")
    console.say()
    rows.actions(console, found.actions)
    if edits:
        console.say()
        console.say(console.title("EDITS"))
        for action in found.actions:
            console.say(f"  {action.name}")
            for edit in action.edits:
                console.say(f"    {fix_text(edit)}")
