"""`homelab twin start`: a lab's control plane on this machine, kept until somebody ends it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from homelab.cli.charts.flags import charts_options
from homelab.cli.console import Console
from homelab.cli.opened import opened, source_argument
from homelab.cli.twin.ending import like_interrupt
from homelab.cli.twin.flags import sealing_option
from homelab.cli.twin.folder import folder_option, fresh
from homelab.errors import pasted

if TYPE_CHECKING:
    from pathlib import Path

    from homelab.lab.charts import Charts

PACE = 2.0
"""Seconds from one look after the twin's programs to the next."""
FAST = "How many times faster the clocks of failure run: a dead node is noticed and left so much sooner."


@click.command()
@source_argument
@folder_option
@click.option("--fast", type=click.FloatRange(1, 60), default=1.0, help=FAST)
@click.option("--empty", is_flag=True, help="Do not apply the root: Argo CD has nothing to do.")
@sealing_option
@charts_options
@click.pass_obj
def start(
    console: Console,
    *,
    source: str,
    folder: str | None,
    fast: float,
    empty: bool,
    sealing: Path | None,
    charts: Charts,
) -> None:
    """Start the twin of SOURCE, a homelab.yaml or the folder of a repository, and keep it until Ctrl-C.

    Argo CD then makes the lab; `kubectl` with the file that is named watches it.
    It says how much memory it takes, listens on the loopback only, and leaves nothing outside its folder.
    """
    from homelab.twin.asked import twin_of
    from homelab.twin.state import own, write

    home = fresh(source, folder)
    asked = opened(source, charts)
    with like_interrupt(), twin_of(asked, home, charts, told=console.working, fast=fast) as twin:
        twin.sealing = sealing
        kubernetes = twin.ground.kubernetes
        write(home, own(source, kubernetes=kubernetes))
        twin.start()
        kubeconfig = str(twin.control_plane.kubeconfig("admin"))
        if not empty:
            twin.begin()
        write(home, own(source, kubernetes=kubernetes, ready=True, kubeconfig=kubeconfig))
        console.say(f"the twin of {source} is there: {pasted('export', f'KUBECONFIG={kubeconfig}')}")
        console.say(f"to end it: Ctrl-C here, or {pasted('homelab', 'twin', 'stop', '--dir', home)}")
        sys.stdout.flush()
        while True:
            time.sleep(PACE)
            twin.mend()
