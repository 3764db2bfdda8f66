"""`homelab charts`: the charts that helm renders here: which a repository needs, which are at hand, pulling, clearing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from homelab.cli.charts.flags import chosen
from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.opened import json_option, opened
from homelab.documents.quantity import rounded_bytes

if TYPE_CHECKING:
    from homelab.lab.needed import Needed
    from homelab.tools.charts.cache import Pulled

DAY = 86400.0
FOLDERS = click.option("--charts", "folders", multiple=True, metavar="DIR", help="Charts, folders of charts, or archives; may be repeated (HOMELAB_CHARTS).")  # fmt: skip


@click.group()
def charts() -> None:
    """The charts that helm renders: needed, at hand, pulled into a cache outside of every repository."""


@charts.command("list")
@click.argument("source", required=False)
@FOLDERS
@json_option
@click.pass_context
def listed(ctx: click.Context, *, source: str | None, folders: tuple[str, ...], as_json: bool) -> None:
    """What SOURCE installs and where each chart comes from; without SOURCE, what is in the cache."""
    console: Console = ctx.obj
    if source is None:
        _cached(console, as_json=as_json)
        return
    ctx.exit(_shown(console, _needed(console, source, folders, pull=False), as_json=as_json))


@charts.command()
@click.argument("source")
@FOLDERS
@json_option
@click.pass_context
def pull(ctx: click.Context, *, source: str, folders: tuple[str, ...], as_json: bool) -> None:
    """Let helm pull what SOURCE (a homelab.yaml, or the folder of a repository) installs and is not at hand.

    Only https and oci addresses are asked, in the public Internet or named by helm's own configuration.
    Exit 1 where a chart cannot be had.
    """
    console: Console = ctx.obj
    ctx.exit(_shown(console, _needed(console, source, folders, pull=True), as_json=as_json))


@charts.command()
@click.option(
    "--unused", metavar="DAYS", type=click.IntRange(0), default=90, help="Charts not used for so long; 90 by default."
)
@click.option("--all", "everything", is_flag=True, help="Every chart, and everything that was rendered.")
@json_option
@click.pass_obj
def prune(console: Console, *, unused: int, everything: bool, as_json: bool) -> None:
    """Remove charts from the cache that were not used for long, and renders beyond what may be kept."""
    found = chosen(console)
    before = console.now.timestamp() - unused * DAY
    gone = [pulled for pulled in found.store.cache.all() if everything or pulled.used < before]
    for pulled in gone:
        found.store.cache.remove(pulled)
    renders, freed = found.renders.prune(0) if everything else found.renders.prune()
    freed += sum(pulled.size for pulled in gone)
    if as_json:
        removed = [_pulled(pulled) for pulled in gone]
        console.json({"version": 1, "removed": removed, "renders": renders, "bytes": freed})
        return
    for pulled in gone:
        console.say(f"  {pulled.name} {pulled.version}  {pulled.repository}")
    told = f"{counted(len(gone), 'chart')} and {counted(renders, 'render')} removed, {rounded_bytes(freed)}"
    console.say(told if gone or renders else "there is nothing to remove")


def _needed(console: Console, source: str, folders: tuple[str, ...], *, pull: bool) -> tuple[Needed, ...]:
    from homelab.lab.needed import needed

    found = chosen(console, folders, pull=pull)
    lab = opened(source, found)
    answer = needed(lab.repository, found)
    console.worked()
    return answer


def _shown(console: Console, rows: tuple[Needed, ...], *, as_json: bool) -> int:
    missing = [row for row in rows if row.origin == "missing"]
    if as_json:
        console.json({"version": 1, "charts": [row.json() for row in rows]})
        return int(bool(missing))
    table = [(row.name, row.wanted or "newest", row.version or "–", row.origin, row.path or row.why) for row in rows]
    console.table(table, head=("chart", "wanted", "taken", "from", "") if rows else ())
    console.say(f"{counted(len(rows), 'chart')}, {len(missing)} missing")
    return int(bool(missing))


def _cached(console: Console, *, as_json: bool) -> None:
    found = list(chosen(console).store.cache.all())
    if as_json:
        console.json({"version": 1, "cached": [_pulled(pulled) for pulled in found]})
        return
    rows = [(p.name, p.version, rounded_bytes(p.size), _day(p.used), p.repository) for p in found]
    console.table(rows, "<<>", head=("chart", "version", "size", "used", "from") if rows else ())
    console.say(f"{counted(len(found), 'chart')} in the cache")


def _pulled(pulled: Pulled) -> dict[str, Any]:
    return {
        "repository": pulled.repository,
        "name": pulled.name,
        "version": pulled.version,
        "digest": pulled.digest,
        "bytes": pulled.size,
        "used": _day(pulled.used),
    }


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
