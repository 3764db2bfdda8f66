"""Labs that are broken on purpose, each by the one mistake that it is named after: a rehearsal names the line."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from homelab.lab.charts import Charts, Options
from homelab.lab.pipeline import Repository
from homelab.twin.asked import twin_of
from homelab.twin.rehearsal import rehearsed

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")]
HERE = Path(__file__).parent
SHOP = "kubernetes/shop"


@pytest.fixture
def rehearsal(tmp_path, twin_program, test_data):
    """What comes of a lab: the base of all with the files of one mistake, built for so many seconds, then perhaps drilled."""
    twin_program("argocd")

    def play(mistake, seconds, *only):
        folder = tmp_path / "repository"
        for part in ("base", mistake):
            shutil.copytree(HERE / part, folder, dirs_exist_ok=True)
        charts = Charts(Options(folders=(test_data / "charts",), offline=True), folder)
        with twin_of(Repository(folder, charts), tmp_path / "twin", charts, fast=10) as twin:
            found = rehearsed(twin, seconds, only=only, drills=bool(only))
            left = twin.services.pids()
        assert left
        assert twin.services.pids() == {}
        return found

    return play


def told(found):
    """Each finding with the place and the option that it names."""
    return [(each.check, str(each.subject), str(each.place), each.option) for each in found.findings]


def test_a_pod_that_asks_for_the_host_is_refused(rehearsal):
    """Pod Security admission of the namespace refuses a privileged container, and the Deployment is named."""
    found = rehearsal("forbidden-security-context", 60)
    place = f"{SHOP}/till.yaml:1:1"
    assert told(found) == [("rehearsal-pod-refused", "shop/Deployment/till", place, "apps.shop")]
    assert 'violates PodSecurity "restricted:latest": privileged' in found.findings[0].message
    assert not found.good


def test_more_memory_than_the_nodes_have_leaves_pods_waiting(rehearsal):
    """Four pods of three gibibytes on two nodes of four: the real scheduler says which have no room."""
    found = rehearsal("memory-overcommitted", 60)
    assert set(told(found)) == {
        ("rehearsal-pod-unscheduled", "shop/Deployment/till", f"{SHOP}/till.yaml:1:1", "apps.shop")
    }
    assert "Insufficient memory" in found.findings[0].message


def test_a_kind_that_nobody_defines_is_named(rehearsal):
    """An object of an unknown kind is named once, with its line."""
    found = rehearsal("missing-kind", 60)
    place = f"{SHOP}/basket.yaml:2:1"
    assert told(found) == [("rehearsal-kind-missing", "shop/Basket/green", place, "apps.shop")]
    assert "the kind Basket of shop.example.org/v1, which nobody has defined" in found.findings[0].message


def test_a_wave_that_waits_for_the_one_behind_it_is_named(rehearsal):
    """A volume that is bound when its pod is placed, and its pod in the next wave: neither ever comes."""
    found = rehearsal("wave-never-healthy", 60)
    place = f"{SHOP}/disk.yaml:10:1"
    assert told(found) == [("rehearsal-wave-waits", "shop/PersistentVolumeClaim/till", place, "apps.shop")]
    assert not found.applied.whole


def test_a_budget_that_lets_nobody_go_is_named_by_a_drain(rehearsal):
    """The lab is well until a node is drained: then the budget refuses, in the API server's words and with its line."""
    found = rehearsal("blocking-budget", 120, "node-drained")
    place = f"{SHOP}/budget.yaml:2:1"
    assert found.applied.whole
    assert told(found) == [("rehearsal-drain-blocked", "shop/PodDisruptionBudget/till", place, "apps.shop")]
    assert "needs 2 healthy pods and has 2 currently" in found.findings[0].message
    assert not found.good
