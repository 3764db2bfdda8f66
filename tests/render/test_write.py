"""Writing: complete, repeatable, safe against interruption, and never over somebody's work."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

from homelab.errors import Unwritable
from homelab.render import journal, layout, owned
from homelab.render.pins import pins
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


def test_a_file_changed_during_an_interruption_stays(tmp_path):
    """Whoever edits a file after the crash keeps the edit: finishing the journal writes around it."""
    write(tmp_path, OLD)

    def die(name):
        if name == "move README.md":
            raise Killed

    with pytest.raises(Killed):
        write(tmp_path, NEW, step=die)
    (tmp_path / "README.md").write_text("mine\n")
    assert recover(tmp_path)
    assert contents(tmp_path) == {**NEW, "README.md": "mine\n"}
    assert write(tmp_path, NEW).edited == ("README.md",)


def test_overwriting_is_asked_for(tmp_path):
    """Edited and foreign files are replaced only where somebody says so."""
    write(tmp_path, OLD)
    (tmp_path / "README.md").write_text("mine\n")
    (tmp_path / "kubernetes/d.yaml").write_text("theirs\n")
    assert write(tmp_path, NEW, overwrite=True).edited == ("README.md",)
    assert contents(tmp_path) == NEW
    assert write(tmp_path, NEW).empty


def test_a_file_that_is_no_text_is_somebody_s(tmp_path):
    """Bytes that no text of ours could be are never taken for an absent file."""
    (tmp_path / "README.md").write_bytes(b"\xff\xfe\x00")
    assert write(tmp_path, NEW).foreign == ("README.md",)
    assert (tmp_path / "README.md").read_bytes() == b"\xff\xfe\x00"


@pytest.mark.parametrize("path", ["README.md", "kubernetes/a.yaml"])
def test_a_folder_in_the_way_is_a_sentence_and_nothing_is_written(tmp_path, path):
    """A folder where a file should be stops the run before anything is changed."""
    (tmp_path / path / "inside").mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Unwritable, match="is a folder where a file should be"):
        write(tmp_path, NEW)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_where_a_folder_should_be_is_a_sentence(tmp_path):
    """A file in the way of a folder stops the run, and what was made on the way is removed."""
    (tmp_path / "kubernetes").write_text("a file\n")
    with pytest.raises(Unwritable):
        write(tmp_path, NEW)
    assert [p.name for p in tmp_path.rglob("*")] == ["kubernetes"]


def test_the_journal_never_leaves_the_repository(tmp_path):
    """A link in place of our own folder is not followed."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/.homelab").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unwritable, match="by a link"):
        write(tmp_path / "repository", NEW)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_disk_that_fills_up_leaves_the_old_tree(tmp_path, monkeypatch):
    """When staging fails, nothing was changed and nothing of the journal stays."""
    write(tmp_path, OLD)
    put = journal._put

    def full(path, text):
        if path.name == "1":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        put(path, text)

    monkeypatch.setattr(journal, "_put", full)
    with pytest.raises(Unwritable, match="the disk is full") as caught:
        write(tmp_path, NEW)
    assert caught.value.hint == "nothing was changed"
    monkeypatch.undo()
    assert contents(tmp_path) == OLD
    assert not (tmp_path / layout.JOURNAL).exists()


def test_a_journal_that_is_not_ours_is_a_sentence(tmp_path):
    """A plan that cannot be read is named, and stays for a person to look at."""
    (tmp_path / layout.JOURNAL).mkdir(parents=True)
    (tmp_path / layout.JOURNAL / "plan.json").write_text("{")
    with pytest.raises(Unwritable, match=r"plan\.json is not what homelab left there"):
        write(tmp_path, NEW)
    assert (tmp_path / layout.JOURNAL / "plan.json").exists()


@pytest.mark.parametrize(
    "plan",
    ["[]", "5", "{}", '{"write": 5, "remove": []}', '{"write": [[5, 5]], "remove": []}', '{"write": [["a"]], "remove": []}',
     '{"write": [], "remove": [["a", 1]]}', "[" * 100_000],
)  # fmt: skip
def test_a_plan_of_another_shape_is_a_sentence(tmp_path, plan):
    """Whatever stands in the plan's place, it is named, and nothing is finished or thrown away."""
    write(tmp_path, OLD)
    (tmp_path / layout.JOURNAL).mkdir(parents=True)
    (tmp_path / layout.JOURNAL / "plan.json").write_text(plan)
    with pytest.raises(Unwritable, match=r"plan\.json is not what homelab left there"):
        write(tmp_path, NEW)
    assert (tmp_path / layout.JOURNAL / "plan.json").read_text() == plan


