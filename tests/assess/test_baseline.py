"""Baseline: what came since, what went since, and neither of it by a line that moved."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from homelab.assess.baseline import compared, dump, of_assessment, parse
from homelab.errors import Place, UnreadableDocument
from homelab.findings import Finding, Severity, Subject
from homelab.report import Accepted, Assessment, Known

WEB = Finding("pdb-missing", Severity.MEDIUM, Subject("Deployment", "web", "shop"), "no budget", Place("web.yaml", 3))
PROBE = replace(WEB, check="liveness-missing", message="container a has none")
OTHER = replace(PROBE, message="container b has none", place=Place("web.yaml", 9))
JUDGED = ("liveness-missing", "pdb-missing")
BEFORE = Assessment((WEB, PROBE), judged=JUDGED)


def told(now: Assessment) -> tuple[list[str], list[str]]:
    found = compared(now, of_assessment(BEFORE)).compared
    assert found
    return [f.message for f in found.new], [known.check for known in found.mended]


@pytest.mark.parametrize(("now", "new", "mended"), [
    (BEFORE, [], []),
    (replace(BEFORE, findings=(replace(WEB, place=Place("web.yaml", 99), message="none at all"), PROBE)), [], []),
    (replace(BEFORE, findings=(WEB, PROBE, OTHER)), ["container b has none"], []),
    (replace(BEFORE, findings=(WEB,)), [], ["liveness-missing"]),
    (Assessment((), judged=("pdb-missing",)), [], ["pdb-missing"]),
    (Assessment((), judged=()), [], []),
    (replace(BEFORE, findings=(WEB,), accepted=(Accepted(PROBE, "on purpose"),)), [], []),
])  # fmt: skip
def test_what_is_new_and_what_is_mended(now, new, mended):
    """Lines and words may move; a second of a kind is new; what nobody judged, or was accepted, is not mended."""
    assert told(now) == (new, mended)


def test_a_baseline_is_read_as_it_was_written():
    """The file holds what a comparison needs, a finding a line, and no line numbers."""
    text = dump(BEFORE)
    assert sorted(parse(text, "b.json"), key=lambda k: k.check) == sorted(of_assessment(BEFORE), key=lambda k: k.check)
    assert text.count("\n") == 2 + len(BEFORE.findings) + 3
    assert "web.yaml" not in text
    assert dump(Assessment(tuple(reversed(BEFORE.findings)))) == text
    assert parse(dump(Assessment(())), "b.json") == ()


def test_the_json_of_a_run_is_a_baseline():
    """Who has the output of an earlier run needs no other file."""
    assert parse(json.dumps(BEFORE.json()), "run.json") == of_assessment(BEFORE)
    assert all(isinstance(known, Known) for known in parse(json.dumps(BEFORE.json()), "run.json"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2, "findings": []}', '{"version": 1, "findings": [3]}'])
def test_what_is_no_baseline_is_said(text):
    """A sentence with the file's name, whatever it holds."""
    with pytest.raises(UnreadableDocument, match="baseline") as caught:
        parse(text, "b.json")
    assert caught.value.where == Place("b.json")
