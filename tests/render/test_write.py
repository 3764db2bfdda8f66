"""Writing: complete, repeatable, safe against interruption, and never over somebody's work."""

from __future__ import annotations

import os

import pytest

from homelab.errors import Unwritable
from homelab.render import layout
from homelab.render.write import compare, existing, prune, recover, write

OLD = {"kubernetes/a.yaml": "a: 1\n", "kubernetes/b/c.yaml": "c: 1\n", "README.md": "old\n"}
NEW = {
    "kubernetes/a.yaml": "a: 2\n",
    "kubernetes/b/c.yaml": "c: 1\n",
    "kubernetes/d.yaml": "d: 1\n",
    "README.md": "new\n",
}


class Killed(Exception):
    """The power went."""


def contents(folder):
    return {p: t for p, t in existing(folder).items() if not p.startswith(".homelab")}


def test_a_second_write_changes_nothing(tmp_path):
    """Same tree, same bytes: the second run finds nothing to do, and no file is touched."""
    write(tmp_path, NEW)
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    assert write(tmp_path, NEW).empty
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == stamps


def test_killing_anywhere_leaves_the_old_tree_or_the_new_one(tmp_path):
    """Whatever step the run dies at, the next run stands before all of the old or all of the new."""
    steps = []
    write(tmp_path / "count", OLD)
    write(tmp_path / "count", NEW, step=steps.append)
    assert len(steps) > 8
    seen = set()
    for dying in range(len(steps)):
        folder = tmp_path / f"run-{dying}"
        write(folder, OLD)
        reached = iter(range(len(steps)))

        def die(_step, reached=reached, dying=dying):
            if next(reached) == dying:
                raise Killed

        with pytest.raises(Killed):
            write(folder, NEW, step=die)
        after = contents(folder)
        assert after in (OLD, NEW)
        seen.add(after == NEW)
        assert not write(folder, NEW).edited
        assert contents(folder) == NEW
        assert not (folder / layout.JOURNAL).exists()
    assert seen == {True, False}


def test_recovery_itself_may_be_interrupted(tmp_path):
    """A journal that is being finished when the power goes again is finished by the run after that."""
    write(tmp_path, OLD)

    def die_after(count):
        left = iter(range(count + 1))

        def step(name):
            if name.startswith(("move", "clean")) and next(left) == count:
                raise Killed

        return step

    with pytest.raises(Killed):
        write(tmp_path, NEW, step=die_after(1))
    with pytest.raises(Killed):
        recover(tmp_path, step=die_after(2))
    assert contents(tmp_path) == NEW


def test_hand_edits_are_reported_and_kept(tmp_path):
    """What a person changed stays as it is, in this run and in the next."""
    write(tmp_path, OLD)
    (tmp_path / "README.md").write_text("mine\n")
    for _ in range(2):
        found = write(tmp_path, NEW)
        assert found.edited == ("README.md",)
        assert (tmp_path / "README.md").read_text() == "mine\n"


def test_foreign_files_are_reported_and_kept(tmp_path):
    """A file that was there before homelab wrote anything is not ours to overwrite."""
    (tmp_path / "README.md").write_text("theirs\n")
    assert write(tmp_path, NEW).foreign == ("README.md",)
    assert (tmp_path / "README.md").read_text() == "theirs\n"


def test_prune_removes_only_what_is_owned(tmp_path):
    """What the lab no longer has goes when asked; what somebody added stays."""
    write(tmp_path, OLD)
    (tmp_path / "kubernetes/b/mine.yaml").write_text("x: 1\n")
    less = {"kubernetes/a.yaml": "a: 1\n"}
    found = write(tmp_path, less)
    assert found.orphans == ("README.md", "kubernetes/b/c.yaml")
    prune(tmp_path, found.orphans)
    assert contents(tmp_path) == {"kubernetes/a.yaml": "a: 1\n", "kubernetes/b/mine.yaml": "x: 1\n"}
    assert write(tmp_path, less).empty


def test_data_that_would_go_is_named(tmp_path):
    """Removing a claim is said by the claim's name, not by a file's."""
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: web}\n"
    write(tmp_path, {"kubernetes/web/storage.yaml": claim})
    before = existing(tmp_path)
    assert compare({}, before).data == ("web/PersistentVolumeClaim/data",)
    assert compare({"kubernetes/elsewhere.yaml": claim}, before).data == ()


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", ""])
def test_paths_never_leave_the_folder(tmp_path, path):
    """A hostile name writes nothing anywhere."""
    with pytest.raises(Unwritable, match="leads out of"):
        write(tmp_path / "out", {path: "x"})
    assert not list(tmp_path.iterdir())


def test_links_never_lead_out(tmp_path):
    """A link in the folder is not followed out of it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/kubernetes").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unwritable, match="by a link"):
        write(tmp_path / "out", OLD)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_file_in_the_way_is_one_sentence(tmp_path):
    """A path that is a file is said, not traced."""
    (tmp_path / "out").write_text("x")
    with pytest.raises(Unwritable, match="is not a folder"):
        write(tmp_path / "out", OLD)


def test_a_full_disk_leaves_the_old_tree(tmp_path, monkeypatch):
    """When staging fails, nothing of the old tree has changed and no journal is left."""
    write(tmp_path, OLD)

    def full(_handle):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("homelab.render.write.os.fsync", full)
    with pytest.raises(Unwritable, match="the disk is full"):
        write(tmp_path, NEW)
    monkeypatch.undo()
    assert contents(tmp_path) == OLD
    assert not (tmp_path / layout.JOURNAL).exists()
