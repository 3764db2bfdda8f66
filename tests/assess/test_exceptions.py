"""An exception counts with a reason and until a day that exists; else the finding stays, and it is said why."""

from __future__ import annotations

from datetime import date

import pytest

from homelab.assess.run import assess
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.ground import FILE

POD = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop%s}
spec: {containers: [{name: web, image: "web:latest"}]}
"""
CHECK = "image-tag-floating"


def judged(*, note: str = "", accepted: str = ""):
    files = {"pod.yaml": POD % (f", annotations: {{homelab.dev/allow.{CHECK}: {note!r}}}" if note else "")}
    if accepted:
        files[FILE] = f"accept: [{{check: {CHECK}, {accepted}}}]\n"
    return assess(read(of_texts(files)), today=date(2026, 11, 26))


@pytest.mark.parametrize(("note", "accepted"), [
    ("it follows the newest", True),
    ("it follows the newest (until 2026-11-26)", True),
    ("it follows the newest (until 2026-11-25)", False),
    ("it follows the newest (until 2099-99-99)", False),
    ("(until 2099-01-01)", False),
    (" ", False),
])  # fmt: skip
def test_an_annotation_accepts_with_a_reason_until_a_day(note, accepted):
    """A note accepts its finding while it has a reason and its day is not over; a day that does not exist accepts nothing."""
    found = judged(note=note)
    assert [a.finding.check for a in found.accepted if a.finding.check == CHECK] == [CHECK] * accepted
    assert [f.check for f in found.findings if f.check == CHECK] == [CHECK] * (not accepted)


@pytest.mark.parametrize(("entry", "accepted", "said"), [
    ("reason: it follows the newest", True, ""),
    ("subject: '*'", False, "gives no reason"),
    ("reason: '  '", False, "gives no reason"),
    ("reason: newest, until: '2026-12-01'", True, ""),
    ("reason: newest, until: '2026-11-01'", False, "ended on 2026-11-01"),
    ("reason: newest, until: '2026-02-31'", False, "2026-02-31, which is no day"),
    ("reason: newest, until: tomorrow", False, "tomorrow, which is no day"),
])  # fmt: skip
def test_an_entry_accepts_with_a_reason_until_a_day(entry, accepted, said):
    """An entry of the lab file does the same, and where it accepts nothing a finding says so."""
    found = judged(accepted=entry)
    assert any(a.finding.check == CHECK for a in found.accepted) is accepted
    assert any(f.check == CHECK for f in found.findings) is not accepted
    told = [f.message for f in found.findings if f.check in {"exception-expired", "exception-unused"}]
    assert [message for message in told if said and said in message] == told
    assert bool(told) is bool(said)


@pytest.mark.parametrize(("note", "said"), [
    ("homelab.dev/allow.image-tag-floating: newest (until 2026-01-01)", "ended on 2026-01-01"),
    ("homelab.dev/allow.image-tag-floating: newest (until 2026-02-31)", "2026-02-31, which is no day"),
    ("homelab.dev/allow.image-tag-floating: ''", "gives no reason"),
    ("homelab.dev/allow.image-tag-floatin: newest", "names no check: did you mean image-tag-floating?"),
    ("homelab.dev/allow.pdb-missing: it runs alone", "matches no finding any more"),
    ("homelab.dev/allow.latest-tag: newest", ""),
])  # fmt: skip
def test_an_annotation_that_accepts_nothing_is_told_at_its_line(note, said):
    """Over, without a reason, misspelt or without a finding: each is told where it stands; another tool's name is none of it."""
    text = POD.replace("%s}", f"\n  , annotations: {{{note}}}}}")
    found = assess(read(of_texts({"pod.yaml": text})), today=date(2026, 11, 26))
    told = [f for f in found.findings if f.check in {"exception-expired", "exception-unused"}]
    assert [said in f.message for f in told] == [True] * bool(said)
    assert [(f.place.file, f.place.line) for f in told if f.place] == [("pod.yaml", 5)] * bool(said)


def test_what_could_not_be_judged_does_not_make_an_exception_stale():
    """Without nodes nobody knows whether there is one control plane: an exception for it may still be needed."""
    lab = "accept: [{check: single-control-plane-node, reason: the third machine comes in spring}]\n"
    found = assess(read(of_texts({"pod.yaml": POD % "", FILE: lab})), today=date(2026, 11, 26))
    assert [f.message for f in found.findings if f.check == "exception-unused"] == []


def test_the_elder_key_is_read_as_accept():
    """Lab files that say `accepted` mean what those that say `accept` mean."""
    for key in ("accept", "accepted"):
        files = {"pod.yaml": POD % "", FILE: f"{key}: [{{check: {CHECK}, reason: it follows the newest}}]\n"}
        assert [a.finding.check for a in assess(read(of_texts(files)), today=date(2026, 11, 26)).accepted] == [CHECK]
