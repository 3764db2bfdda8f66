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
        files[FILE] = f"accepted: [{{check: {CHECK}, {accepted}}}]\n"
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
