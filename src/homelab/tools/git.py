"""The little that is asked of git: is this a repository, and which commit is it at?"""

from __future__ import annotations

from pathlib import Path

from homelab.tools.run import Call, Result, Runner

_OUTSIDE = 128


def is_repository(runner: Runner, folder: Path) -> bool:
    """Whether the folder lies in the work tree of a git repository.

    Raises:
        ToolError: git is missing.
    """
    return _ask(runner, folder, "rev-parse", "--is-inside-work-tree").text.strip() == "true"


def head(runner: Runner, folder: Path) -> str | None:
    """The commit that is checked out, 40 hex digits; None outside a repository, and before the first commit.

    Raises:
        ToolError: git is missing.
    """
    answer = _ask(runner, folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return answer.text.strip() or None if answer.code == 0 else None


def _ask(runner: Runner, folder: Path, *words: str) -> Result:
    return runner.run(Call(("git", "-C", str(folder), *words), allowed=frozenset({0, 1, _OUTSIDE})))
