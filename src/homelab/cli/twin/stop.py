"""`homelab twin stop`: end a twin that another process keeps."""

from __future__ import annotations

import shutil

import click

from homelab.cli.console import Console
from homelab.cli.opened import FILE
from homelab.cli.twin.folder import folder_of, folder_option
from homelab.errors import UsageError


@click.command()
@click.argument("source", default=FILE)
@folder_option
@click.option("--keep", is_flag=True, help="Leave its folder, with logs and data.")
@click.pass_obj
def stop(console: Console, *, source: str, folder: str | None, keep: bool) -> None:
    """End the twin of SOURCE with all its programs, and remove its folder."""
    from homelab.twin.state import read
    from homelab.twin.state import stop as end

    home = folder_of(source, folder)
    if read(home) is None:
        raise UsageError(f"there is no twin in {home}")
    ran = end(home)
    if not keep:
        shutil.rmtree(home)
    console.say(f"the twin in {home} has ended" if ran else f"the twin in {home} had ended before")
