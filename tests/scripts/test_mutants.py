"""The script that mutates a change: it names the line that no test holds, and no other."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from conftest import REPOSITORY

HELD = "def held(n):\n    if n > 3:\n        return 'many'\n    return 'few'\n"
PLANTED = HELD + "\n\ndef loose(n):\n    return n + 1\n"
TESTS = """
from homelab.thing import counts

def test_held():
    assert [counts.held(n) for n in (3, 4)] == ["few", "many"]

def test_runs():
    counts.loose(1)
"""


@pytest.fixture
def mutants():
    """The script."""
    spec = importlib.util.spec_from_file_location("mutants", REPOSITORY / "scripts" / "mutants.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module
    spec.loader.exec_module(module)
    return module


def planted(folder):
    """A repository whose last change is a function that is held, and one that is only run."""
    files = {
        "AGENTS.md": "| room | what it is for |\n|---|---|\n| `thing` | it |\n",
        "src/homelab/__init__.py": "", "src/homelab/thing/__init__.py": "", "src/homelab/thing/counts.py": "",
        "tests/thing/test_counts.py": TESTS,
    }  # fmt: skip
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    said = ["-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "--quiet", "--message", "x"]
    for command in (["init", "--quiet"], ["add", "."], said):
        subprocess.run(["git", *command], cwd=folder, check=True)
    (folder / "src/homelab/thing/counts.py").write_text(PLANTED, encoding="utf-8")
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    subprocess.run(["git", *said], cwd=folder, check=True)


@pytest.mark.slow
def test_the_line_that_no_test_holds_is_named(tmp_path):
    """Of a planted change, the function that is only run is named by file and line; the one that is tested is not."""
    planted(tmp_path)
    script = REPOSITORY / "scripts/mutants.py"
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    named = [line.partition(": ")[0] for line in done.stdout.splitlines() if line.startswith("src/")]
    assert set(named) == {"src/homelab/thing/counts.py:8"}
    assert "src/homelab/thing/counts.py:8: Add became Sub, and no test fails" in done.stdout
    assert (tmp_path / "src/homelab/thing/counts.py").read_text(encoding="utf-8") == PLANTED


@pytest.mark.parametrize(("text", "what", "after"), [
    ("a = b == c\n", "Eq became NotEq", "a = (b != c)\n"),
    ("a = not b\n", "not was dropped", "a = (b)\n"),
    ("a = b and c\n", "and became or", "a = (b or c)\n"),
    ("a = 'ä' + f(7)\n", "7 became 8", "a = 'ä' + f((8))\n"),
    ("a = b if c else d\n", "the branches were swapped", "a = (d if c else b)\n"),
    ("for a in b:\n    f(a)\n", "the statement was left out", "for a in b:\n    pass\n"),
    ("def f():\n    if a:\n        b()\n    else:\n        c()\n", "the condition was turned round",
     "def f():\n    if not a:\n        b()\n    else:\n        c()\n"),
    ("def f():\n    return g()\n", "None was returned", "def f():\n    return None\n"),
])  # fmt: skip
def test_each_kind_of_change_is_made_where_it_stands(mutants, text, what, after):
    """A mutant is the file with one change in it, whatever letters stand before it."""
    found = {mutant.what: mutant for mutant in mutants.mutants("x.py", text, set(range(1, 9)))}
    assert mutants.mutated(text, found[what]) == after


def test_what_is_only_said_is_not_mutated(mutants):
    """Docstrings and annotations change nothing that runs; an `elif` belongs to the `if` above."""
    text = 'def f(a: "int") -> "str":\n    """Say."""\n    if a:\n        b()\n    elif c:\n        d()\n'
    found = {(mutant.start[0], mutant.what) for mutant in mutants.mutants("x.py", text, set(range(1, 9)))}
    assert found == {
        (3, "the condition was turned round"), (4, "the statement was left out"), (6, "the statement was left out"),
    }  # fmt: skip


def test_tests_are_chosen_by_room(mutants):
    """A source is held by the tests of its room: those of its own name first, and of what is rendered the pinned examples last."""
    found = mutants.tests_of(REPOSITORY, mutants.SOURCES / "render/guide/build.py")
    assert all("tests/render/" in path.as_posix() or "tests/golden/" in path.as_posix() for path in found)
    assert found[-1].name == "test_golden.py"
    assert mutants.tests_of(REPOSITORY, mutants.SOURCES / "spec/load.py")[0].name == "test_load.py"
    known = set(mutants.rooms(REPOSITORY))
    files = (path for path in (REPOSITORY / "src/homelab").iterdir() if path.name[0] != "_" and path.name != "py.typed")
    assert {path.stem for path in files} == known
