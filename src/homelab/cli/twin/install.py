"""`homelab twin install`: build the programs of a twin that are not there yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.cli.opened import json_option
from homelab.cli.terminal.progress import duration
from homelab.cli.twin.ending import like_interrupt
from homelab.cli.twin.flags import chosen, minor_options
from homelab.cli.twin.status import answer
from homelab.documents.quantity import rounded_bytes

if TYPE_CHECKING:
    from homelab.twin.install import Installed
    from homelab.twin.programs import Program


@click.command()
@minor_options
@click.option("--only", multiple=True, metavar="NAME", help="This program alone; may be repeated.")
@json_option
@click.pass_context
def install(
    ctx: click.Context, *, file: str | None, minor: str | None, operators: bool, only: tuple[str, ...], as_json: bool
) -> None:
    """Build the programs that a twin of FILE needs and that are not there yet, from their published sources.

    It takes Go, the network, some gigabytes, and minutes for each; what it takes is said before it begins.
    Exit 1 where a program is still missing that the system brings.
    """
    from homelab.tools.process import Programs
    from homelab.twin.install import install as build
    from homelab.twin.programs import BROUGHT
    from homelab.twin.standing import standing

    console: Console = ctx.obj
    kubernetes = chosen(file, minor)
    wanted = _wanted(kubernetes, only, operators=operators)
    if not as_json:
        _announced(console, wanted)
    runner = Programs()
    made: Callable[[Installed], None] = (lambda _: None) if as_json else (lambda one: _made(console, one))
    with like_interrupt():
        build(wanted, runner, told=console.working, made=made)
    rows = standing((*wanted, *(() if only else BROUGHT)), runner)
    lacking = [row for row in rows if not row.good]
    if as_json:
        console.json(answer(kubernetes, rows))
    else:
        for row in lacking:
            console.say(f"{row.name} is missing: {row.why}")
        console.say(f"{counted(len(rows) - len(lacking), 'program')} of {len(rows)} are there")
    ctx.exit(int(bool(lacking)))


def _wanted(minor: str, only: tuple[str, ...], *, operators: bool) -> tuple[Program, ...]:
    """The programs of a minor, or those that are named.

    Raises:
        UsageError: a name that no program of a twin has.
    """
    from homelab.errors import UsageError
    from homelab.twin.programs import programs

    known = {program.name: program for program in programs(minor, operators=operators or bool(only))}
    if unknown := [name for name in only if name not in known]:
        raise UsageError(f"no program of a twin is called {unknown[0]}", hint=f"there are {', '.join(known)}")
    return tuple(known[name] for name in only or known)


def _announced(console: Console, wanted: tuple[Program, ...]) -> None:
    """Say what is going to be built, and what that takes."""
    from homelab.twin.install import Bill, missing, named

    bill = Bill(missing(wanted))
    if not bill.programs:
        return
    console.say(f"to be built: {', '.join(map(named, bill.programs))}")
    takes = f"{rounded_bytes(bill.size)} for the programs, and up to {rounded_bytes(bill.room)} that Go keeps"
    console.say(f"  this took {duration(bill.seconds)} on two cores with empty caches; it takes {takes}")


def _made(console: Console, one: Installed) -> None:
    """Say of one program that it is there."""
    from homelab.twin.install import named

    how = f"built in {duration(one.seconds)}" if one.seconds else "was there"
    console.say(f"{named(one.program)}: {how}, {rounded_bytes(one.path.stat().st_size)}")
