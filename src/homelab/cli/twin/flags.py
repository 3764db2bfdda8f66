"""Which Kubernetes a twin is asked to be: the flag, the file that is named, the one in this folder, or what a lab has by default."""

from __future__ import annotations

from pathlib import Path

import click

from homelab.cli.opened import FILE, Command


def minor_options(command: Command) -> Command:
    """The argument FILE and the flags --minor and --operators."""
    for option in (
        click.option("--operators", is_flag=True, help="Also the operators that run as real processes."),
        click.option("--minor", metavar="MINOR", help="The Kubernetes minor, as 1.35; by default that of FILE."),
        click.argument("file", required=False),
    ):
        command = option(command)
    return command


def chosen(file: str | None, minor: str | None) -> str:
    """The minor of the flag, else of the file, else of the homelab.yaml in this folder, else of a lab that says none.

    Raises:
        UsageError: no twin can have it.
        UnreadableDocument: a file that cannot be read, or is not YAML.
        InvalidHomelab: with every mistake of the file.
    """
    from homelab.twin.programs import minor_of

    if minor:
        return minor_of(minor)
    if file is None and not Path(FILE).is_file():
        from homelab.spec.homelab import Versions

        return minor_of(Versions().kubernetes)
    from homelab.spec import load

    return minor_of(load.load(file or FILE).versions.kubernetes)


def sealing_option(command: Command) -> Command:
    """The flag --sealing-key, which gives the file as a path, or None."""
    text = "The lab's private key of sealed secrets, its certificate beside it as .crt: they are then opened for real."
    return click.option("--sealing-key", "sealing", metavar="FILE", callback=_key, help=text)(command)


def _key(_ctx: click.Context, _option: click.Parameter, file: str | None) -> Path | None:
    from homelab.twin.sealing_key import checked

    return checked(Path(file)) if file else None
