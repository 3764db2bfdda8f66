"""A lab whose charts are pinned at versions that nobody recorded: judged by those that are, and marked wherever it is said."""

from __future__ import annotations

import re
from datetime import date

import pytest

from conftest import REPOSITORY
from homelab.findings import Severity
from homelab.lab.pipeline import Lab

TODAY = date(2026, 11, 1)
FILE = str(REPOSITORY / "examples" / "two-boxes" / "homelab.yaml")
PIN = re.compile(r"(?P<before>^ *(?:- )?chart: \S+\n(?: +\S.*\n)*? *targetRevision: )(?P<version>\S+)$", re.MULTILINE)


def later(match):
    """A patch that nobody published."""
    return f"{match['before']}{match['version'].rpartition('.')[0]}.999"


@pytest.fixture(scope="module")
def compared():
    return Lab.load(FILE)


@pytest.fixture(scope="module")
def assumed(compared):
    """The same lab after somebody bumped every chart."""
    return Lab.load(FILE, {path: PIN.sub(later, text) for path, text in compared.tree.texts().items()})


def told(lab):
    """(check, subject) to the finding, without those that say that a version is not known."""
    found = {(each.check, each.subject): each for each in lab.assessment(TODAY).findings}
    return {key: each for key, each in found.items() if key[0] != "chart-version-unproved"}


def test_every_bumped_chart_is_assumed(compared, assumed):
    """Nothing becomes unknown: what the charts make, and operators of that, is there and says whose shape it has."""
    assert len(assumed.plan.pins) > 10
    assert assumed.inventory.unknown == ()
    assert len(assumed.inventory.resources) == len(compared.inventory.resources)
    assert {r.origin.maker for r in assumed.inventory.resources if r.origin.assumed} == {"chart", "operator"}
    assert all(r.origin.assumed for r in assumed.inventory.resources if r.origin.maker == "chart")


@pytest.mark.slow
def test_no_patch_and_no_high_finding_is_about_what_is_assumed(compared, assumed):
    """What would be a patch or high for a compared version is a marked finding, medium at the most, without a mend."""
    before, after = told(compared), told(assumed)
    marked = {key for key, each in after.items() if each.assumed}
    assert [each for each in after.values() if each.assumed and (each.fix or each.severity > Severity.MEDIUM)] == []
    assert [key for key in marked if key in before and before[key].fix] != []
    assert [key for key in marked if key in before and before[key].severity > Severity.MEDIUM] != []
    assert before.keys() == after.keys()


@pytest.mark.slow
def test_programs_read_what_is_assumed(compared, assumed):
    """The JSON of the findings names the record that a marked one is judged by, and null for all others."""
    said = assumed.assessment(TODAY).json()["findings"]
    assert {each["assumed"] for each in compared.assessment(TODAY).json()["findings"]} == {None}
    marks = {each["assumed"] for each in said} - {None}
    assert all(re.fullmatch(r"chart \S+ \S+\.999 by the record of \d+\.\d+\.\d+", mark) for mark in marks)
    assert len(marks) > 5
    velero = [each for each in said if each["subject"]["name"] == "velero" and each["subject"]["kind"] == "Deployment"]
    assert velero
    assert all(each["assumed"].startswith("chart velero ") for each in velero)


@pytest.mark.slow
def test_the_figures_say_what_they_are_built_upon(compared, assumed):
    """The figures are those of the recorded shapes, and the assumptions name every chart whose pods are in them."""
    ours, theirs = compared.uptime(deep=False).json(), assumed.uptime(deep=False).json()
    assert theirs["lab"]["lan"] == ours["lab"]["lan"]
    more = [each for each in theirs["assumptions"] if each not in ours["assumptions"]]
    charts = {r.origin.assumed for r in assumed.inventory.resources} - {""}
    assert more == [each for each in more if each.endswith(": its pods are taken to be the same")]
    assert {each.partition(": its pods")[0] for each in more} == charts
