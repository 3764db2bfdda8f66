"""Mend: an edit is only made if it takes its finding away and brings no other."""

from __future__ import annotations

from datetime import date

import pytest

from homelab.findings import Command, Finding, Patch, Severity, SpecEdit, Subject
from homelab.lab.mend import edits_of, mend
from homelab.lab.pipeline import Lab
from homelab.report import Assessment

TODAY = date(2026, 1, 2)
TEXT = """\
homelab: v1
name: small
network: {nodes: 192.168.1.0/24, gateway: 192.168.1.1, load_balancers: 192.168.1.200-192.168.1.220}
nodes:
  one: {role: control-plane, address: 192.168.1.10, cpu: 8, memory: 32Gi, disk: 500GB}
  two: {role: worker, address: 192.168.1.11, cpu: 8, memory: 32Gi, disk: 500GB}
components: {cert-manager: {replicas: 1}}
"""
SITE = Subject("Site", "small")


@pytest.fixture
def lab(tmp_path) -> Lab:
    """A lab of two machines whose cert-manager runs once."""
    file = tmp_path / "homelab.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return Lab.load(str(file))


def found(check: str, fix=None, subject: Subject = SITE) -> Finding:
    return Finding(check, Severity.MEDIUM, subject, "it is so", fix=fix)


def judging(monkeypatch, judge):
    monkeypatch.setattr(Lab, "assessment", lambda lab, *_: Assessment(tuple(judge(lab))))


def test_an_edit_that_mends_is_made(lab, monkeypatch):
    """A finding's own edit is made, and the lab after it is given."""

    def judge(current):
        if not current.homelab.site.spare_host:
            yield found("no-spare", SpecEdit("site.spare_host", value=True))

    judging(monkeypatch, judge)
    done = mend(lab, TODAY)
    assert [edits for _, edits in done.edits] == [(SpecEdit("site.spare_host", value=True),)]
    assert done.lab.homelab.site.spare_host
    assert done.left == ()


def test_an_edit_that_does_not_mend_is_not_made(lab, monkeypatch):
    """Where the finding is still there after the edit, the edit is not made, and the finding is left."""
    judging(monkeypatch, lambda _: [found("stays", SpecEdit("site.switches", 2))])
    done = mend(lab, TODAY)
    assert done.edits == ()
    assert [f.check for f in done.left] == ["stays"]
    assert done.lab is lab


def test_an_edit_that_brings_another_finding_is_not_made(lab, monkeypatch):
    """Where the edit trades one finding for another, it is not made."""

    def judge(current):
        one = current.homelab.site.switches == 1
        yield found("one-switch", SpecEdit("site.switches", 2)) if one else found("other")

    judging(monkeypatch, judge)
    done = mend(lab, TODAY)
    assert done.edits == ()
    assert [f.check for f in done.left] == ["one-switch"]


def test_an_edit_that_cannot_be_built_is_not_made(lab, monkeypatch):
    """An edit that makes the file invalid is passed over."""
    judging(monkeypatch, lambda _: [found("wrong", SpecEdit("site.switches", -5))])
    assert mend(lab, TODAY).edits == ()


def test_a_patch_is_traced_to_the_option_that_made_the_object(lab, monkeypatch):
    """A patch of an object becomes the edit of the component's setting after which the object really has the value."""
    deployment = Subject("Deployment", "cert-manager", "cert-manager")
    assert lab.inventory.subject(deployment) is not None
    fix = Patch(deployment, "spec.replicas", 2)

    def judge(current):
        if current.inventory.subject(deployment).get("spec.replicas") < 2:
            yield found("single", fix, deployment)

    judging(monkeypatch, judge)
    done = mend(lab, TODAY)
    assert done.left == ()
    [(_, edits)] = done.edits
    assert [edit.path for edit in edits] == ["components.cert-manager.replicas"]


def test_what_no_edit_can_mend_has_none(lab):
    """A command, or nothing at all, is no edit; several edits are taken as they stand."""
    both = (SpecEdit("a", 1), SpecEdit("b", 2))
    assert edits_of(lab, found("x", Command(("true",), "nothing"))) is None
    assert edits_of(lab, found("x")) is None
    assert edits_of(lab, found("x", both)) == both
