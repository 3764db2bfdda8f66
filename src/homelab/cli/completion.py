"""`homelab completion`: what a shell needs to complete commands and flags."""

from __future__ import annotations

import click

from homelab.cli.console import Console

HOW = {
    "bash": 'add to ~/.bashrc:  eval "$(homelab completion bash)"',
    "zsh": 'add to ~/.zshrc:  eval "$(homelab completion zsh)"',
    "fish": "homelab completion fish > ~/.config/fish/completions/homelab.fish",
}


@click.command(epilog="\b\n" + "\n".join(HOW.values()))
@click.argument("shell", type=click.Choice(list(HOW)))
@click.pass_obj
def completion(console: Console, shell: str) -> None:
    """Tab completion for SHELL."""
    from click.shell_completion import get_completion_class

    from homelab.cli.main import cli

    kind = get_completion_class(shell)
    assert kind is not None
    console.text(kind(cli, {}, "homelab", "_HOMELAB_COMPLETE").source())
