"""`homelab schema`: JSON Schemas of homelab.yaml, for editors, and of every --json output, for programs."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import click

from homelab.cli.console import Console

OUTPUTS = (
    "assess",
    "check",
    "uptime",
    "why",
    "unplug",
    "rates",
    "roadmap",
    "changes",
    "difference",
    "prune",
    "secrets",
    "explain",
    "demo",
    "charts",
    "twin",
    "rehearse",
)
"""Names of the published schemas: each `schemas/<name>.json` beside this file."""


def published(name: str) -> dict[str, Any]:
    """The schema of one --json output, complete in itself."""
    folder = files("homelab.cli").joinpath("schemas")
    found: dict[str, Any] = json.loads(folder.joinpath(f"{name}.json").read_text(encoding="utf-8"))
    shared: dict[str, Any] = json.loads(folder.joinpath("shared.json").read_text(encoding="utf-8"))["$defs"]
    return {**found, "$defs": {**shared, **found.get("$defs", {})}}


@click.command()
@click.argument("what", type=click.Choice(["homelab", *OUTPUTS]), default="homelab")
@click.pass_obj
def schema(console: Console, what: str) -> None:
    """The JSON Schema of WHAT: homelab.yaml (the default), or the --json output of a command."""
    if what == "homelab":
        from homelab.catalog.schema import schema as of_homelab

        console.json(of_homelab())
        return
    console.json(published(what))
