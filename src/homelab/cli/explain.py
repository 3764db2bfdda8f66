"""`homelab explain`: the page of a check, offline; without a name, the list of all."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from homelab.cli.console import Console
from homelab.cli.opened import json_option

if TYPE_CHECKING:
    from homelab.assess.check import Check
    from homelab.assess.notices import Notice


@click.command()
@click.argument("check", required=False)
@json_option
@click.pass_obj
def explain(console: Console, check: str | None, as_json: bool) -> None:
    """What CHECK finds, why it matters, how to fix it; without a name, every check in a line."""
    from homelab.assess.names import described, page_of, subject_of

    if check is not None:
        found = page_of(check)
        if as_json:
            console.json(_data(found))
        else:
            _tell(console, found)
        return
    everything = sorted(described(), key=lambda c: (subject_of(c), c.id))
    if as_json:
        console.json({"version": 1, "checks": [_data(c) for c in everything]})
        return
    widest = max(len(c.severity.word) for c in everything), max(len(c.id) for c in everything)
    for subject, entries in groupby(everything, subject_of):
        if subject != subject_of(everything[0]):
            console.say()
        console.say(console.title(subject.upper()))
        console.table([_row(console, entry, widest) for entry in entries], indent=2)


def _row(console: Console, check: Check | Notice, widest: tuple[int, int]) -> tuple[str, str, str]:
    """Severity, id and summary, the first two as wide as in every other group."""
    word, (first, second) = check.severity.word, widest
    return console.styled(word, word) + " " * (first - len(word)), f"{check.id:<{second}}", check.summary


def _data(check: Check | Notice) -> dict[str, object]:
    from homelab.assess.names import subject_of

    return {
        "id": check.id,
        "subject": subject_of(check),
        "severity": check.severity.word,
        "summary": check.summary,
        "aliases": list(check.aliases),
        "page": _text(check),
    }


def _text(check: Check | Notice) -> str:
    return check.page.read_text(encoding="utf-8").strip() if check.page.is_file() else check.summary


def _tell(console: Console, check: Check | Notice) -> None:
    """The page with its headings shown; the marks that make it a test are comments in its examples, which are not wrapped."""
    severity = console.styled(check.severity.word, check.severity.word)
    also = f" · elsewhere called {', '.join(check.aliases)}" if check.aliases else ""
    console.say(f"{check.id} · {severity}{also}")
    console.say()
    example = False
    for line in _text(check).splitlines():
        example ^= line.startswith("```")
        if example or line.startswith("```"):
            console.text(line)
        else:
            console.say(console.title(line.lstrip("# ")) if line.startswith("#") else line, hanging=0)
