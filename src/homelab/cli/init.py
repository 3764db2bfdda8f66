"""`homelab init`: a first homelab.yaml from the few answers that nothing else follows from."""

from __future__ import annotations

import os
from pathlib import Path

import click

from homelab.cli.console import Console
from homelab.cli.opened import FILE
from homelab.errors import HomelabError, Unwritable, UsageError, pasted


@click.command()
@click.argument("file", default=FILE)
@click.option("--address", help="Address of the machine on your network.")
@click.option("--cpu", help="Its processor threads.")
@click.option("--memory", help="Its memory, as 32Gi.")
@click.option("--disk", help="Its disk, as 500GB.")
@click.option("--name", help="Name of the lab; homelab by default.")
@click.option("--timezone", help="Time zone of the timers of applications; that of this computer by default.")
@click.option("--app", "apps", multiple=True, help="An application to run, as n8n; may be repeated.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given takes its default.")
@click.pass_obj
def init(console: Console, /, *, file: str, apps: tuple[str, ...], yes: bool, **given: str | None) -> None:
    """Write a first FILE (`-` prints it): one machine, no account, no domain of your own; all else can be said later."""
    from homelab.spec.new import Answers, smallest

    if file != "-" and os.path.lexists(file):
        raise Unwritable(
            f"{file} is there already; nothing was written", hint="`homelab check` reads it, or name another"
        )
    _known(apps)
    answers = {key: value for key, value in given.items() if value}
    known = {"timezone": _timezone(), **_asked(console, answers, yes=yes)}
    text = smallest(Answers(**known, apps=apps))
    if file == "-":
        console.text(text.rstrip("\n"))
        return
    with Path(file).open("x", encoding="utf-8") as written:
        written.write(text)
    suffix = "" if file == FILE else " " + pasted(file)
    console.say(f"wrote {file}")
    console.say(f"next: homelab check{suffix} · homelab uptime{suffix} · homelab roadmap{suffix}")


def _known(apps: tuple[str, ...]) -> None:
    """Refuse applications that there are not, before anything is asked or written.

    Raises:
        UsageError: with the nearest name.
    """
    from homelab.catalog.providers import catalog
    from homelab.spec.names import unresolved

    names = [component.name for component in catalog() if component.application]
    for app in apps:
        if app not in names:
            found = unresolved("--app", app, names, "an application")
            raise UsageError(f"{found.option} {found.message}", hint=found.hint)


def _timezone() -> str:
    """The time zone of this computer, by TZ or by the file that /etc/localtime leads to; empty where it says none by name."""
    from homelab.spec.zones import ZONES

    said = os.environ.get("TZ") or os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    return said if said in ZONES and said != "UTC" else ""


def _asked(console: Console, answers: dict[str, str], *, yes: bool) -> dict[str, str]:
    """The answers, with those asked for that were not given.

    Raises:
        UsageError: nothing may be asked, and an answer has no default.
    """
    from homelab.spec.new import PROMPTS

    known = dict(answers)
    for prompt in PROMPTS:
        if prompt.key in known:
            continue
        default = prompt.default(known) if prompt.default else None
        if yes and default is None:
            raise UsageError(f"--{prompt.key} is needed with --yes", hint=f"{prompt.question}, as {prompt.example}")
        known[prompt.key] = str(default) if yes else _ask(console, prompt.question, default, prompt.example)
    return known


def _ask(console: Console, question: str, default: str | None, example: str) -> str:
    hint = f" (such as {example})" if example and default is None else ""
    try:
        return console.ask(question + hint, default=default).strip()
    except click.Abort:
        message = "no answer came; nothing was written"
        raise HomelabError(message, hint="`homelab init --yes --address 192.168.1.10` asks nothing") from None
