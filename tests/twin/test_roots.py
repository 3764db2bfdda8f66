"""What is applied by hand: one file in a lab of ours, every object that nobody deploys in any other repository."""

from __future__ import annotations

import sys

import pytest

from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.lab.charts import Charts, Options
from homelab.twin.applied import awaited
from homelab.twin.roots import argo_of, own, roots
from homelab.twin.twin import Twin
from twin import committed, strange


def names(texts):
    """Kind and name of what is applied by hand, in order."""
    return [(body["kind"], body["metadata"]["name"]) for body in roots(texts, read(of_texts(texts)))]


def test_a_lab_of_ours_has_one_file_for_it():
    """Its objects, and nothing that they make."""
    assert names(committed.BEFORE) == [("ApplicationSet", "root")]


def test_elsewhere_it_is_what_nobody_deploys():
    """Projects first; an Application that another one makes is not applied by hand; who names no namespace is in Argo CD's."""
    assert names(strange.TEXTS) == [("AppProject", "home"), ("Application", "everything")]
    found = roots(strange.TEXTS, read(of_texts(strange.TEXTS)))
    assert {body["metadata"]["namespace"] for body in found} == {"argocd"}


@pytest.mark.parametrize("texts", [committed.BEFORE, strange.TEXTS], ids=["ours", "strange"])
def test_the_repository_is_what_its_roots_read(texts):
    """Its address is found without being told."""
    assert own(texts, read(of_texts(texts))) == {committed.GIT}


def test_where_nothing_installs_argo_cd_its_chart_is_taken_as_it_comes():
    """No version and no values are made up."""
    asked, said = argo_of([], "1.35.2")
    assert not said
    assert (asked.release.chart, asked.release.version, asked.release.values) == ("argo-cd", "", {})


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a twin runs on Linux only")
def test_a_strangers_repository_is_rehearsed(tmp_path, twin_program, test_data):
    """Every Application of it is Synced and Healthy, and that Argo CD was brought along is told."""
    charts = Charts(Options(folders=(test_data / "charts",)))
    with Twin(tmp_path / "twin", strange.TEXTS, twin_program, charts) as twin:
        twin.start()
        twin.begin()
        applied = awaited(twin.api, {each.name for each in twin.inventory.applications}, 180)
        assert {each.name for each in applied.applications} == {"everything", "shop"}
        assert applied.whole, applied.waiting
        assert any("argo-cd" in said for said in twin.added)
