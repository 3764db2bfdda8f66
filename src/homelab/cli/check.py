"""`homelab check`: every mistake in the file at once; where there is none, the findings about the lab it describes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from homelab.cli.charts.flags import charts_options
from homelab.cli.console import Console
from homelab.cli.fail_on import Failing, fail_on_option
from homelab.cli.opened import beside, file_argument, json_option, mistakes
from homelab.errors import InvalidHomelab, Mistake

if TYPE_CHECKING:
    from homelab.lab.charts import Charts


@click.command()
@file_argument
@fail_on_option("Exit 1 at or above this: info, low, medium, high, critical, or never.")
@click.option("--all", "everything", is_flag=True, help="List every object of a cause, and what was accepted.")
@charts_options
@json_option
@click.pass_context
def check(ctx: click.Context, *, file: str, fail_on: Failing, everything: bool, charts: Charts, as_json: bool) -> None:
    """Check FILE (`-` is standard input): what cannot be built is a mistake, what could be better a finding."""
    from homelab.cli.assess import code
    from homelab.cli.listing import tell
    from homelab.lab.named import named
    from homelab.lab.pipeline import with_options
    from homelab.lab.steps import version_steps

    console: Console = ctx.obj
    console.working(f"judging {file}")
    existing = beside(file)
    lab, wrong = mistakes(file, existing, charts)
    if lab is None:
        if as_json:
            console.json({"version": 1, "mistakes": [_mistake(m) for m in wrong], "assessment": None})
            ctx.exit(2)
        raise InvalidHomelab(wrong)
    found = named(lab, lab.assessment(console.today))
    found = with_options(
        replace(found, findings=(*found.findings, *version_steps(lab.homelab, existing))), lab.source, found.pending
    )
    if as_json:
        console.json({"version": 1, "mistakes": [], "assessment": found.json()})
    else:
        tell(console, found, everything=everything)
    ctx.exit(code(found, fail_on))


def _mistake(mistake: Mistake) -> dict[str, Any]:
    place = mistake.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "path": mistake.path,
        "message": mistake.message,
        "hint": mistake.hint,
    }
