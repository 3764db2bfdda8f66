"""The little that is asked of git: is this a repository, and which commit is it at?"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from homelab.errors import UsageError
from homelab.tools.run import Call, Result, Runner

_OUTSIDE = 128
WHO = {"NAME": "homelab", "EMAIL": "homelab@localhost", "DATE": "2020-01-01T00:00:00Z"}
"""Who commits to a repository of ours, and when: equal files make equal commits."""


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


def export(runner: Runner, folder: Path, revision: str, into: Path) -> str:
    """Write the files of a revision of a repository into a folder, links left out, and say its commit's 40 hex digits.

    Raises:
        ToolError: git is missing, there is no such revision, or the folder is no repository.
        UsageError: the revision begins with a dash.
    """
    if revision.startswith("-"):
        raise UsageError(f"{revision} is no revision", hint="name a branch, a tag or a commit")
    commit = runner.run(_of(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")).text.strip()
    packed = runner.run(_of(folder, "archive", "--format=tar", commit)).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            if member.isdir() or member.isfile():
                archive.extract(member, into, filter="data")
    return commit


def _of(folder: Path, *words: str) -> Call:
    return Call(("git", "-C", str(folder), *words), timeout=120)


def publish(runner: Runner, folder: Path, texts: Mapping[str, str], message: str, branch: str) -> str:
    """Make a folder a repository that holds exactly these files, commit them, and say the commit's 40 hex digits.

    Nothing of the person's own configuration counts: no hooks, no signing, no name.

    Raises:
        ToolError: git is missing or refuses; the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").is_dir():
        _alone(runner, folder, "init", "--quiet", f"--initial-branch={branch}")
    for path in set(_alone(runner, folder, "ls-files", "-z").text.split("\0")) - {"", *texts}:
        (folder / path).unlink(missing_ok=True)
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    _alone(runner, folder, "add", "--all", "--force")
    _alone(runner, folder, "commit", "--quiet", "--allow-empty", "--no-verify", f"--message={message}")
    return _alone(runner, folder, "rev-parse", "HEAD").text.strip()


def _alone(runner: Runner, folder: Path, *words: str) -> Result:
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in WHO.items()}
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **who}
    return runner.run(Call(("git", "-C", str(folder), "-c", "commit.gpgsign=false", *words), env=env))
