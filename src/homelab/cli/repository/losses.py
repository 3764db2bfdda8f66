"""Data that Argo CD would delete: said before anything is written, with what is to be done between the two steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from homelab.cli.console import Console
from homelab.cli.figures import counted
from homelab.errors import pasted

if TYPE_CHECKING:
    from homelab.lab.losses import Guarding

Command = TypeVar("Command", bound=Callable[..., Any])


def synced_option(command: Command) -> Command:
    """The flag --synced."""
    words = "The cluster has the guards that the step before wrote: go on with the change itself."
    return click.option("--synced", is_flag=True, help=words)(command)


def threatened(console: Console, step: Guarding | None) -> None:
    """What would be deleted, one a line."""
    for loss in step.losses if step else ():
        console.say(console.styled(f"Argo CD would delete data: {loss.subject} {loss.because}", "critical"))


def held_back(console: Console, step: Guarding, again: tuple[str, str], folder: str | None) -> None:
    """What would be deleted, what was written instead of the change, and what to do next: the command and its file again."""
    threatened(console, step)
    files = [path for path in step.texts if path.startswith("kubernetes/")]
    console.say("Nothing of the change is written yet: Argo CD keeps only what is guarded in the cluster already.")
    if files:
        console.say(f"The guards are written, in {counted(len(files), 'file')}:")
        for path in files:
            console.say(f"  {path}")
    if step.commands:
        console.say("No file of homelab's says these; guard them by hand:")
        for command in step.commands:
            console.say(f"  {command}")
    console.say(
        "Commit and push, wait until `kubectl --namespace argocd get applications` says Synced for all, then type:"
    )
    name, file = again
    console.say(pasted("homelab", name, "--synced", file, *(["--to", folder] if folder else [])))


def lost(step: Guarding | None) -> dict[str, object]:
    """The same for programs; empty lists where nothing would be deleted."""
    return {
        "lost": [{"object": str(each.subject), "because": each.because} for each in step.losses] if step else [],
        "guarded": sorted(step.texts) if step else [],
        "commands": list(step.commands) if step else [],
    }
