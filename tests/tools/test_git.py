"""The little that is asked of git."""

from __future__ import annotations

from homelab.tools.git import head, is_repository
from homelab.tools.process import Programs
from homelab.tools.run import Call


def test_a_folder_becomes_a_repository_and_gets_a_commit(tmp_path):
    """Outside, before the first commit and after it: each has its answer, none is an error."""
    git = Programs()
    assert not is_repository(git, tmp_path)
    assert head(git, tmp_path) is None
    git.run(Call(("git", "init", "-q", str(tmp_path))))
    assert is_repository(git, tmp_path)
    assert head(git, tmp_path) is None
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    git.run(Call(("git", "-C", str(tmp_path), *who, "commit", "-q", "--allow-empty", "-m", "First")))
    commit = head(git, tmp_path)
    assert commit is not None
    assert len(commit) == 40
