"""assess, check and explain: exit codes, formats, pages."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.reports import ASSESSMENT
from homelab.assess import run as running
from homelab.assess.check import Check
from homelab.cli.assess import code
from homelab.findings import Severity
from homelab.lab.pipeline import Lab
from homelab.report import Assessment


@pytest.fixture
def judged(monkeypatch):
    """Every lab is judged alike."""
    monkeypatch.setattr(Lab, "assessment", lambda *_: ASSESSMENT)


@pytest.mark.parametrize(("level", "exits"), [("critical", 0), ("high", 1), ("medium", 1), ("info", 1), ("never", 0)])
def test_fail_on_decides_the_exit_code(homelab, lab, judged, level, exits):
    """Findings at or above the level make exit 1, for assess and for check."""
    assert homelab("assess", lab, "--fail-on", level).code == exits
    assert homelab("check", lab, "--fail-on", level).code == exits


def test_medium_is_the_default_level(homelab, lab, judged):
    """Without --fail-on, medium findings fail."""
    assert homelab("assess", lab).code == 1
    assert code(Assessment(ASSESSMENT.findings[-1:]), "medium") == 0


def test_strict_fails_on_what_is_unknown(homelab, lab, judged):
    """--strict exits 2 where something could not be judged, whatever the level."""
    assert homelab("assess", lab, "--strict", "--fail-on", "never").code == 2


def test_every_format_is_printed(homelab, lab, judged):
    """Each format is the document that its readers expect."""
    said = {
        form: homelab("assess", lab, "--format", form).out for form in ("json", "sarif", "junit", "markdown", "text")
    }
    assert json.loads(said["json"])["findings"][0]["check"] == "single-replica-deployment"
    assert json.loads(said["sarif"])["version"] == "2.1.0"
    assert ET.fromstring(said["junit"]).tag == "testsuites"
    assert said["markdown"].startswith("### homelab: fails")
    assert said["text"].startswith("high")
    assert json.loads(homelab("assess", lab, "--json").out) == json.loads(said["json"])


def test_check_adds_findings_to_no_mistakes(homelab, lab, judged):
    """A file without mistakes is checked for findings in the same run."""
    found = json.loads(homelab("check", lab, "--json").out)
    assert found["mistakes"] == []
    assert len(found["assessment"]["findings"]) == len(ASSESSMENT.findings)


def test_a_lab_is_judged_from_standard_input(homelab, lab):
    """`-` reads the lab from standard input, once."""
    done = homelab("check", "-", "--fail-on", "never", stdin=lab.read_bytes())
    assert done.code == 0, done.err
    assert "judged" in done.out


def test_fix_needs_a_file(homelab, lab):
    """Standard input and folders cannot be edited, and that is said before anything is computed."""
    for source in ("-", lab.parent):
        done = homelab("assess", source, "--fix")
        assert done.code == 2
        assert "cannot be edited" in done.err


@pytest.fixture
def one_check(monkeypatch, tmp_path) -> Check:
    """A catalogue of one check with a page."""
    page = tmp_path / "redundancy" / "single-thing.md"
    page.parent.mkdir()
    page.write_text("# single-thing\n\n## What it finds\n\nOne thing.\n")
    found = Check("single-thing", Severity.HIGH, lambda _: iter(()), "One thing where two should be.", page, ("KSV1",))
    monkeypatch.setattr(running, "checks", lambda: (found,))
    monkeypatch.setattr(running, "NOTICES", ())
    return found


def test_explain_shows_the_page(homelab, one_check):
    """A check's page is shown offline, found by its id and by the name others give it."""
    for name in (one_check.id, "KSV1"):
        done = homelab("explain", name)
        assert done.code == 0
        assert done.out == (
            "single-thing · high · elsewhere called KSV1\n\nsingle-thing\n\nWhat it finds\n\nOne thing.\n"
        )
    assert json.loads(homelab("explain", "KSV1", "--json").out)["id"] == one_check.id


def test_explain_lists_all(homelab, one_check):
    """Without a name, every check is a line under its subject."""
    assert homelab("explain").out == "REDUNDANCY\n  high  single-thing  One thing where two should be.\n"


def test_explain_of_nothing_names_the_nearest(homelab, one_check):
    """A name that no check has is told with the nearest that one has."""
    done = homelab("explain", "single-thin")
    assert done.code == 2
    assert "did you mean single-thing?" in done.err


def test_only_names_checks_that_exist(homelab, lab):
    """--only with a name that no check has is a sentence, not silence."""
    done = homelab("assess", lab, "--only", "no-such-check")
    assert done.code == 2
    assert "there is no check no-such-check" in done.err
    assert Path(lab).exists()


@pytest.mark.parametrize(("files", "exits"), [
    ({}, 2),
    ({"README.md": "# Notes", "tool.py": "print(1)"}, 2),
    ({"all.yaml": "a: ["}, 2),
    ({"values.yaml": "replicas: 2"}, 2),
    ({"all.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}"}, 0),
])  # fmt: skip
def test_a_folder_in_which_nothing_was_read_is_not_judged(homelab, tmp_path, files, exits):
    """A wrong path, an empty folder or broken files only exit with 2 and a sentence, so that no pipeline stays green by them."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = homelab("assess", tmp_path, "--fail-on", "never")
    assert done.code == exits
    assert ("nothing was judged" in done.err) is (exits == 2)
