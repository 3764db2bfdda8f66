"""Console: what commands print with: colour and progress on a terminal only, aligned columns, and JSON."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import click

from homelab.cli.clean import line, lines

COLOURS = {
    "critical": {"fg": "red", "bold": True},
    "high": {"fg": "red"},
    "medium": {"fg": "yellow"},
    "low": {"fg": "cyan"},
    "info": {"dim": True},
    "title": {"bold": True},
    "good": {"fg": "green"},
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
    "dim": {"dim": True},
}
"""What a style is called to how it looks."""

_STYLED = re.compile(
    "(" + "|".join(re.escape(click.style("", reset=False, **style)) for style in COLOURS.values()) + r"|\x1b\[0m)"  # type: ignore[arg-type]  # a table of keywords
)
"""The sequences that `styled` makes."""

NARROWEST, WIDEST = 60, 140


@dataclass
class Console:
    """Where a command's words go, and what it may know of the world outside: the width, the time."""

    colour: bool = False
    terminal: bool = False
    width: int = 100
    now: datetime = field(default_factory=lambda: datetime.now().astimezone())

    @classmethod
    def of_terminal(cls, color: str = "auto") -> Console:
        """The console of this process; NO_COLOR and FORCE_COLOR are honoured where `color` is auto."""
        terminal = sys.stdout.isatty()
        wanted = {"always": True, "never": False}.get(color)
        if wanted is None:
            plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
            wanted = (terminal or bool(os.environ.get("FORCE_COLOR"))) and not plain
        width = shutil.get_terminal_size((100, 24)).columns
        return cls(wanted, terminal, min(max(width, NARROWEST), WIDEST))

    @property
    def today(self) -> date:
        """The date here, which decides what has expired."""
        return self.now.date()

    def say(self, text: str = "") -> None:
        """One line of the answer; a name in it cannot begin another."""
        click.echo(line(text, _STYLED if self.colour else None), color=self.colour)

    def text(self, text: str) -> None:
        """Lines of the answer that we laid out ourselves, without a name that could begin another."""
        click.echo(lines(text, _STYLED if self.colour else None), color=self.colour)

    def note(self, text: str) -> None:
        """A remark that is not part of the answer, in one line or more."""
        click.echo(lines(text), err=True, color=self.colour and sys.stderr.isatty())

    def json(self, data: Any) -> None:
        """The answer for programs."""
        click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))

    def styled(self, text: str, style: str) -> str:
        """The text in a style, where there is colour."""
        return click.style(text, **COLOURS[style]) if self.colour and text else text  # type: ignore[arg-type]  # a table of keywords

    def title(self, text: str) -> str:
        """A heading."""
        return self.styled(text, "title")

    def working(self, text: str) -> None:
        """What is going on, where somebody watches; the next answer overwrites it."""
        if self.terminal and sys.stderr.isatty():
            click.echo(f"\r\033[K{line(text)} …", err=True, nl=False)

    def worked(self) -> None:
        """Take back the last `working`."""
        if self.terminal and sys.stderr.isatty():
            click.echo("\r\033[K", err=True, nl=False)

    def table(self, rows: Sequence[Sequence[str]], aligns: str = "", indent: int = 0) -> None:
        """Rows in aligned columns. `aligns` says `<` or `>` for each column; the last column is never padded or cut."""
        for each in columns(rows, aligns):
            self.say(" " * indent + each)


def columns(rows: Sequence[Sequence[str]], aligns: str = "") -> list[str]:
    """Rows as lines of aligned columns, two spaces between them; styles do not count as width."""
    if not rows:
        return []
    count = max(map(len, rows))
    widths = [max((visible(row[i]) for row in rows if i < len(row)), default=0) for i in range(count)]
    lines = []
    for row in rows:
        cells = []
        for i, cell in enumerate(row):
            space = " " * (widths[i] - visible(cell))
            right = i < len(aligns) and aligns[i] == ">"
            cells.append(space + cell if right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return lines


def visible(text: str) -> int:
    """Columns that a text takes on a terminal."""
    return len(click.unstyle(text))


class Stopwatch:
    """Seconds since the last time somebody asked."""

    def __init__(self) -> None:
        self.began = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.perf_counter()
        passed, self.began = now - self.began, now
        return passed
