"""Commits on a real Argo CD: what it prunes, leaves behind and makes anew is what its own rule predicts."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from conftest import missing
from homelab.lab.charts import Charts, Options
from homelab.twin.applied import awaited
from homelab.twin.argo import CACHE, CONTROLLER, REPO_SERVER, SETS
from homelab.twin.asked import above
from homelab.twin.drills.changes import Change, mistakes
from homelab.twin.drills.rows import By, Verdict
from homelab.twin.drills.run import run
from homelab.twin.programs import minor_of
from homelab.twin.twin import Twin
from twin import committed

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]


@pytest.fixture(scope="module")
def small(tmp_path_factory, twin_program, test_data):
    """A twin of a repository of three Applications, all of them well."""
    charts = Charts(Options(folders=(test_data / "charts",)))
    folder = tmp_path_factory.mktemp("small")
    with Twin(folder / "twin", committed.BEFORE, twin_program, charts, fast=12) as twin:
        change = Change("newer", "a newer shop", lambda: committed.AFTER, twin.read)
        fixed = Change("other-selector", "other pods of the shop", lambda: committed.FIXED, twin.read)
        twin.changes = (change, fixed, *mistakes(twin.texts, twin.inventory, twin.read))
        twin.start()
        twin.begin()
        expected = {each.name for each in twin.inventory.applications}
        applied = awaited(twin.api, expected, 180)
        assert applied.whole, applied.waiting
        yield twin


def wrong(drilled):
    """Rows that are not as they should be, as sentences."""
    return [
        f"{each.verdict.value}: {each.row.id} {each.row.expected}, seen {each.seen}"
        for each in drilled.compared
        if not each.well
    ]


def row(drilled, start):
    """The one row whose id begins so."""
    (found,) = [each for each in drilled.compared if each.row.id.startswith(start)]
    return found


def test_what_a_commit_deletes_is_predicted(small):
    """An unguarded claim goes and is named before, a guarded one stays behind, and only the changed workload has new pods."""
    (drilled,) = run(small, ["change-is-committed newer"])
    assert wrong(drilled) == []
    assert row(drilled, "claims go@").row.value == ["shop/cache"]
    assert row(drilled, "objects stay behind@changed/shop/PersistentVolumeClaim/orders").verdict is Verdict.AGREES
    assert row(drilled, "pods are made anew@").row.value == ["shop/Deployment/web"]
    assert row(drilled, "objects are deleted@changed/ConfigMap").row.value == [
        "shop/ConfigMap/settings",
        "side/ConfigMap/notes",
    ]
    assert {each.row.by for each in drilled.compared} == {By.ARGO_CD, By.CONTROLLERS}


@pytest.mark.soak
def test_what_cannot_be_changed_is_predicted(small):
    """The Application with a changed selector is named, nothing else happens, and all is well when the commit is taken back."""
    (drilled,) = run(small, ["change-is-committed other-selector"])
    assert wrong(drilled) == []
    assert row(drilled, "Applications are well@changed").row.value == ["shop"]
    assert row(drilled, "pods are made anew@").row.value == []


@pytest.mark.parametrize("mistake", ["version-nowhere", "values-unreadable"])
def test_a_mistake_stops_nothing_and_its_mend_lands(small, mistake):
    """The Application that nobody can render is named, what runs goes on, and the next commit is synced all the same."""
    (drilled,) = run(small, [f"mistake-is-committed {mistake}"])
    assert wrong(drilled) == []
    assert row(drilled, "Applications are well@broken").row.value == ["argocd"]


def test_nothing_happens_while_the_repository_cannot_be_reached(small):
    """Argo CD says of every Application that it does not know, deletes nothing, and goes on when the repository is back."""
    (drilled,) = run(small, ["repository-unreachable"])
    assert wrong(drilled) == []


def test_argo_cds_programs_are_started_anew(small):
    """Each of its programs is killed; they come back, and the next commit is synced as if nothing had been."""
    pids = small.services.pids()
    for name in (CONTROLLER, REPO_SERVER, SETS, CACHE):
        os.kill(pids[name], signal.SIGKILL)
    late = time.monotonic() + 60
    while len(small.mended) < 4 and time.monotonic() < late:
        small.mend()
        time.sleep(0.5)
    assert set(small.mended) == {CONTROLLER, REPO_SERVER, SETS, CACHE}
    (drilled,) = run(small, ["change-is-committed newer"])
    assert wrong(drilled) == []


@pytest.mark.soak
def test_kubernetes_goes_up_a_minor(tmp_path, twin_program, test_data):
    """On the same etcd the next minor answers, nothing is deleted or restarts, and Argo CD is in step."""
    newer = above(minor_of(committed.INVENTORY.ground.kubernetes))
    if newer is None:
        missing("twin", "the next minor was not built: homelab twin install --minor 1.36")
    charts = Charts(Options(folders=(test_data / "charts",)))
    with Twin(tmp_path / "twin", committed.BEFORE, twin_program, charts, fast=12, above=newer) as twin:
        twin.start()
        twin.begin()
        assert awaited(twin.api, {each.name for each in twin.inventory.applications}, 180).whole
        (drilled,) = run(twin, ["version-goes-up"])
        assert wrong(drilled) == []
        assert row(drilled, "the new version answers@").seen.value == newer.version


@pytest.mark.parametrize("order", ["reverse", "shuffled"])
def test_a_lab_converges_from_any_order(order, tmp_path, twin_program, test_data):
    """Applications that are synced before what they need end as all others: Synced and Healthy."""
    charts = Charts(Options(folders=(test_data / "charts",)))
    with Twin(tmp_path / "twin", committed.BEFORE, twin_program, charts) as twin:
        twin.start()
        twin.begin(order)
        expected = {each.name for each in twin.inventory.applications}
        applied = awaited(twin.api, expected, 180)
        assert applied.whole, applied.waiting
