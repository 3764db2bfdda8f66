"""`homelab prune`: remove what homelab wrote once and renders no longer; nothing else, and nothing edited by hand."""

from __future__ import annotations

import click

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.opened import file_argument, json_option, lab, repository_of
from homelab.cli.repository.losses import held_back, lost, synced_option
from homelab.cli.repository.render import TO


@click.command()
@file_argument
@click.option("--to", "folder", metavar="DIR", help=TO)
@click.option("--yes", is_flag=True, help="Remove them without asking.")
@synced_option
@json_option
@click.pass_context
def prune(ctx: click.Context, *, file: str, folder: str | None, yes: bool, synced: bool, as_json: bool) -> None:
    """List files that homelab wrote and renders no longer, and remove them; exit 1 where they are left.

    Where Argo CD would delete data with them, only guards are written.
    """
    from homelab.lab.losses import guarding
    from homelab.render.write import compare, existing, guard
    from homelab.render.write import prune as remove

    console: Console = ctx.obj
    target = repository_of(file, folder)
    before = existing(target)
    found = lab(file, before)
    changes = compare(found.tree.texts(), before)
    ours, edited = tuple(path for path in changes.orphans if path not in changes.touched), changes.touched
    for path in () if as_json else ours:
        console.say(f"  {path}")
    for path in edited:
        console.note(f"{path} was edited by hand: it stays, remove it yourself")
    for name in changes.data:
        console.note(console.styled(f"deleted with them, and its data too once the cluster follows: {name}", "high"))
    step = guarding(found, changes, synced=synced, gone=frozenset(ours)) if ours else None
    removed = bool(ours) and step is None and (yes or _asked(console, len(ours), as_json=as_json))
    if removed:
        remove(target, ours)
    elif step is not None:
        guard(target, step.texts, before)
    if as_json:
        listed = {"orphans": list(ours), "edited": list(edited), "data": list(changes.data), **lost(step)}
        console.json({"version": 1, **listed, "removed": removed})
    elif step is not None:
        held_back(console, step, ("prune", file), folder)
    elif removed:
        console.say(f"{counted(len(ours), 'file')} removed from {target}")
    else:
        console.say("nothing was removed: --yes removes them" if ours else "there is nothing to remove")
    ctx.exit(int(bool(ours) and not removed))


def _asked(console: Console, count: int, *, as_json: bool) -> bool:
    """Whether somebody is there and says yes."""
    return console.terminal and not as_json and console.confirm(f"remove {counted(count, 'file')}?")
