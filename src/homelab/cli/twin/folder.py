"""Where a twin lies: the flag --dir, or a folder in the cache by the name of what it was made of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import click

from homelab.cli.opened import Command
from homelab.errors import UsageError, pasted


def folder_option(command: Command) -> Command:
    """The flag --dir."""
    text = "Folder of the twin; by default one in the cache, by the name of SOURCE."
    return click.option("--dir", "folder", metavar="DIR", help=text)(command)


def folder_of(source: str, folder: str | None) -> Path:
    """The folder of a twin."""
    from homelab.twin.state import home

    if folder is not None:
        return Path(folder).absolute()
    path = Path("-") if source == "-" else Path(source).absolute()
    name = path.parent.name if path.suffix in {".yaml", ".yml"} else path.name
    return home() / (re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "lab")


def fresh(source: str, folder: str | None) -> Path:
    """An empty folder for a twin; what an ended one left there is removed.

    Raises:
        UsageError: one runs there, or the folder holds something else.
    """
    from homelab.twin.state import FILE, read

    home = folder_of(source, folder)
    state = read(home)
    if state and state.runs:
        hint = pasted("homelab", "twin", "stop", "--dir", home) + " ends it"
        raise UsageError(f"a twin runs in {home} already", hint=hint)
    if home.is_dir() and any(home.iterdir()) and not (home / FILE).is_file():
        raise UsageError(f"{home} is not empty, and holds no twin", hint="name another folder by --dir")
    if home.exists():
        shutil.rmtree(home)
    return home
