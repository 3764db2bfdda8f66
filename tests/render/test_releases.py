"""An upgrade of homelab itself deletes nothing: what an earlier release rendered is followed by what this one renders."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import REPOSITORY, missing
from homelab.gitops.commits.deletion import deleted
from homelab.gitops.read import read
from homelab.gitops.repository import of_folder
from homelab.kube.durable import holds_data
from homelab.lab.losses import guarding
from homelab.lab.pipeline import Lab
from homelab.render.write import compare, existing, guard

RELEASES = ("f7010b8",)
"""Commits whose repositories people may have: the first one that could be built from."""
EXAMPLES = ("starter", "guide", "two-boxes", "enterprise")
"""Those that the earlier release can read: it knows no applications of one's own."""
RENDER = """
import sys
from pathlib import Path
from homelab.lab.pipeline import Lab
from homelab.render.write import write

write(Path(sys.argv[2]), Lab.load(sys.argv[1]).tree.texts())
"""


@pytest.fixture(scope="module", params=RELEASES)
def release(request, tmp_path_factory) -> Path:
    """The sources and examples of an earlier release."""
    packed = subprocess.run(["git", "archive", request.param, "src", "examples"], cwd=REPOSITORY, capture_output=True, check=False)  # fmt: skip
    if packed.returncode:
        missing("history", f"commit {request.param} is not in this clone: `git fetch --unshallow` brings it")
    folder = tmp_path_factory.mktemp("release")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def written(release: Path, example: str, to: Path):
    """What an earlier release rendered of its own example, by its own program."""
    environment = {**os.environ, "PYTHONPATH": str(release / "src")}
    argv = [sys.executable, "-c", RENDER, release / "examples" / example / "homelab.yaml", to]
    subprocess.run(argv, env=environment, cwd=to, check=True)
    return read(of_folder(to))


def next_step(example: str, folder: Path, *, synced: bool = False):
    """This release's lab beside what is in a folder, and what it would guard before it writes."""
    before = existing(folder)
    lab = Lab.load(str(REPOSITORY / "examples" / example / "homelab.yaml"), before)
    return lab, guarding(lab, compare(lab.tree.texts(), before), synced=synced)


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_upgrade_prunes_nothing_that_holds_data(release, example, tmp_path):
    """What the move to this release would take along is named and guarded first; of neither step does Argo CD delete data."""
    before = written(release, example, tmp_path)
    holders = [each for each in before.resources if holds_data(each.body)]
    assert len(holders) >= 2
    lab, step = next_step(example, tmp_path)
    assert step is not None
    assert {str(loss.subject) for loss in step.losses} >= {"n8n-prod/Cluster/n8n-postgres"}
    assert step.commands == ()
    guard(tmp_path, step.texts, existing(tmp_path))
    between = read(of_folder(tmp_path))
    assert [str(d.resource.subject) for d in deleted(before, between) if holds_data(d.resource.body)] == []
    after, none = next_step(example, tmp_path, synced=True)
    assert none is None
    assert [str(d.resource.subject) for d in deleted(between, after.inventory) if holds_data(d.resource.body)] == []
    # the same comparison tells a move: it does not pass because it sees nothing
    moved = [replace(each, origin=replace(each.origin, application="elsewhere")) for each in lab.inventory.resources]
    told = {d.resource.identity for d in deleted(before, replace(lab.inventory, resources=tuple(moved), _memo={}))}
    prunes = {a.name for a in before.applications if a.resource and a.resource.get("spec.syncPolicy.automated.prune")}
    bare = [each for each in holders if each.origin.application in prunes and each.origin.maker != "operator"]
    unguarded = {each.identity for each in bare if "Prune=false" not in str(each.annotations)}
    assert unguarded
    assert unguarded <= told
