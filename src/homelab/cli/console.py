"""Console: what commands print with, and the only place where output leaves: cleaned, in colour and laid out on a terminal.

A terminal gets tables, trees and sentences for its width and the progress of long work; pipes, logs of CI and dumb
terminals get plain lines, each whole.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from homelab.cli.terminal.clean import in_json, line, lines

if TYPE_CHECKING:
    from homelab.cli.terminal.progress import Work

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
WIDE = 2
"""Columns that one character takes at most."""

NARROWEST = 20
"""Columns below which nothing is laid out any narrower."""


@dataclass
class Console:
    """Where a command's words go, and what it may know of the world outside: the width, the time.

    Attributes:
        colour: whether styles are shown.
        terminal: whether somebody watches.
        width: columns to lay out for; None in a pipe, a log or a dumb terminal, where each line stays whole.
        now: the time.
    """

    colour: bool = False
    terminal: bool = False
    width: int | None = None
    now: datetime = field(default_factory=lambda: datetime.now().astimezone())
    _work: Work | None = field(default=None, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    @classmethod
    def of_terminal(cls, color: str = "auto") -> Console:
        """The console of this process; NO_COLOR and FORCE_COLOR are honoured where `color` is auto."""
        terminal, dumb = sys.stdout.isatty(), os.environ.get("TERM") == "dumb"
        wanted = {"always": True, "never": False}.get(color)
        if wanted is None:
            plain = bool(os.environ.get("NO_COLOR")) or dumb
            wanted = (terminal or bool(os.environ.get("FORCE_COLOR"))) and not plain
        width = max(shutil.get_terminal_size((100, 24)).columns, NARROWEST) if terminal and not dumb else None
        return cls(wanted, terminal, width)

    @property
    def today(self) -> date:
        """The date here, which decides what has expired."""
        return self.now.date()

    def say(self, text: str = "", *, hanging: int = 2) -> None:
        """A sentence of the answer, wrapped where it is longer than the terminal is wide; a name in it cannot begin another.

        Args:
            text: the sentence.
            hanging: columns by which what does not fit into the first line is indented further.
        """
        cleaned = self._clean(text)
        if self.width is not None and len(cleaned) * WIDE > self.width:
            from homelab.cli.terminal.laid_out import wrapped

            cleaned = "\n".join(wrapped(cleaned, self.width, hanging))
        self._write(cleaned)

    def text(self, text: str) -> None:
        """Lines of the answer that stay as they are, to be copied or read by programs; a name cannot begin another."""
        self._write(lines(text, _STYLED if self.colour else None))

    def json(self, data: Any) -> None:
        """The answer for programs."""
        self._write(in_json(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)))

    def table(
        self, rows: Sequence[Sequence[str]], aligns: str = "", *, head: Sequence[str] = (), indent: int = 0
    ) -> None:
        """Rows in columns, or a paragraph each where the terminal is too narrow for them.

        Args:
            rows: cells; a row may be shorter than others.
            aligns: `<` or `>` for each column: texts are wrapped, figures are not.
            head: what the columns are called.
            indent: columns left free before each line.
        """
        from homelab.cli.terminal.laid_out import table

        width = None if self.width is None else self.width - indent
        cells = [[self._clean(cell) for cell in row] for row in rows]
        names = [self.title(self._clean(name)) for name in head]
        for each in table(cells, names, aligns, width):
            self._write((" " * indent + each).rstrip())

    def tree(self, found: Iterable[str], indent: int = 0) -> None:
        """Lines that are indented by two spaces a level: with drawn branches where somebody watches."""
        cleaned = [self._clean(each) for each in found]
        if self.width is not None:
            from homelab.cli.terminal.laid_out import tree

            cleaned = tree(cleaned, self.width - indent)
        for each in cleaned:
            self._write(" " * indent + each)

    def note(self, *sentences: str) -> None:
        """A remark that is not part of the answer, a line for each sentence."""
        self.worked()
        click.echo("\n".join(map(self._clean, sentences)), err=True, color=self.colour and sys.stderr.isatty())

    def confirm(self, *question: str, default: bool = False) -> bool:
        """Whether somebody says yes to a question of one line or more."""
        self.worked()
        return click.confirm("\n".join(map(line, question)), err=True, default=default)

    def ask(self, question: str, *, default: str | None = None, hidden: bool = False) -> str:
        """What somebody types. Raises click.Abort where nobody does."""
        self.worked()
        return str(click.prompt(line(question), default=default, type=str, hide_input=hidden, err=True))

    def styled(self, text: str, style: str) -> str:
        """The text in a style, where there is colour."""
        return click.style(text, **COLOURS[style]) if self.colour and text else text  # type: ignore[arg-type]  # a table of keywords

    def title(self, text: str) -> str:
        """A heading."""
        return self.styled(text, "title")

    def working(self, what: str, done: int = 0, of: int = 0) -> None:
        """What is going on, and how much of how much is done, where somebody watches; the next answer takes its place."""
        if self.width is None or not sys.stderr.isatty():
            return
        with self._lock:  # charts are rendered by several threads
            if self._work is None:
                from homelab.cli.terminal.progress import Work

                self._work = Work(colour=self.colour)
            self._work.tell(line(what), done, of)

    def worked(self) -> None:
        """Take back the last `working`."""
        with self._lock:
            if self._work is not None:
                self._work.end()
                self._work = None

    def _clean(self, text: str) -> str:
        return line(text, _STYLED if self.colour else None)

    def _write(self, text: str) -> None:
        self.worked()
        click.echo(text, color=self.colour)


class Stopwatch:
    """Seconds since the last time somebody asked."""

    def __init__(self) -> None:
        self.began = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.perf_counter()
        passed, self.began = now - self.began, now
        return passed
