"""assess, check and explain: exit codes, formats, pages."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli.reports import ASSESSMENT
from homelab.assess import names
from homelab.assess.check import Check
from homelab.cli.assess import code
from homelab.cli.fail_on import Failing
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
    assert code(Assessment(ASSESSMENT.findings[-1:]), Failing(Severity.MEDIUM)) == 0


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
    assert said["text"].startswith("7 findings (1 high, 5 medium, 1 low)")
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


def test_fix_needs_a_file(homelab):
    """Standard input cannot be edited, and that is said before anything is computed."""
    done = homelab("assess", "-", "--fix")
    assert done.code == 2
    assert "cannot be edited" in done.err


@pytest.fixture
def one_check(monkeypatch, tmp_path) -> Check:
    """A catalogue of one check with a page."""
    page = tmp_path / "redundancy" / "single-thing.md"
    page.parent.mkdir()
    page.write_text("# single-thing\n\n## What it finds\n\nOne thing.\n")
    found = Check("single-thing", Severity.HIGH, lambda _: iter(()), "One thing where two should be.", page, ("KSV1",))
    monkeypatch.setattr(names, "checks", lambda: (found,))
    monkeypatch.setattr(names, "NOTICES", ())
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


POD = "{apiVersion: v1, kind: Pod, metadata: {name: %s}, spec: {containers: [{name: a, image: 'a:latest'}]}}\n"


@pytest.fixture
def repository(tmp_path) -> Path:
    """A folder with one pod."""
    folder = tmp_path / "repository"
    (folder / ".homelab").mkdir(parents=True)
    (folder / "a.yaml").write_text(POD % "a", encoding="utf-8")
    return folder


@pytest.mark.parametrize(("word", "added", "exits"), [
    ("new", False, 0), ("new", True, 1), ("new:high", True, 0), ("new:low", True, 1), ("medium", False, 1),
])  # fmt: skip
def test_only_what_is_new_fails(homelab, repository, tmp_path, word, added, exits):
    """A baseline is written once; later runs tell what came since, and fail on that where `new` is asked for."""
    kept = tmp_path / "baseline.json"
    assert homelab("assess", repository, "--write-baseline", kept, "--fail-on", "never").code == 0
    if added:
        (repository / "b.yaml").write_text(POD % "b", encoding="utf-8")
    done = homelab("assess", repository, "--baseline", kept, "--fail-on", word)
    assert done.code == exits
    assert ("image-tag-floating  Pod/b" in done.out) is added
    assert "image-tag-floating  Pod/a" not in done.out
    assert done.out.startswith(
        f"{'4 new findings (1 medium, 3 low)' if added else 'no new findings'} · 0 mended · 4 as before"
    )


def test_what_is_mended_is_named(homelab, repository, tmp_path):
    """What a baseline has and the repository has not any more is told, with --json and in Markdown as well."""
    kept = tmp_path / "baseline.json"
    homelab("assess", repository, "--write-baseline", kept)
    (repository / "a.yaml").write_text((POD % "a").replace("latest", "1.2.3"), encoding="utf-8")
    assert "MENDED\n  image-tag-floating  Pod/a\n" in homelab("assess", repository, "--baseline", kept).out
    said = json.loads(homelab("assess", repository, "--baseline", kept, "--json").out)
    assert [known["check"] for known in said["mended"]] == ["image-tag-floating"]
    assert {finding["new"] for finding in said["findings"]} == {False}
    assert (
        "- `image-tag-floating` Pod/a" in homelab("assess", repository, "--baseline", kept, "--format", "markdown").out
    )


def test_new_needs_a_baseline(homelab, repository, tmp_path):
    """Without something to compare with nothing is new; a baseline that is none is said."""
    assert "--fail-on new needs a --baseline" in homelab("assess", repository, "--fail-on", "new").err
    assert "no such file" in homelab("assess", repository, "--baseline", tmp_path / "none.json").err
    done = homelab("assess", repository, "--baseline", repository / "a.yaml")
    assert (done.code, "is no baseline" in done.err) == (2, True)
    assert "'grave' is none of info, low" in homelab("assess", repository, "--fail-on", "grave").err


def test_settings_of_the_repository_count(homelab, repository):
    """`.homelab/assess.yaml` is read where it lies, and its mistakes are told all at once."""
    settings = repository / ".homelab" / "assess.yaml"
    settings.write_text("select: [latest-tag]\nseverity: {latest-tag: low}\n", encoding="utf-8")
    done = homelab("assess", repository)
    assert (done.code, done.out.splitlines()[0]) == (0, "1 finding (1 low) · 1 object of no Applications judged")
    settings.write_text("selekt: []\naccept: [{check: latest-tag}]\n", encoding="utf-8")
    done = homelab("assess", repository)
    assert done.code == 2
    assert f"{settings}:1:1 selekt: is not a key of this file\n  hint: did you mean select?" in done.err
    assert f"{settings}:2:10 accept.0: has no reason" in done.err


def test_settings_beside_a_file_count(homelab, lab):
    """A homelab.yaml is judged by the settings beside it, findings about the file itself included."""
    settings = lab.parent / ".homelab" / "assess.yaml"
    settings.parent.mkdir()
    before = json.loads(homelab("assess", lab, "--json").out)
    settings.write_text("ignore: ['*']\n", encoding="utf-8")
    assert before["findings"] != []
    assert json.loads(homelab("assess", lab, "--json").out)["findings"] == []


WEB = """\
# the shop
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: "web:1.2"   # pinned by hand
"""


def test_fix_mends_any_repository(homelab, repository):
    """A preview is a patch and writes nothing; then each file changes where the patch says, and nowhere else."""
    (repository / "a.yaml").write_text(WEB, encoding="utf-8")
    shown = homelab("assess", repository, "--fix", "--preview", "--only", "cpu-request-missing")
    assert shown.out.startswith("--- a/a.yaml\n+++ b/a.yaml\n@@ ")
    assert "\n+          resources: {requests: {cpu: 100m}}\n" in shown.out
    assert (repository / "a.yaml").read_text(encoding="utf-8") == WEB
    done = homelab("assess", repository, "--fix", "--only", "resources")
    assert "mends memory-limit-missing shop/Deployment/web\n" in done.out
    text = (repository / "a.yaml").read_text(encoding="utf-8")
    assert [line for line in WEB.splitlines() if line not in text.splitlines()] == []
    assert homelab("assess", repository, "--only", "resources").out.startswith("no findings")
    assert "written" not in homelab("assess", repository, "--fix", "--only", "resources").out


def test_sarif_has_the_proved_mends_of_any_repository(homelab, repository):
    """A patch is the replacement of the lines that `--fix` would write; advice that is not proved has none."""
    (repository / "a.yaml").write_text(WEB, encoding="utf-8")
    run = json.loads(homelab("assess", repository, "--format", "sarif").out)["runs"][0]
    fixes = {result["ruleId"]: result["fixes"][0]["artifactChanges"] for result in run["results"] if "fixes" in result}
    assert set(fixes) == {"cpu-request-missing", "memory-limit-missing", "memory-request-missing"}
    (change,) = fixes["cpu-request-missing"]
    assert change["artifactLocation"]["uri"] == str(repository / "a.yaml")
    (replacement,) = change["replacements"]
    assert replacement["deletedRegion"]["startLine"] == len(WEB.splitlines()) + 1
    assert replacement["insertedContent"]["text"] == "          resources: {requests: {cpu: 100m}}\n"
