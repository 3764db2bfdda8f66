"""`homelab uptime`: the computed availability of every service, what fails alone, and where the minutes go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import charts_options
from homelab.cli.console import Console
from homelab.cli.opened import json_option, opened, source_argument

if TYPE_CHECKING:
    from homelab.lab.charts import Charts


@click.command()
@source_argument
@click.option("--why", metavar="SERVICE", help="Structure, parts, rates with sources, and band of one service.")
@click.option("--deep", is_flag=True, help="With --why: every gate, and every part with its rate and source.")
@click.option("--unplug", metavar="MACHINE", help="What is down at once and later if this machine is lost now.")
@click.option("--rates", is_flag=True, help="The table of default rates, each with its source; SOURCE is not read.")
@click.option("--goals", is_flag=True, help="Exit 1 where a goal of the lab is missed.")
@click.option("--all", "everything", is_flag=True, help="Every single point of failure, and the assumptions.")
@charts_options
@json_option
@click.pass_context
def uptime(
    ctx: click.Context,
    *,
    source: str,
    why: str | None,
    deep: bool,
    unplug: str | None,
    rates: bool,
    goals: bool,
    everything: bool,
    charts: Charts,
    as_json: bool,
) -> None:
    """The computed availability of SOURCE: a homelab.yaml, or the folder of a repository."""
    from homelab.cli import rows

    console: Console = ctx.obj
    if rates:
        from homelab.cli.rates import tell

        tell(console, as_json=as_json)
        return
    console.working(f"computing {source}")
    lab = opened(source, charts)
    if why is not None:
        from homelab.cli.why import tell as tell_why

        tell_why(console, lab, why, deep=deep, as_json=as_json)
        return
    if unplug is not None:
        from homelab.cli.unplug import tell as tell_unplug

        tell_unplug(console, lab, unplug, as_json=as_json)
        return
    found = lab.uptime()
    console.worked()
    if as_json:
        console.json(found.json())
    else:
        most = None if everything else rows.POINTS
        rows.services(console, found)
        console.say()
        rows.points(console, found.lab, most=most)
        console.say()
        rows.causes(console, found.lab, most=most)
        if everything:
            console.say()
            console.say(console.title("ASSUMPTIONS"))
            for assumption in found.assumptions:
                console.say(f"  {assumption}")
    ctx.exit(int(goals and rows.missed(found)))
