"""SARIF, JUnit and Markdown: what other programs show of a judgement."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from cli.reports import ASSESSMENT, HOSTILE, LOW, SINGLE
from homelab.cli.fail_on import Failing
from homelab.cli.formats import sarif as sarifs
from homelab.cli.formats.gitlab import gitlab
from homelab.cli.formats.junit import junit
from homelab.cli.formats.markdown import markdown
from homelab.cli.formats.sarif import sarif
from homelab.documents.read import read
from homelab.errors import Place
from homelab.findings import Severity
from homelab.report import Assessment, fingerprint
from homelab.spec.source import Source

MEDIUM = Failing(Severity.MEDIUM)


def test_sarif_points_at_line_and_column():
    """A result names its rule, its level, the accused, and the line in the repository with the option's line beside it."""
    run = sarif(ASSESSMENT, "1.2.3")["runs"][0]
    result = run["results"][0]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == SINGLE.check
    assert result["level"] == "error"
    physical = result["locations"][0]["physicalLocation"]
    assert physical == {
        "artifactLocation": {"uri": "kubernetes/apps/web.yaml"},
        "region": {"startLine": 7, "startColumn": 3},
    }
    related = result["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"]["uri"] == "homelab.yaml"
    assert related["region"]["startLine"] == 41
    assert "fix: run two" in result["message"]["text"]


def test_sarif_offers_the_edit():
    """An edit is the replacement of exactly the lines that writing it would change."""
    text = "homelab: v1\napps:\n  web: {replicas: 1, name: x} # why\n  other: {}\n"
    source = Source(text, "homelab.yaml", read(text, "homelab.yaml", positions=True)[0])
    fix = sarif(ASSESSMENT, "1", source)["runs"][0]["results"][0]["fixes"][0]
    assert fix["description"]["text"] == "apps.web.replicas: 2"
    assert fix["artifactChanges"] == [
        {
            "artifactLocation": {"uri": "homelab.yaml"},
            "replacements": [
                {
                    "deletedRegion": {"startLine": 3, "startColumn": 1, "endLine": 4, "endColumn": 1},
                    "insertedContent": {"text": "  web: {replicas: 2, name: x} # why\n"},
                }
            ],
        }
    ]


def test_sarif_offers_no_edit_without_a_file():
    """Where the file is not known, no replacement is offered."""
    assert "fixes" not in sarif(ASSESSMENT, "1")["runs"][0]["results"][0]


def test_sarif_keeps_accepted_and_unknown_apart():
    """What was accepted is suppressed with its reason; what is unknown is a notification, not a result."""
    run = sarif(ASSESSMENT, "1")["runs"][0]
    suppressed = [r for r in run["results"] if r.get("suppressions")]
    assert [s["suppressions"][0]["justification"] for s in suppressed] == ["it is a demo"]
    assert len(run["results"]) == len(ASSESSMENT.findings) + 1
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 2


def test_fingerprints_do_not_move_with_lines():
    """A finding keeps its fingerprint when lines move or words change, and another subject has another."""
    moved = replace(SINGLE, place=Place("elsewhere.yaml", 99), option_place=None, message="other words")
    assert fingerprint(moved) == fingerprint(SINGLE)
    assert fingerprint(HOSTILE) != fingerprint(SINGLE)
    assert fingerprint(LOW) != fingerprint(SINGLE)


