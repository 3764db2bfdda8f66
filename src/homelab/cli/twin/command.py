"""`homelab twin`: a real control plane of this lab on this machine."""

from __future__ import annotations

import click

from homelab.cli.twin.install import install
from homelab.cli.twin.start import start
from homelab.cli.twin.status import status
from homelab.cli.twin.stop import stop


@click.group()
def twin() -> None:
    """A twin: the real control plane of a lab on this machine, without its hosts. Linux only."""


for command in (install, start, stop, status):
    twin.add_command(command)
