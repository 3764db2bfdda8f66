"""`homelab version`: which homelab this is, on what it runs, and which programs it finds."""

from __future__ import annotations

import platform

import click

from homelab.cli.console import Console
from homelab.cli.opened import json_option

PROGRAMS = ("helm", "kubectl", "kubeseal", "tofu", "git")


@click.command()
@json_option
@click.pass_obj
def version(console: Console, as_json: bool) -> None:
    """The version, and the programs found beside it (none of them is needed to check, render or compute)."""
    from homelab.report import number
    from homelab.tools.find import find

    found = {name: str(path) if (path := find(name)) else None for name in PROGRAMS}
    if as_json:
        console.json({"version": 1, "homelab": number(), "python": platform.python_version(), "programs": found})
        return
    console.say(f"homelab {number()} on Python {platform.python_version()}")
    console.table([(name, place or "not found") for name, place in found.items()], indent=2)