def test_sarif_survives_hostile_names():
    """Whatever a name holds, the document is JSON, and the address of the file is a URI."""
    found = sarif(Assessment((replace(HOSTILE, subject=SINGLE.subject),)), "1")
    uri = found["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%C3%BC%23%3F.yaml"
    assert json.loads(json.dumps(found)) == found


def test_junit_fails_what_fails():
    """Findings at or above the level are failures, those below are passing cases, what is unknown is skipped."""
    root = ET.fromstring(junit(replace(ASSESSMENT, judged=("single-replica-deployment", "pdb-missing")), MEDIUM))
    assert root.attrib == {"name": "homelab assess", "tests": "10", "failures": "6", "errors": "0", "skipped": "2"}
    assert len(root.findall(".//failure")) == 6
    assert [s.get("message") for s in root.findall(".//skipped")] == ["not rendered", "no schema"]
    passing = root.find("testsuite[@name='pdb-missing']/testcase")
    assert passing is not None
    assert passing.get("name") == "every object"
    low = root.find("testsuite[@name='image-tag-floating']/testcase")
    assert low is not None
    assert low.find("failure") is None


def test_junit_survives_hostile_names():
    """Whatever a name holds, the document is XML."""
    root = ET.fromstring(junit(Assessment((HOSTILE,)), Failing(Severity.LOW)))
    assert len(root.findall(".//failure")) == 1


def test_markdown_is_one_table_and_details():
    """Each cause is a row; those that fail have details; a cell stays a cell."""
    text = markdown(ASSESSMENT, MEDIUM)
    assert text.startswith("### homelab: fails")
    assert "| high | `single-replica-deployment` | shop/Deployment/web | `kubernetes/apps/web.yaml:7:3` |" in text
    assert "| medium | `liveness-missing` | 5 objects · chart argo-cd 10.1.1 |" in text
    assert text.count("<details>") == text.count("</details>") == 3


@pytest.mark.parametrize("finding", [HOSTILE])
def test_markdown_survives_hostile_names(finding):
    """A name with bars, tags and newlines neither breaks the table nor opens a tag."""
    text = markdown(Assessment((finding,)), Failing(Severity.HIGH))
    row = next(line for line in text.splitlines() if line.startswith("| critical"))
    assert row.replace("\\|", "").count("|") == 5
    assert "<script>" not in text
    assert "<b>" not in text


def test_markdown_of_nothing_holds():
    """A lab without findings holds, in two lines."""
    assert markdown(Assessment((), ("a",), objects=1), Failing(Severity.LOW)) == (
        "### homelab: holds\n\nno findings · 1 object of 1 Application judged"
    )


def test_gitlab_shows_each_finding_at_its_line():
    """A description, the check, a severity of GitLab's, a place below the root, and a fingerprint that no other has."""
    twice = replace(ASSESSMENT, findings=(*ASSESSMENT.findings, replace(SINGLE, place=None, option_place=None)))
    found = gitlab(twice)
    assert len({issue["fingerprint"] for issue in found}) == len(found) == 8
    assert found[0] == {
        "description": "shop/Deployment/web: one replica, two would survive a drain (fix: run two · apps.web.replicas: 2)",
        "check_name": "single-replica-deployment",
        "fingerprint": fingerprint(SINGLE),
        "severity": "critical",
        "location": {"path": "kubernetes/apps/web.yaml", "lines": {"begin": 7}},
    }
    assert found[-1]["fingerprint"] == f"{fingerprint(SINGLE)}-2"
    assert found[-1]["location"] == {"path": ".homelab/lab.yaml", "lines": {"begin": 1}}


def test_sarif_leads_to_the_documentation_where_it_is_published(monkeypatch):
    """A rule has an address only where the package's own metadata names one."""

    def rule(**said: list[str]) -> str | None:
        monkeypatch.setattr(sarifs, "metadata", lambda _name: said and _Metadata(said["urls"]))
        sarifs._address.cache_clear()
        return sarif(ASSESSMENT, "1")["runs"][0]["tool"]["driver"]["rules"][0].get("helpUri")

    assert rule(urls=["Documentation, https://docs.example.org"]) == "https://docs.example.org"
    assert rule(urls=["Source, https://example.org"]) is None
    sarifs._address.cache_clear()


class _Metadata:
    def __init__(self, urls: list[str]) -> None:
        self.urls = urls

    def get_all(self, _name: str) -> list[str]:
        return self.urls
