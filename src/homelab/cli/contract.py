"""`homelab contract`: the Talos that machine configurations are made for, pinned at the first day and moved here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from homelab.cli.console import Console
from homelab.cli.opened import beside, file_argument, lab
from homelab.cli.repository.render import TO
from homelab.errors import pasted

if TYPE_CHECKING:
    from homelab.lab.contract import Move


@click.command()
@file_argument
@click.option("--to", "folder", metavar="DIR", help=TO)
@click.option("--move-to", "version", metavar="VERSION", help="Write this contract into FILE.")
@click.pass_obj
def contract(console: Console, *, file: str, folder: str | None, version: str | None) -> None:
    """The Talos that the machine configurations of FILE are made for, and what another would change in them.

    A new version of Talos never moves it: nodes are upgraded one after the other, and an older one refuses what is new.
    """
    from homelab.catalog.machines import talos
    from homelab.cli.fix import write_edits
    from homelab.lab.contract import command, move, said_by

    found = lab(file, beside(file, folder))
    now, runs = talos.contract(found.plan), found.homelab.versions.talos
    if version is None:
        console.say(f"{now}, as {said_by(found)}; the nodes run Talos {runs}")
        if talos.release(now) < talos.release(runs):
            _tell(console, move(found, runs))
            console.say(f"once every node runs {runs}: {command(file, runs)}")
        return
    wanted = move(found, version)
    _tell(console, wanted)
    write_edits(console, file, [wanted.edit])
    where = ["--to", folder] if folder else []
    console.say(f"next: {pasted('homelab', 'render', file, *where)}, then docs/upgrade.md")


def _tell(console: Console, wanted: Move) -> None:
    """What differs in machine configurations, a field a line."""
    if wanted.changes:
        console.say(f"from {wanted.old} to {wanted.new}, in the configuration of each machine:")
        rows = [
            (
                change.field,
                change.value or "no longer said",
                change.why + (" (control planes)" if change.planes else ""),
            )
            for change in wanted.changes
        ]
        console.table(rows, indent=2)
    elif wanted.complete:
        console.say(f"from {wanted.old} to {wanted.new}, nothing changes in any machine's configuration")
    if not wanted.complete:
        console.say("not all that lies between them is known here: `tofu plan` in tofu/talos shows it")
