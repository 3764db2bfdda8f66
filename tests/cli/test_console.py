"""What is shown: laid out for the width of a terminal, plain lines where nobody looks, progress while somebody waits."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from rich.cells import cell_len
from rich.console import Console as Page

from homelab.cli.console import Console
from homelab.cli.terminal.laid_out import table, tree, wrapped
from homelab.cli.terminal.progress import Work, duration

SOURCE = Path(__file__).parents[2] / "src"
EXAMPLES = Path(__file__).parents[2] / "examples"
HEAD = ("WHAT", "min/yr", "because", "where")
ROWS = [
    ("Host pve-2", "3,010", "four of six disks, two of three monitors and most workers stand on it", "homelab.yaml:18:3"),
    ("ctrl-0", "12", "the only control plane", "homelab.yaml:31:3"),
]  # fmt: skip


def test_table_of_a_pipe_has_whole_lines(capsys):
    """Without a width columns align, the last is not padded, and no line is broken."""
    Console().table([("a", "1"), ("long", "22", "and more")], "<>")
    assert capsys.readouterr().out == "a      1\nlong  22  and more\n"
    Console().table([], head=())
    assert capsys.readouterr().out == ""
    Console().table([("x" * 300, "y")], head=("name", "n"), indent=2)
    assert capsys.readouterr().out.splitlines() == ["  name" + " " * 298 + "n", "  " + "x" * 300 + "  y"]


def test_columns_align_whatever_their_style(capsys):
    """Colour takes no room, and is the same sequence that sentences have."""
    console = Console(colour=True)
    console.table([("a", "1"), (console.styled("long", "high"), "22")], "<>")
    assert capsys.readouterr().out == "a      1\n\x1b[31mlong\x1b[0m  22\n"


def test_wide_characters_take_two_columns():
    """Columns align on a terminal by what it shows: ideographs and emoji are as wide as two letters."""
    made = table([("倉庫", "1"), ("🏠 lab", "22"), ("plain", "3")], (), "<>", None)
    assert {cell_len(line) for line in made} == {10}


def test_tables_wrap_to_the_width():
    """Sentences are wrapped in their column, figures and names are not broken, and no line is wider than the terminal."""
    made = table(ROWS, HEAD, "<><<", 80)
    assert max(map(cell_len, made)) <= 80
    assert made[0].split() == [*HEAD]
    assert made[1].startswith("Host pve-2   3,010  four of six disks")
    at = made[0].index("because"), made[0].index("where")
    assert " ".join(line[slice(*at)].strip() for line in made[1:-1]).strip() == ROWS[0][2]
    assert made[1][at[1] :] == ROWS[0][3]


def test_narrow_terminals_get_paragraphs():
    """Where columns cannot stand beside each other each row is told under its name, with what each cell is."""
    assert table(ROWS[1:], HEAD, "<><<", 40) == [
        "WHAT",
        "ctrl-0",
        "  min/yr 12",
        "  because the only control plane",
        "  where homelab.yaml:31:3",
    ]
    assert table([("lab", "99.7 %", "3 h", "99.1 %", "6 h")], ("", "LAN", "", "Internet", ""), "<>>>>", 30) == [
        "lab",
        "  LAN 99.7 % 3 h",
        "  Internet 99.1 % 6 h",
    ]
    assert table([("shop/token", "pays for what was bought")], (), "", 22) == [
        "shop/token",
        "  pays for what was",
        "  bought",
    ]


def test_sentences_hang_below_their_beginning():
    """A long sentence is broken at spaces and indented further; a word that is too long stays whole, to be copied."""
    assert wrapped("  one two three four", 12) == ["  one two", "    three", "    four"]
    path = "kubernetes/infrastructure/network/gateway.yaml:12:3"
    assert wrapped(f"  {path}  (homelab.yaml)", 30) == [f"  {path}", "    (homelab.yaml)"]
    assert wrapped("\x1b[31mhigh\x1b[0m      a check that has a name", 20) == [
        "\x1b[31mhigh\x1b[0m      a check",
        "  that has a name",
    ]


def test_trees_have_branches_on_a_terminal(capsys):
    """The same lines are a tree where somebody looks, and indented lines in a pipe."""
    found = ["lab: all of", "  api: any of", "    ctrl-0 works", "  gateway works"]
    assert tree(found, 40) == ["lab: all of", "├── api: any of", "│   └── ctrl-0 works", "└── gateway works"]
    assert tree([*found, "      " + "x" * 30], 40)[:2] == found[:2]
    Console().tree(found, indent=2)
    assert capsys.readouterr().out == "".join(f"  {line}\n" for line in found)


def test_names_are_cleaned_before_they_are_laid_out(capsys):
    """No name of a table or a tree moves a cursor, or is taken for rich's own markup."""
    for width in (None, 60):
        Console(width=width).table([("[red]a[/]", "\x1b[2Jb\nc")], head=("::error::x", "\u202e"))
        Console(width=width).tree(["[bold]x", "  \x1b[31my"])
        said = capsys.readouterr().out
        assert "\x1b" not in said
        assert "\u202e" not in said
        assert r"[red]a[/]" in said
        assert r"\x1b[2Jb\nc" in said
        assert said.startswith("\\::error")
        assert "[bold]x" in said


