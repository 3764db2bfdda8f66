"""The little that is asked of git."""

from __future__ import annotations

from homelab.tools.git import head, is_repository, publish
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


def test_a_published_repository_holds_exactly_the_files(tmp_path):
    """What is no longer given goes, and equal files make equal commits wherever they lie."""
    commits = []
    for name in ("one", "two"):
        folder = tmp_path / name
        publish(Programs(), folder, {"a/b.yaml": "x", "old.yaml": "y"}, "First", "main")
        commits.append(publish(Programs(), folder, {"a/b.yaml": "z"}, "Second", "main"))
        assert sorted(p.name for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts) == ["b.yaml"]
        assert head(Programs(), folder) == commits[-1]
    assert commits[0] == commits[1]


def test_nobodys_configuration_counts_for_what_is_published(tmp_path, monkeypatch):
    """A person who signs commits and has hooks gets neither here."""
    (tmp_path / "config").write_text(
        "[commit]\n\tgpgsign = true\n[core]\n\thooksPath = /nowhere\n[user]\n\tname = Me\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert len(publish(Programs(), tmp_path / "lab", {"a": "x"}, "The lab", "main")) == 40
