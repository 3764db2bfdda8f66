"""Settings: which checks run, how bad they are, what is accepted until when; every mistake in the file at once."""

from __future__ import annotations

from datetime import date

import pytest

from homelab.assess.run import assess
from homelab.assess.settings import FILE, Settings, parse
from homelab.errors import InvalidHomelab
from homelab.findings import Severity
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.report import Assessment

PODS = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: web, image: "web:latest"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {containers: [{name: db, image: "db:latest"}]}
"""
FLOATING = "image-tag-floating"
REST = {"cpu-request-missing", "memory-limit-missing", "memory-request-missing"}


def judged(settings: str, today: date = date(2026, 11, 27)) -> Assessment:
    return assess(read(of_texts({"apps/pods.yaml": PODS})), today=today, settings=parse(settings))


def found(assessment: Assessment) -> set[str]:
    return {finding.check for finding in assessment.findings}


@pytest.mark.parametrize(("settings", "expected"), [
    ("", {FLOATING, *REST}),
    ("select: [image-tag-floating]", {FLOATING}),
    ("select: [latest-tag]", {FLOATING}),
    ("select: [resources]", REST),
    ("select: [container-resources]", REST),
    ("select: ['memory-*']", {"memory-limit-missing", "memory-request-missing"}),
    ("ignore: [resources]", {FLOATING}),
    ("select: [resources]\nignore: [cpuRequestsMissing]", REST - {"cpu-request-missing"}),
])  # fmt: skip
def test_checks_are_chosen_by_any_of_their_names(settings, expected):
    """By id, by what another tool calls them, by subject and by glob."""
    assert found(judged(settings)) == expected


def test_a_severity_of_ones_own_counts():
    """A check is as bad as its owner says, however it is called there."""
    said = judged("severity: {latest-tag: info, resources: high}")
    assert {(f.check, f.severity) for f in said.findings} == {
        (FLOATING, Severity.INFO),
        *((check, Severity.HIGH) for check in REST),
    }


ACCEPT = "select: [image-tag-floating]\naccept: [{check: latest-tag, reason: follows upstream, until: %s%s}]"


@pytest.mark.parametrize(("until", "more", "accepted"), [
    ("never", "", {"web", "db"}),
    ("2026-11-27", "", {"web", "db"}),
    ("2026-11-26", "", set()),
    ("never", ", subject: shop/Pod/web", {"web"}),
    ("never", ", subject: 'media/*'", set()),
    ("never", ", file: 'apps/*'", {"web", "db"}),
    ("never", ", file: 'infrastructure/*'", set()),
    ("never", ", application: shop", set()),
])  # fmt: skip
def test_findings_are_accepted_by_what_they_are_about(until, more, accepted):
    """An entry fits by object, by file and by Application, with a reason, until a day or for good."""
    said = judged(ACCEPT % (until, more))
    assert {a.finding.subject.name for a in said.accepted} == accepted
    assert {f.subject.name for f in said.findings if f.check == FLOATING} == {"web", "db"} - accepted


@pytest.mark.parametrize(("entry", "said"), [
    ("{check: latest-tag, subject: 'media/*', reason: follows upstream, until: never}", "matches no finding any more"),
    ("{check: latest-tag, reason: follows upstream, until: 2026-01-01}", "ended on 2026-01-01"),
])  # fmt: skip
def test_a_stale_entry_is_told_at_its_line(entry, said):
    """What accepts nothing any more is told, with the line of the entry."""
    told = [f for f in judged(f"select: [image-tag-floating]\naccept:\n  - {entry}\n").findings if f.check != FLOATING]
    assert [(f.place.file, f.place.line) for f in told if f.place] == [(FILE, 3)]
    assert said in told[0].message


def test_an_entry_for_a_check_that_did_not_run_is_not_stale():
    """What nobody looked for may still be there."""
    entry = "{check: pdb-missing, reason: it runs alone, until: never}"
    assert found(judged(f"ignore: [pdb-missing, resources, image-tag-floating]\naccept: [{entry}]")) == set()


MISTAKES = [
    ("[]", "1:1 : expected a mapping with select, ignore, severity, accept"),
    ("selekt: []", "1:1 selekt: is not a key of this file"),
    ("select: all", "1:1 select: expected a list"),
    ("select: [pdb-mising]", "1:10 select.0: 'pdb-mising' is not a check"),
    ("severity: {pdb-missing: grave}", "1:12 severity.pdb-missing: 'grave' is not a severity"),
    ("accept: [x]", "1:10 accept.0: expected a mapping with check, reason and until"),
    ("accept: [{check: pdb-missing, until: never}]", "1:10 accept.0: has no reason"),
    ("accept: [{check: pdb-missing, reason: why not}]", "1:10 accept.0: does not say until when it holds"),
    ("accept: [{check: pdb-missing, reason: a, until: soon}]", "1:42 accept.0.until: soon is no day"),
    ("accept: [{check: nothing, reason: a, until: never}]", "1:11 accept.0.check: 'nothing' is not a check"),
    (
        "accept: [{check: pdb-missing, reason: a, until: never, who: me}]",
        "1:56 accept.0.who: is not a key of this file",
    ),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_has_its_place(text, said):
    """Each names line, column and key."""
    with pytest.raises(InvalidHomelab) as caught:
        parse(text)
    (mistake,) = caught.value.mistakes
    assert f"{mistake.place.line}:{mistake.place.column} {mistake.path}: {mistake.message}" == said


def test_all_mistakes_are_told_at_once():
    """Whoever mends one sees the others, too."""
    with pytest.raises(InvalidHomelab) as caught:
        parse("select: [pdb-mising]\nseverity: {pdb-missing: grave}\naccept: [{check: pdb-missing}]")
    assert [m.place.line for m in caught.value.mistakes] == [1, 2, 3, 3]


def test_an_empty_file_says_nothing():
    """Comments only are no settings."""
    assert parse("# later\n") == Settings()
