"""The command `homelab`: its commands by name, and the one place where errors become sentences and exit codes.

Commands are imported when they are called; the list that `--help` prints is the table below and imports none of them.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import click

from homelab.errors import HomelabError, InvalidHomelab

if TYPE_CHECKING:
    from homelab.cli.console import Console

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("homelab.cli.init:init", "Write a first homelab.yaml."),
    "check": (
        "homelab.cli.check:check",
        "Every mistake in the file at once, then findings about the lab it describes.",
    ),
    "render": ("homelab.cli.repository.render:render", "Write the complete GitOps repository."),
    "diff": ("homelab.cli.repository.diff:diff", "What render would change, and what it would delete."),
    "prune": ("homelab.cli.repository.prune:prune", "Remove files that homelab wrote and renders no longer."),
    "assess": ("homelab.cli.assess:assess", "Judge a lab: ours or anybody's repository."),
    "uptime": ("homelab.cli.uptime:uptime", "The computed availability, and what fails alone."),
    "roadmap": ("homelab.cli.roadmap:roadmap", "What to do next, with the gain and the cost of each action."),
    "secrets": ("homelab.cli.secrets:secrets", "What must be supplied, and sealing it."),
    "contract": (
        "homelab.cli.contract:contract",
        "The Talos that machine configurations are made for, and moving it.",
    ),
    "charts": ("homelab.cli.charts.command:charts", "The charts that helm renders: needed, at hand, pulled, cleared."),
    "rehearse": ("homelab.cli.rehearse:rehearse", "The whole lab on a real control plane, before there is hardware."),
    "twin": ("homelab.cli.twin.command:twin", "A real control plane of the lab on this machine, kept running."),
    "explain": ("homelab.cli.explain:explain", "What a check finds, why it matters, how to fix it."),
    "demo": ("homelab.cli.demo:demo", "A README's lab, as claimed and as computed."),
    "schema": ("homelab.cli.schema:schema", "JSON Schemas of homelab.yaml and of every --json output."),
    "completion": ("homelab.cli.completion:completion", "Tab completion for bash, zsh or fish."),
    "version": ("homelab.cli.version:version", "The version, and the programs found beside it."),
}
"""Name to where the command is and one line of help; in the order of a person's work."""

EPILOGUE = """\b
Exit codes:
  0  holds
  1  findings at or above --fail-on, differences, or only guards were written
  2  could not judge or go on
  130  interrupted
  141  the reader of the output went away, as head does"""

COULD_NOT, INTERRUPTED, PIPE_CLOSED = 2, 130, 141


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found = getattr(import_module(module), name)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command called; a wrong name gets the nearest right one."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, 1)
            hint = f"did you mean {near[0]}?" if near else "`homelab --help` lists the commands"
            raise click.UsageError(f"there is no command {name}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The table as help shows it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from homelab.report import number

        click.echo(f"homelab {number()}")
        ctx.exit()


@click.group(cls=LazyGroup, epilog=EPILOGUE, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour; auto means on a terminal, unless NO_COLOR is set.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Say the version.")
@click.pass_context
def cli(ctx: click.Context, color: str) -> None:
    """The homelab that proves itself: one homelab.yaml, a checked GitOps repository, a computed uptime."""
    from homelab.cli.console import Console

    ctx.obj = ctx.obj or Console.of_terminal(color)
    ctx.color = ctx.obj.colour
    ctx.call_on_close(ctx.obj.worked)


def run(arguments: Sequence[str], console: Console | None = None) -> int:
    """Run one command and give its exit code; whatever goes wrong is a sentence on standard error.

    Args:
        arguments: the words after `homelab`.
        console: where output goes; by default the process's own.
    """
    try:
        return _called(arguments, console)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        return _misused(error)
    except (click.Abort, KeyboardInterrupt, EOFError):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:  # noqa: BLE001 - the one place where every error becomes a sentence
        return _told(error)


def _misused(error: click.ClickException) -> int:
    """Words that do not fit: how it is called, and what is wrong with them."""
    from homelab.cli.terminal.clean import line

    context = error.ctx if isinstance(error, click.UsageError) else None
    usage = f"{context.get_usage()}\n" if context else ""
    click.echo(f"{usage}Error: {line(error.format_message())}", err=True)
    return COULD_NOT


def _called(arguments: Sequence[str], console: Console | None) -> int:
    """The exit code of a command that ended well, once all it said is out."""
    code = 0
    try:
        with cli.make_context("homelab", list(arguments), obj=console) as ctx:
            cli.invoke(ctx)
    except click.exceptions.Exit as done:
        code = done.exit_code
    sys.stdout.flush()
    return code


def _pipe_closed() -> int:
    """The reader of our output went away, as `head` does: no more is said."""
    _hush()
    return PIPE_CLOSED


def _hush() -> None:
    """Keep Python's own flush at exit quiet where what was said cannot be written anywhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _told(error: Exception) -> int:
    if os.environ.get("HOMELAB_TRACEBACK"):
        raise error
    try:
        sys.stdout.flush()
    except OSError:
        _hush()
    from homelab.cli.terminal.clean import lines

    click.echo(lines(_sentence(error)), err=True)
    return COULD_NOT


def _sentence(error: Exception) -> str:
    """What a person reads about an error."""
    if isinstance(error, InvalidHomelab):
        return "\n".join(_parts(str(replace(each, hint=None)), each.hint) for each in error.mistakes)
    if isinstance(error, HomelabError):
        head = f"{error.where}: {error.message}" if error.where else error.message
        return _parts(head, error.hint)
    if isinstance(error, OSError) and error.strerror:
        place = f"{os.fspath(error.filename)}: " if isinstance(error.filename, str | os.PathLike) else ""
        return f"{place}{error.strerror.lower()}"
    if isinstance(error, MemoryError | RecursionError):
        return "the input is nested too deeply or is too large to be worked on"
    where = _innermost(error)
    return (
        f"a fault of homelab itself, not of your file: {type(error).__name__}{where}: {error}\n"
        "  hint: please report it; HOMELAB_TRACEBACK=1 shows where it comes from"
    )


def _parts(head: str, hint: str | None) -> str:
    """A sentence and its hint, a line each, whatever names are in them."""
    from homelab.cli.terminal.clean import line

    return f"{line(head)}\n  hint: {line(hint)}" if hint else line(head)


def _innermost(error: Exception) -> str:
    """` in room/module.py:12`, the place in homelab where an unexpected error arose."""
    from pathlib import Path
    from traceback import extract_tb

    package = Path(__file__).parent.parent
    ours = [frame for frame in extract_tb(error.__traceback__) if frame.filename.startswith(str(package))]
    return f" in {Path(ours[-1].filename).relative_to(package).as_posix()}:{ours[-1].lineno}" if ours else ""


def _opened() -> None:
    """Give a process whose streams were closed (`>&-`) empty ones, before a file that is opened takes their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - it is open as long as the process


def main() -> None:
    """What the installed command calls."""
    _opened()
    if os.environ.get("_HOMELAB_COMPLETE"):
        cli.main(prog_name="homelab")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # where the terminal is no UTF-8, a sign is escaped and not a failure
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
