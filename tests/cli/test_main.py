"""The command itself: its list, its exit codes, and errors that are sentences."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from homelab.cli import main
from homelab.cli.main import COMMANDS, cli, run
from homelab.errors import HomelabError, Place


def test_every_command_of_the_table_exists_and_says_what_it_does(homelab):
    """Each name of the table leads to a command whose help answers."""
    for name in COMMANDS:
        done = homelab(name, "--help")
        assert done.code == 0, name
        assert "Usage: homelab" in done.out
        assert name in done.out


def test_every_command_module_is_in_the_table():
    """A command that is written is in the table: its file holds a click command of the table's name."""
    modules = {target.partition(":")[0].rpartition(".")[2] for target, _ in COMMANDS.values()}
    folder = Path(main.__file__).parent
    commands = {
        file.stem
        for file in folder.glob("*.py")
        if "@click.command(" in file.read_text() or "@click.group(\n)" in file.read_text()
    }
    assert commands - modules == set()


def test_summaries_are_sentences_that_fit():
    """Each line of the list is one sentence of at most 90 characters."""
    for _, summary in COMMANDS.values():
        assert summary.endswith(".")
        assert len(summary) <= 90


def test_help_imports_no_command(process):
    """`--help` lists every command and imports none of them."""
    script = (
        "import sys\nfrom homelab.cli.main import run\nrun(['--help'])\n"
        "print(sorted(m for m in sys.modules if m.startswith('homelab.')), file=sys.stderr)"
    )
    source = Path(main.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(source)}, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "['homelab.cli', 'homelab.cli.main', 'homelab.errors']"
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    assert "could not judge or go on" in done.stdout


def test_wrong_command_gets_the_nearest(homelab):
    """A misspelt command exits 2 and names the one that was meant."""
    done = homelab("uptme")
    assert done.code == 2
    assert "did you mean uptime?" in done.err


def test_wrong_flag_exits_2(homelab):
    """A flag that does not exist is a sentence, and exit 2."""
    done = homelab("check", "--nonsense")
    assert done.code == 2
    assert "--nonsense" in done.err


def test_no_words_show_the_help(homelab):
    """`homelab` alone shows the help and exits 0."""
    done = homelab()
    assert done.code == 0
    assert "Commands:" in done.out


def raising(error):
    """A group whose command fails."""

    @click.command()
    def fails():
        raise error

    return fails


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            HomelabError("it is so", where=Place("a.yaml", 3, 1), hint="do this"),
            2,
            "a.yaml:3:1: it is so\n  hint: do this",
        ),
        (OSError(28, "No space left on device", "out/x"), 2, "out/x: no space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (RecursionError(), 2, "nested too deeply"),
        (ValueError("odd"), 2, "a fault of homelab itself, not of your file: ValueError"),
        (click.exceptions.Exit(1), 1, ""),
    ],
)
def test_errors_are_sentences_and_exit_codes(homelab, monkeypatch, error, code, said):
    """Whatever a command raises becomes a sentence on standard error and the right exit code, never a traceback."""
    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: raising(error))
    done = homelab("check")
    assert done.code == code
    assert said in done.err
    assert "Traceback" not in done.err


def test_traceback_on_demand(monkeypatch):
    """HOMELAB_TRACEBACK shows developers where an error comes from."""
    monkeypatch.setenv("HOMELAB_TRACEBACK", "1")
    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: raising(ValueError("odd")))
    with pytest.raises(ValueError, match="odd"):
        run(["check"])


def test_closed_pipe_is_quiet(tmp_path):
    """A reader that goes away, as `head` does, ends the command without a word."""
    source = Path(main.__file__).parents[2]
    command = f"{sys.executable} -c 'from homelab.cli.main import main; main()' explain --json | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command],
        env={"PYTHONPATH": str(source), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (141, "")


def test_full_disk_for_the_answer_is_a_sentence():
    """Where the answer itself cannot be written, that is said, and the exit code is 2."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    source = Path(main.__file__).parents[2]
    command = f"{sys.executable} -c 'from homelab.cli.main import main; main()' version > /dev/full"
    done = subprocess.run(
        ["bash", "-c", command],
        env={"PYTHONPATH": str(source), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_command(homelab, shell):
    """Each shell gets a script that asks homelab itself."""
    done = homelab("completion", shell)
    assert done.code == 0
    assert "_HOMELAB_COMPLETE" in done.out


def test_completion_answers_with_commands(process):
    """What the shell asks for is answered with the names of commands."""
    done = process(env={"_HOMELAB_COMPLETE": "bash_complete", "COMP_WORDS": "homelab up", "COMP_CWORD": "1"})
    assert done.out.strip() == "plain,uptime"


def test_version_is_one_number(homelab):
    """`--version` and `version` say the same."""
    short = homelab("--version").out.strip()
    assert homelab("version").out.startswith(short)
    assert isinstance(cli, click.Group)
