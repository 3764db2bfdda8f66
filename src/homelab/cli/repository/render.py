"""`homelab render`: the complete repository of a lab, written so that nothing edited by hand is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import charts_options
from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.opened import file_argument, json_option, lab, rendered, repository_of
from homelab.cli.repository.losses import held_back, lost, synced_option
from homelab.errors import pasted

if TYPE_CHECKING:
    from pathlib import Path

    from homelab.lab.charts import Charts
    from homelab.lab.losses import Guarding
    from homelab.render.changes import Changes

TO = "Folder of the repository; by default that of FILE, where it is one already."


@click.command()
@file_argument
@click.option("--to", "folder", metavar="DIR", help=TO)
@click.option("--without-computed", is_flag=True, help="Leave out the pages whose figures take time to compute.")
@synced_option
@charts_options
@json_option
@click.pass_context
def render(
    ctx: click.Context,
    *,
    file: str,
    folder: str | None,
    without_computed: bool,
    synced: bool,
    charts: Charts,
    as_json: bool,
) -> None:
    """Write the repository of FILE; files that you edited or put there stay, and are named.

    Where Argo CD would delete data on the way to it, only guards are written, and the exit code is 1.
    """
    from homelab.lab.losses import guarding
    from homelab.lab.steps import version_steps
    from homelab.render.write import compare, existing, guard, write

    console: Console = ctx.obj
    target = repository_of(file, folder)
    console.working(f"rendering {file}")
    before = existing(target)
    found = lab(file, before, charts)
    texts = rendered(found, console, computed=not without_computed)
    for finding in version_steps(found.homelab, before):
        console.note(f"{finding.message}\n  {finding.hint}")
    step = guarding(found, compare(texts, before), synced=synced)
    if step is not None:
        guard(target, step.texts, before)
    changes = write(target, texts, before=before) if step is None else compare(texts, before)
    console.worked()
    if as_json:
        console.json(data(changes, step))
        ctx.exit(int(step is not None))
    if step is not None:
        held_back(console, step, ("render", file), folder)
        ctx.exit(1)
    _written(console, changes, len(texts), target)
    if found.pending:
        console.say(f"{counted(len(found.pending), 'secret')} to supply: {pasted('homelab', 'secrets', 'list', file)}")


def _written(console: Console, changes: Changes, files: int, target: Path) -> None:
    """What was written, and what was not; `files` are those of the tree."""
    written = len(changes.added) + len(changes.changed)
    unchanged = files - written - len(changes.edited) - len(changes.foreign)
    console.say(f"{counted(written, 'file')} written to {target}, {unchanged} unchanged")
    tell(console, changes)


def tell(console: Console, changes: Changes) -> None:
    """What stays although it differs, and what is no longer part of the lab."""
    _list(console, changes.edited, "edited by hand, left as it is", "edited by hand, left as they are")
    _list(console, changes.foreign, "not written by homelab, left as it is", "not written by homelab, left as they are")
    gone = tuple(path for path in changes.orphans if path not in changes.touched)
    _list(console, gone, "no longer part of the lab (homelab prune removes it)",
          "no longer part of the lab (homelab prune removes them)")  # fmt: skip
    _list(console, changes.touched, "no longer part of the lab and edited by hand: remove it yourself",
          "no longer part of the lab and edited by hand: remove them yourself")  # fmt: skip
    for name in changes.data:
        console.say(console.styled(f"its data is no longer part of the lab: {name}", "high"))


def _list(console: Console, paths: tuple[str, ...], one: str, many: str) -> None:
    if paths:
        console.say(f"{counted(len(paths), 'file')} {one if len(paths) == 1 else many}:")
        for path in paths:
            console.say(f"  {path}")


def data(changes: Changes, step: Guarding | None) -> dict[str, object]:
    """Changes as published, with the data that Argo CD would delete."""
    return {
        "version": 1,
        "added": list(changes.added),
        "changed": list(changes.changed),
        "edited": list(changes.edited),
        "foreign": list(changes.foreign),
        "orphans": list(changes.orphans),
        "data": list(changes.data),
        **lost(step),
    }
