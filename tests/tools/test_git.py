"""The little that is asked of git."""

from __future__ import annotations

import pytest

from homelab.errors import ToolError, UsageError
from homelab.tools.git import export, head, is_repository, publish
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


def test_a_revision_is_exported_without_its_links(tmp_path):
    """The files of a commit come out, whatever is checked out; a link may lead anywhere and stays where it is."""
    made = tmp_path / "made"
    commits = [publish(Programs(), made, {"a/b.yaml": text}, "Change", "main") for text in ("old", "new")]
    (made / "link.yaml").symlink_to("/etc/hostname")
    alone = (
        "git",
        "-C",
        str(made),
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.org",
        "-c",
        "commit.gpgsign=false",
    )
    Programs().run(Call((*alone, "add", "--all")))
    Programs().run(Call((*alone, "commit", "-q", "--no-verify", "-m", "Link")))
    for revision, text in ((commits[0], "old"), ("main~1", "new"), ("main", "new")):
        folder = tmp_path / revision
        folder.mkdir()
        assert len(export(Programs(), made, revision, folder)) == 40
        assert [p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()] == ["a/b.yaml"]
        assert (folder / "a/b.yaml").read_text() == text


@pytest.mark.parametrize("revision", ["nowhere", "--output=/tmp/x", "main:a"])
def test_what_is_no_revision_is_a_sentence(tmp_path, revision):
    """A branch that is not there, an option in disguise, a folder of a commit."""
    publish(Programs(), tmp_path / "made", {"a/b.yaml": "x"}, "First", "main")
    with pytest.raises((ToolError, UsageError)):
        export(Programs(), tmp_path / "made", revision, tmp_path)
    assert not (tmp_path / "a").exists()