def test_two_renders_at_once_do_not_meet(tmp_path):
    """While one writes, at whatever step, a second is refused with a sentence and touches nothing; the first ends as if alone."""
    write(tmp_path, OLD)
    refused = []

    def step(name):
        begun = [lambda: existing(tmp_path)] if (tmp_path / layout.JOURNAL).is_dir() else []
        for second in (*begun, lambda: write(tmp_path, OLD, before={}), lambda: prune(tmp_path, ())):
            with pytest.raises(Unwritable, match="another homelab is writing into") as error:
                second()
            refused.append((name, error.value.hint))

    write(tmp_path, NEW, step=step)
    assert {name.split()[0] for name, _ in refused} == {"begin", "stage", "plan", "decide", "move", "clean"}
    assert all("nothing was changed" in hint for _, hint in refused)
    assert contents(tmp_path) == NEW
    assert not (tmp_path / layout.JOURNAL).exists()


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
spec:
  sources:
  - repoURL: https://charts.example.org
    chart: {name}
    targetRevision: {version}
    helm: {{releaseName: {release}}}
  - repoURL: https://git.example.org/lab.git
    targetRevision: main
    path: kubernetes
"""
FILE = "kubernetes/sets/platform/x.yaml"


def test_a_bumped_pin_is_an_input_and_no_edit(tmp_path):
    """What Renovate merged survives, also when an option of the same Application changes at the same time."""
    rendered = {
        FILE: APPLICATION.format(name="x", version="1.0.0", release="x"),
        layout.PINS: '{"x": "1.0.0"}\n',
    }
    write(tmp_path, rendered)
    assert pins(existing(tmp_path)) == {}
    (tmp_path / FILE).write_text(APPLICATION.format(name="x", version="1.1.0", release="x"))
    assert pins(existing(tmp_path)) == {"x": "1.1.0"}
    again = {**rendered, FILE: APPLICATION.format(name="x", version="1.1.0", release="y")}
    found = write(tmp_path, again)
    assert (found.changed, found.edited) == ((FILE,), ())
    assert pins(existing(tmp_path)) == {"x": "1.1.0"}


def test_another_branch_is_an_edit(tmp_path):
    """Only chart versions are an input: a hand-changed revision of a git source is seen as the edit it is."""
    text = APPLICATION.format(name="x", version="1.0.0", release="x")
    write(tmp_path, {FILE: text})
    (tmp_path / FILE).write_text(text.replace("targetRevision: main", "targetRevision: mine"))
    assert compare({FILE: text}, existing(tmp_path)).edited == (FILE,)


@pytest.mark.parametrize("text", ["[]", "{", "null", '{"files": []}', ""])
def test_a_hash_file_that_is_not_ours_owns_nothing(text):
    """Whatever stands in owned.json or pins.json, nothing is taken for ours by mistake."""
    assert owned.parse(text) == {}
    assert pins({layout.PINS: text, FILE: "spec: [\n", f"{FILE}.yaml": "kind: Application\nspec: 1\n"}) == {}


KILLED = """\
import json, os, signal, sys
from pathlib import Path
from homelab.render.write import write
left = iter(range(int(sys.argv[2])))
def step(_name):
    if next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
write(Path(sys.argv[1]), json.loads(sys.argv[3]), step=step)
"""


@pytest.mark.slow
def test_a_real_kill_loses_nothing(tmp_path):
    """SIGKILL before any step: the run after it finds the old tree or the new one, and ends with the new one."""
    steps = []
    write(tmp_path / "count", OLD)
    write(tmp_path / "count", NEW, step=steps.append)
    for dying in range(len(steps)):
        folder = tmp_path / f"run-{dying}"
        write(folder, OLD)
        argv = [sys.executable, "-c", KILLED, str(folder), str(dying), json.dumps(NEW)]
        done = subprocess.run(argv, env={"PYTHONPATH": os.pathsep.join(sys.path)}, check=False)
        assert done.returncode == -signal.SIGKILL
        assert contents(folder) in (OLD, NEW)
        assert not write(folder, NEW).edited
        assert contents(folder) == NEW


def test_pages_left_out_stay_ours(tmp_path):
    """A render without the computed pages keeps them and their hashes: nothing to prune, and later renewed."""
    page = layout.RESILIENCE
    write(tmp_path, {"README.md": "a\n", page: "old\n"})
    left_out = write(tmp_path, {"README.md": "a\n"})
    assert left_out.empty
    assert (tmp_path / page).read_text() == "old\n"
    assert write(tmp_path, {"README.md": "a\n", page: "new\n"}).changed == (page,)
    assert (tmp_path / page).read_text() == "new\n"
