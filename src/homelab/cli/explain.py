"""`homelab explain`: the page of a check, offline; without a name, the list of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from homelab.cli.console import Console
from homelab.cli.opened import json_option

if TYPE_CHECKING:
    from homelab.assess.check import Check


@click.command()
@click.argument("check", required=False)
@json_option
@click.pass_obj
def explain(console: Console, check: str | None, as_json: bool) -> None:
    """What CHECK finds, why it matters, how to fix it; without a name, every check in a line."""
    from homelab.assess.run import by_id, checks

    if check is not None:
        found = by_id(check)
        console.json(_data(found)) if as_json else console.text(_page(console, found))
        return
    everything = sorted(checks(), key=lambda c: (_subject(c), c.id))
    if as_json:
        console.json({"version": 1, "checks": [_data(c) for c in everything]})
        return
    rows = [(console.styled(c.severity.word, c.severity.word), c.id, c.summary) for c in everything]
    subject = ""
    for row, entry in zip(_aligned(rows), everything, strict=True):
        if _subject(entry) != subject:
            subject = _subject(entry)
            if entry is not everything[0]:
                console.say()
            console.say(console.title(subject.upper()))
        console.say("  " + row)


def _aligned(rows: list[tuple[str, str, str]]) -> list[str]:
    from homelab.cli.console import columns

    return columns(rows)


def _subject(check: Check) -> str:
    """The folder a check's page lies in."""
    return check.page.parent.name


def _data(check: Check) -> dict[str, object]:
    return {
        "id": check.id,
        "subject": _subject(check),
        "severity": check.severity.word,
        "summary": check.summary,
        "aliases": list(check.aliases),
        "page": _text(check),
    }


def _text(check: Check) -> str:
    return check.page.read_text(encoding="utf-8").strip() if check.page.is_file() else check.summary


def _page(console: Console, check: Check) -> str:
    """The page with its headings shown; the marks that make it a test are comments in its examples."""
    lines = []
    for line in _text(check).splitlines():
        heading = line.startswith("#")
        lines.append(console.title(line.lstrip("# ")) if heading else line)
    severity = console.styled(check.severity.word, check.severity.word)
    also = f" · elsewhere called {', '.join(check.aliases)}" if check.aliases else ""
    return "\n".join([f"{check.id} · {severity}{also}", "", *lines])
