"""The flags about charts that every command has which judges: which are at hand, and whether helm may ask the network."""

from __future__ import annotations

import functools
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.errors import UsageError

if TYPE_CHECKING:
    from homelab.lab.charts import Charts
    from homelab.lab.pipeline import Lab, Repository
    from homelab.tools.charts.store import Wanted

VARIABLE = "HOMELAB_CHARTS"
SHOWN = 6
"""Charts that are named before the rest is only counted."""


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
        charts.options = replace(charts.options, offline=offline)
        try:
            return command(*args, charts=charts, **kwargs)
        finally:
            charts.close()
            _told(console, charts.unread)

    return called


def _told(console: Console, unread: Mapping[Wanted, str]) -> None:
    """Say once what was not read for want of a chart, and what to do."""
    if not unread:
        return
    console.worked()
    names = ", ".join(map(str, list(unread)[:SHOWN])) + (", …" if len(unread) > SHOWN else "")
    why = Counter(unread.values()).most_common(1)[0][0]
    console.note(f"not read, {counted(len(unread), 'chart')}: {names}", f"  {why}")


def watched(console: Console) -> bool:
    """Whether somebody is there who can answer."""
    return console.terminal and sys.stdin.isatty()


def ask_to_pull(console: Console, charts: Charts, lab: Lab | Repository) -> None:
    """Where somebody watches and charts are not at hand: say what would be pulled from where, and pull it if they agree."""
    if not watched(console) or charts.options.pull or charts.options.offline:
        return
    _ = lab.inventory
    unread = [wanted for wanted in charts.unread if wanted.repository]
    if not unread:
        return
    from homelab.tools.charts.address import normal

    console.worked()
    hosts = sorted({urlsplit(normal(wanted.repository)).hostname or "" for wanted in unread})
    what = f"{counted(len(unread), 'chart')} not at hand: {', '.join(map(str, unread))}"
    if console.confirm(what, f"Let helm pull them from {', '.join(hosts)} (some 100 kB each)?", default=True):
        charts.allow_pull()
        lab.__dict__.pop("inventory", None)


def chosen(console: Console, folders: tuple[str, ...] = (), *, pull: bool = False) -> Charts:
    """Who renders charts, with the folders of the flags, then those of the environment.

    Raises:
        UsageError: a folder that is not there.
    """
    from homelab.lab.charts import Charts, Options

    named = [*folders, *filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))]
    if gone := [name for name in named if not Path(name).exists()]:
        raise UsageError(f"{gone[0]} does not exist", hint=f"name a folder of charts by --charts or {VARIABLE}")
    return Charts(Options(tuple(map(Path, named)), pull, told=console.working))