def test_progress_says_how_much_is_done_and_what_time_is_left():
    """Work of known length has a count and the time left; nothing of it stays when it ends."""
    file = io.StringIO()
    page = Page(file=file, force_terminal=True, width=60, _environ={})
    work = Work(colour=False, page=page)
    now = [0.0]
    work.progress.get_time = lambda: now[0]
    work.tell("charts", 0, 0)
    for done in range(4):
        now[0] += 5
        work.tell("labs", done, 10)
    work.progress.refresh()
    work.end()
    said = click.unstyle(file.getvalue())
    assert "labs" in said
    assert "3 of 10, 35 s left" in said
    assert file.getvalue().endswith("\x1b[2K")


def test_waits_are_told_as_people_wait():
    """Seconds, then minutes, then hours."""
    assert [duration(each) for each in (0.4, 59, 300, 3 * 3600)] == ["0 s", "59 s", "5.0 min", "3.0 h"]


@pytest.mark.parametrize(
    ("environment", "colour", "width"),
    [({}, True, 40), ({"NO_COLOR": "1"}, False, 40), ({"TERM": "dumb"}, False, None), ({"COLUMNS": "9"}, True, 20)],
)
def test_console_of_a_terminal(monkeypatch, environment, colour, width):
    """Colour and width are those of the terminal; NO_COLOR takes the colour, a dumb terminal gets plain lines."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    console = Console.of_terminal()
    assert (console.colour, console.width, console.terminal) == (colour, width, True)


def on_terminal(columns: int, *words: object, term: str = "xterm-256color") -> tuple[int, str]:
    """What a command shows on a real terminal of this width, and its exit code."""
    master, slave = pty.openpty()
    script = "import sys; from homelab.cli.main import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": str(columns), "TERM": term}
    environment.pop("NO_COLOR", None)
    argv = [sys.executable, "-c", script, *map(str, words)]
    with subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True) as process:
        os.close(slave)
        shown, until = b"", time.monotonic() + 120
        while time.monotonic() < until:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end is closed: Linux says EIO
                break
            if not piece:
                break
            shown += piece
        process.wait(10)
    os.close(master)
    return process.returncode, shown.decode()


STARTER = EXAMPLES / "starter" / "homelab.yaml"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "words"),
    [(40, ("uptime", STARTER, "--offline")), (80, ("uptime", "--rates")), (140, ("explain",))],
)
def test_commands_fit_on_a_real_terminal(columns, words):
    """No line of the answer is wider than the terminal but where one word is, and the progress line is taken back."""
    code, shown = on_terminal(columns, *words)
    assert code == 0
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == int(STARTER in words)
    answer = click.unstyle(re.sub(r"\x1b\[\?25[hl]|\x1b\[\d*[A-K]", "", shown.rpartition("\x1b[2K")[2]))
    lines = answer.replace("\r", "").splitlines()
    assert len(lines) > 20
    assert [line for line in lines if cell_len(line) > columns and len(line.split()) > 1] == []


def test_dumb_terminal_gets_plain_lines():
    """A terminal that knows nothing gets neither a sequence nor a broken line."""
    code, shown = on_terminal(40, "uptime", "--rates", term="dumb")
    assert code == 0
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) > 80
