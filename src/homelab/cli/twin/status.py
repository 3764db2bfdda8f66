"""`homelab twin status`: the programs that a twin needs: which are there, from where, and how to get the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.opened import json_option
from homelab.cli.terminal.progress import duration
from homelab.cli.twin.flags import chosen, minor_options
from homelab.documents.quantity import rounded_bytes

if TYPE_CHECKING:
    from homelab.twin.standing import Standing


@click.command()
@minor_options
@json_option
@click.pass_context
def status(ctx: click.Context, *, file: str | None, minor: str | None, operators: bool, as_json: bool) -> None:
    """The programs that a twin of FILE needs: which are there, how large, from where, and how to get the others.

    They are looked for in the folder that HOMELAB_TWIN_BIN names, then in the cache.
    Exit 1 where one is missing or is another version.
    """
    from homelab.tools.process import Programs
    from homelab.twin.programs import BROUGHT, programs
    from homelab.twin.standing import standing

    console: Console = ctx.obj
    kubernetes = chosen(file, minor)
    rows = standing((*programs(kubernetes, operators=operators), *BROUGHT), Programs())
    if as_json:
        console.json(answer(kubernetes, rows))
    else:
        shown(console, kubernetes, rows)
    ctx.exit(int(not all(row.good for row in rows)))


def answer(minor: str, rows: Sequence[Standing]) -> dict[str, object]:
    """What programs read."""
    return {"version": 1, "kubernetes": minor, "programs": [row.json() for row in rows]}


def shown(console: Console, minor: str, rows: Sequence[Standing]) -> None:
    """What people read."""
    console.table([_row(row) for row in rows], "<<>", head=("program", "version", "size", "from", ""))
    lacking = [row for row in rows if not row.good]
    console.say(f"{counted(len(rows), 'program')} for a twin of Kubernetes {minor}, {len(lacking)} missing")


def _row(row: Standing) -> tuple[str, ...]:
    size = rounded_bytes(row.size) if row.size else "–"
    why = f"{row.why}, in about {duration(row.seconds)}" if not row.path and row.seconds else row.why
    return row.name, row.version or "any", size, row.origin, why or str(row.path)
