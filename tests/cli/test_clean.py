"""What is printed is escaped once: no name moves a cursor, begins a line of its own, or speaks to a CI system."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import LAB
from homelab.cli import console as console_module
from homelab.cli.console import Console
from homelab.cli.terminal.clean import in_json, line, lines

NAMES = {
    "plain": "plain",
    "grün – 100 %": "grün – 100 %",
    "a\tb": "a\tb",
    "a\nb": r"a\nb",
    "a\r\nb": r"a\r\nb",
    "\x1b[2Jx": r"\x1b[2Jx",
    "\x07\x7f\x9b": r"\x07\x7f\x9b",
    "a\u202eb\u2066": r"a\u202eb\u2066",
    "\u2028": r"\u2028",
    "::error file=x::forged": r"\::error file=x::forged",
    "  ::error::forged": r"  \::error::forged",
    "##[error]forged": r"\##[error]forged",
    "ns::name": "ns::name",
}


@pytest.mark.parametrize("name", NAMES)
def test_name_is_one_harmless_line(name):
    """Controls, invisible marks and commands of CI systems are escaped; all else is printed as it is."""
    assert line(name) == NAMES[name]


def test_lines_of_ours_stay_lines():
    """A text that we laid out keeps its lines, and each of them is cleaned."""
    assert lines("a\n::error::x\n\x1b[1m") == "a\n\\::error::x\n\\x1b[1m"


def test_our_own_styles_stay_where_there_is_colour(capsys):
    """Colours that we made are printed on a terminal, and a sequence of somebody else's beside them is not."""
    console = Console(colour=True)
    console.say(console.styled("high", "high") + " \x1b[2J")
    console.say(console.title("a") + "\nb")
    assert capsys.readouterr().out == "\x1b[31mhigh\x1b[0m \\x1b[2J\n\x1b[1ma\x1b[0m\\nb\n"


def test_repository_cannot_forge_a_line(homelab, tmp_path):
    """A name with line breaks and escape sequences in a stranger's repository begins no line of the log."""
    name = '"x\\n::error::forged\\n\\e[31mred"'
    (tmp_path / "a.yaml").write_text(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {name}}}\n"
        "spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}\n"
    )
    done = homelab("assess", tmp_path, "--offline")
    assert done.code in {0, 1}
    assert r"\n::error::forged\n\x1b[31mred" in done.out
    assert "\x1b" not in done.out + done.err
    assert not [each for each in (done.out + done.err).splitlines() if each.lstrip().startswith(("::", "red"))]


def test_key_of_the_file_cannot_forge_a_line(homelab, lab):
    """A key with a line break in homelab.yaml is said in one line."""
    lab.write_text(lab.read_text() + '"a\\n::error::x": 1\n')
    done = homelab("check", lab)
    assert done.code == 2
    assert r"a\n::error::x: is not an option" in done.err
    assert len(done.err.splitlines()) == 2


@pytest.mark.slow
def test_output_that_is_no_utf8_is_no_failure(lab):
    """Where output takes Latin-1 only, signs outside of it are escaped."""
    argv = [sys.executable, "-m", "homelab.cli.main", "check", str(lab), "--offline", "--fail-on", "never"]
    script = f"import sys; from homelab.cli.main import main; sys.argv[1:] = {argv[3:]!r}; main()"
    environment = {"PYTHONIOENCODING": "latin-1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"findings (1 high, 1 medium) \xb7" in done.stdout


def test_names_in_commands_stay_one_word(homelab, tmp_path):
    """What is offered to be pasted into a shell holds a name as one word, whatever stands in it."""
    folder = tmp_path / "my lab; $(reboot)"
    folder.mkdir()
    file = folder / "a'b.yaml"
    file.write_text(LAB + "apps: {n8n: {}}\n")
    said = homelab("secrets", "list", file).out
    commands = [each.strip() for each in said.splitlines() if each.startswith("  homelab ")]
    assert commands
    assert all(shlex.split(each)[-2:] == ["--file", str(file)] for each in commands)
    hint = homelab("render", file).err.rpartition("hint: name its folder: ")[2]
    assert shlex.split(hint) == ["--to", str(folder / "repository")]
    done = homelab("render", file, "--to", folder / "out", "--without-computed").out
    assert shlex.split(done.splitlines()[-1].partition(": ")[2]) == ["homelab", "secrets", "list", str(file)]


def test_json_has_no_control_characters(homelab, tmp_path):
    """What JSON lets stand (C1 controls, bidirectional overrides) is escaped as JSON escapes, and means the same."""
    name = "x\x9b2J\u202ey\u2028\x7f"
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {namespace: b, name: " + json.dumps(name) + "}\nspec: {replicas: x}\n"
    )
    done = homelab("assess", tmp_path, "--offline", "--json")
    assert done.out.isascii() or all(each.isprintable() or each == "\n" for each in done.out)
    assert json.loads(in_json(json.dumps([name], ensure_ascii=False))) == [name]
    assert in_json(json.dumps(name, ensure_ascii=False)).isprintable()


def test_only_the_console_writes():
    """No command prints or asks past the console, where everything is cleaned once."""
    folder = Path(console_module.__file__).parent
    calls = re.compile(r"\bclick\.(echo|secho|prompt|confirm|style)\(|(?<![\w.])print\(|sys\.(stdout|stderr)\.write")
    writers = {file.name for file in folder.rglob("*.py") if calls.search(file.read_text(encoding="utf-8"))}
    assert writers == {"console.py", "main.py"}
