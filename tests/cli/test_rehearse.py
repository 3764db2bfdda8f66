"""What a rehearsal says: to a person, to a program, and as a page."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema_rs
import pytest

from cli.conftest import homelab  # noqa: F401 - a fixture
from homelab.cli.rehearse import data, shown
from homelab.cli.schema import published
from homelab.errors import Place
from homelab.findings import Finding, Severity, Subject
from homelab.twin import state
from homelab.twin.applied import Application, Applied
from homelab.twin.page import html, write
from homelab.twin.rehearsal import Rehearsal
from homelab.twin.sources import Rewritten

GOOD = Application("cilium", "Synced", "Healthy", "Succeeded", "successfully synced", 1)
BAD = Application("shop", "OutOfSync", "Degraded", "Running", "one or more objects <failed>", 4)
REFUSED = Finding(
    "rehearsal-object-refused",
    Severity.HIGH,
    Subject("Deployment", "till", "shop"),
    "the API server says: spec.replicas: Invalid value",
    Place("shop/till.yaml", 3, 1),
    "apps.shop",
)


def rehearsal(*applications, findings=()):
    """What came of a rehearsal with these Applications."""
    moved = (Rewritten("root.yaml", 5, "https://git.example.org/lab.git", "file:///lab"),)
    seconds = {"control plane": 3.2, "lab": 61.0, "drills": 0.0}
    return Rehearsal(
        "1.35.4", Applied(applications, 61.0), findings, moved, ("cert-manager: 3 objects made",), (), (), seconds
    )


class Page:
    """A console that keeps what it is told."""

    def __init__(self):
        self.lines = []

    def say(self, text="", **_):
        """Keep a sentence."""
        self.lines.append(text)

    def table(self, rows, *_, **__):
        """Keep the rows of a table."""
        self.lines += [" | ".join(row) for row in rows]

    def styled(self, text, _style):
        """The text."""
        return text

    title = staticmethod(str)


def told(found):
    """What a person reads."""
    page = Page()
    shown(page, found)
    return "\n".join(page.lines)


def test_a_person_reads_what_waits_and_why():
    """Every Application that is not well has a line with Argo CD's words; a refusal has its place and its option."""
    text = told(rehearsal(GOOD, BAD, findings=(REFUSED,)))
    assert "1 of 2 Applications Synced and Healthy after 61 s (Kubernetes 1.35.4, control plane ready in 3 s)" in text
    assert "shop | OutOfSync | Degraded | one or more objects <failed>" in text
    assert "cilium |" not in text
    assert "shop/till.yaml:3:1  (apps.shop)" in text
    assert "no drill was played: the lab has not converged" in text
    assert "stood in: cert-manager: 3 objects made" in text


def test_a_program_reads_the_same():
    """The answer is as its published schema says."""
    found = data(rehearsal(GOOD, BAD, findings=(REFUSED,)))
    jsonschema_rs.validator_for(published("rehearse")).validate(json.loads(json.dumps(found)))
    assert found["good"] is False
    assert found["findings"][0]["check"] == "rehearsal-object-refused"
    assert data(rehearsal(GOOD))["good"] is True


def test_the_page_escapes_whatever_stands_in_a_lab(tmp_path):
    """No name and no message becomes markup, nothing is loaded, and the same is there as JSON."""
    found = rehearsal(GOOD, BAD, findings=(REFUSED,))
    page = html(found, "Rehearsal of <lab>")
    assert "<failed>" not in page
    assert "one or more objects &lt;failed&gt;" in page
    assert "default-src 'none'" in page
    assert write(tmp_path / "out", found, {"a": 1}, "t") == tmp_path / "out" / "index.html"
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == {"a": 1}


@pytest.mark.parametrize("command", [("rehearse",), ("twin", "start")])
def test_a_lab_whose_folder_is_somebody_elses_is_refused(homelab, tmp_path, command):  # noqa: F811 - the fixture
    """Nothing in a folder that holds no twin is removed."""
    (tmp_path / "precious").write_text("x")
    done = homelab(*command, "nowhere.yaml", "--dir", str(tmp_path))
    assert done.code == 2
    assert "is not empty, and holds no twin" in done.err
    assert (tmp_path / "precious").read_text() == "x"


def test_a_revision_that_is_not_there_is_told_again_and_again(homelab, tmp_path):  # noqa: F811 - the fixture
    """What the first try left in the folder is a twin's, and is no reason to refuse the second."""
    home = tmp_path / "twin"
    for _ in range(2):
        done = homelab("rehearse", "nowhere..HEAD", "--dir", str(home))
        assert done.code == 2
        assert "nowhere" in done.err
        state.write(home, replace(state.read(home), began=0))  # as if this process had ended


def test_there_is_nothing_to_stop_where_no_twin_is(homelab, tmp_path):  # noqa: F811 - the fixture
    """It is said, with the folder."""
    done = homelab("twin", "stop", "--dir", str(tmp_path))
    assert done.code == 2
    assert f"there is no twin in {tmp_path}" in done.err
