"""The flags about charts that every command has which judges: which are at hand, and whether helm may ask the network."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homelab.cli.console import Console
from homelab.errors import UsageError

if TYPE_CHECKING:
    from homelab.lab.charts import Charts

VARIABLE = "HOMELAB_CHARTS"


def charts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The flags --charts, --pull and --offline; the command gets `charts`, which renders, and is closed after it."""

    @click.option("--charts", "folders", multiple=True, metavar="DIR", help=f"Charts, folders of charts, or archives that helm renders; may be repeated ({VARIABLE}).")  # fmt: skip
    @click.option("--pull", is_flag=True, help="Let helm pull charts that are not at hand.")
    @click.option("--offline", is_flag=True, help="Never ask the network, nor whether to.")
    @functools.wraps(command)
    def called(*args: Any, folders: tuple[str, ...], pull: bool, offline: bool, **kwargs: Any) -> Any:
        if pull and offline:
            raise UsageError("--pull and --offline contradict each other")
        console: Console = click.get_current_context().obj
        charts = chosen(console, folders, pull=pull)
        try:
            return command(*args, charts=charts, **kwargs)
        finally:
            charts.close()

    return called


def chosen(console: Console, folders: tuple[str, ...] = (), *, pull: bool = False) -> Charts:
    """Who renders charts, with the folders of the flags, then those of the environment.

    Raises:
        UsageError: a folder that is not there.
    """
    from homelab.lab.charts import Charts, Options

    named = [*folders, *filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))]
    if gone := [name for name in named if not Path(name).exists()]:
        raise UsageError(f"{gone[0]} does not exist", hint=f"name a folder of charts by --charts or {VARIABLE}")
    return Charts(Options(tuple(map(Path, named)), pull, console.working))
