"""Rules of .gitignore: as Git itself reads them, and no costlier than they are long."""

from __future__ import annotations

import random
import subprocess

import pytest

from homelab.gitops.ignored import ignored, rules

LINES = ["*.key", "/top.txt", "build/", "a/b", "a/**", "**/deep", "a/**/c", "!keep.key", "[ab].yaml", "[!a]x", "x?z",
         "\\#hash", "# no rule", "  ", "a*b*c", "docs/*.md", "[z-a]", "[", "**", "b/**/", "!/a/b/keep.key"]  # fmt: skip
NAMES = [
    "a",
    "b",
    "c",
    "deep",
    "build",
    "docs",
    "x",
    "top.txt",
    "keep.key",
    "one.key",
    "a.yaml",
    "bx",
    "xyz",
    "#hash",
    "readme.md",
    "abc",
]


def paths(chance):
    """Some paths, none of which is a folder of another."""
    made = {"/".join(chance.choice(NAMES) for _ in range(chance.randint(1, 4))) for _ in range(12)}
    return sorted(path for path in made if not any(other.startswith(f"{path}/") for other in made))


@pytest.mark.parametrize("seed", range(12))
def test_what_git_ignores_is_ignored(seed, tmp_path):
    """For rules and paths by chance: the same as `git check-ignore`, one rule at a time."""
    chance = random.Random(seed)
    line, files = LINES[seed % len(LINES)], paths(chance)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for number, each in enumerate((line, chance.choice(LINES), chance.choice(LINES))):
        (tmp_path / ".gitignore").write_text(f"{each}\n", encoding="utf-8")
        asked = subprocess.run(
            ["git", "-C", tmp_path, "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin"],
            input="\n".join(files), capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = list(rules("", f"{each}\n"))
        assert [path for path in files if ignored(found, path)] == asked.stdout.splitlines(), (number, each)


def test_the_last_rule_that_means_a_file_decides():
    """What is taken back is kept; a rule of a folder is about what lies below it."""
    found = [*rules("", "*.key\n!keep.key\n"), *rules("app/", "/keep.key\n")]
    assert [path for path in ("a.key", "keep.key", "app/keep.key", "app/b/keep.key") if ignored(found, path)] == [
        "a.key",
        "app/keep.key",
    ]


@pytest.mark.parametrize("line", ["**/" * 2000 + "x", "*a" * 2000, "[" * 3000, "a/**/" * 2000 + "b"])
def test_a_hostile_rule_costs_no_more_than_its_length(line):
    """Thousands of wildcards over a deep path are answered, where every way to spread them would outlast the night."""
    found = list(rules("", line))
    assert not ignored(found, "a/" * 60 + "a" * 200)
