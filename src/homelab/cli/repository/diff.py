"""`homelab diff`: what render would change, as a patch, and whose data would go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import charts_options
from homelab.cli.console import Console
from homelab.cli.fail_on import Failing, FailOn
from homelab.cli.opened import file_argument, json_option, lab, rendered, repository_of
from homelab.cli.repository.losses import synced_option, threatened
from homelab.cli.repository.render import TO
from homelab.cli.revisions import between
from homelab.errors import UsageError, pasted

if TYPE_CHECKING:
    from homelab.lab.charts import Charts
    from homelab.render.changes import Changes


@click.command()
@file_argument
@click.option("--to", "folder", metavar="DIR", help=TO)
@click.option("--names", is_flag=True, help="Only the names of files.")
@click.option("--without-computed", is_flag=True, help="Leave out the pages whose figures take time to compute.")
@click.option(
    "--without-pages", is_flag=True, help="Leave out what only tells of the lab: pages, justfile, .mise.toml."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Of BASE..HEAD: how to tell it.",
)
@click.option("--all", "everything", is_flag=True, help="Of BASE..HEAD: list every object.")
@click.option(
    "--max-deletions",
    type=click.IntRange(0),
    metavar="N",
    help="Of BASE..HEAD: exit 1 only where more objects than these are deleted.",
)
@click.option(
    "--fail-on",
    type=FailOn(),
    metavar="LEVEL",
    help="Of BASE..HEAD: exit 1 only where something is found that was not there, as `new:high`.",
)
@synced_option
@charts_options
@json_option
@click.pass_context
def diff(
    ctx: click.Context,
    *,
    file: str,
    folder: str | None,
    names: bool,
    without_computed: bool,
    without_pages: bool,
    form: str,
    everything: bool,
    max_deletions: int | None,
    fail_on: Failing | None,
    synced: bool,
    charts: Charts,
    as_json: bool,
) -> None:
    """What render would change in the repository of FILE; exit 1 where anything differs.

    FILE may be BASE..HEAD: two revisions of the repository in this folder, anybody's, as a pull request names them.
    Then objects are compared as rendered: which change, whose pods are made anew, which claims and volumes are deleted
    and what becomes of their data, how much downtime a year is gained or lost, and what is found that was not there.
    """
    from homelab.cli.repository.pull_request import Wanted, pull_request
    from homelab.cli.repository.render import data, tell
    from homelab.lab.losses import guarding
    from homelab.render.write import compare, existing

    console: Console = ctx.obj
    if pull := between(file):
        wanted = Wanted("json" if as_json else form, everything, fail_on, max_deletions)
        ctx.exit(pull_request(console, pull, charts, wanted))
    if max_deletions is not None or fail_on is not None or form != "text":
        raise UsageError("--format, --max-deletions and --fail-on are for BASE..HEAD", hint="homelab diff main..HEAD")
    console.working(f"rendering {file}")
    before = existing(repository_of(file, folder))
    found = lab(file, before, charts)
    texts = rendered(found, console, computed=not (without_computed or without_pages))
    changes = compare(_applied(texts), _applied(before)) if without_pages else compare(texts, before)
    step = guarding(found, changes, synced=synced)
    if as_json:
        console.json(data(changes, step) | {"patch": "".join(changes.unified())})
    elif names:
        _names(console, changes, pasted("homelab", "render", file, *(["--to", folder] if folder else [])))
    else:
        for line in changes.unified():
            style = {"+": "added", "-": "removed", "@": "dim"}.get(line[:1])
            text = line.rstrip("\n")
            console.text(console.styled(text, style) if style else text)
        tell(console, changes)
        threatened(console, step)
    ctx.exit(int(not changes.empty))


def _applied(texts: Mapping[str, str]) -> dict[str, str]:
    """Files that something reads to make the lab; a version bumped by Renovate leaves the others behind until the next render."""
    from homelab.render.layout import told

    return {path: text for path, text in texts.items() if not told(path)}


def _names(console: Console, changes: Changes, mend: str) -> None:
    marks = (("+", changes.added), ("~", changes.changed), ("!", changes.edited), ("-", changes.orphans))
    for mark, paths in marks:
        for path in paths:
            console.say(f"{mark} {path}")
    if not changes.empty:
        console.note(f"{mend} writes what has no !")
