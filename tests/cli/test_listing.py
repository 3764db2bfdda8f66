"""Findings as text: one cause told once, counts that add up."""

from __future__ import annotations

from dataclasses import replace

from cli.reports import ASSESSMENT, DEPLOYMENT, HOSTILE, PROBES, SINGLE
from homelab.cli.console import Console
from homelab.cli.listing import causes, fix_text, summary, tell
from homelab.findings import Finding, Patch, Severity, SpecEdit
from homelab.report import Assessment

TOLD = """\
7 findings (1 high, 5 medium, 1 low) · 2 unknown · 1 secret to supply · 1 accepted · 9 objects of 2 Applications judged

high      single-replica-deployment  shop/Deployment/web
  kubernetes/apps/web.yaml:7:3  (homelab.yaml:41:5 apps.web.replicas)
  one replica, two would survive a drain
  fix: run two · apps.web.replicas: 2

medium    liveness-missing  5 objects · chart argo-cd 10.1.1
  argocd/Deployment/argo-0: no liveness probe
    kubernetes/argocd/values.yaml:1
  argocd/Deployment/argo-1: no liveness probe
    kubernetes/argocd/values.yaml:2
  argocd/Deployment/argo-2: no liveness probe
    kubernetes/argocd/values.yaml:3
  and 2 more like these (--all lists them)
  fix: set spec.template to {a: 1}

low       image-tag-floating  shop/Deployment/web
  kubernetes/apps/web.yaml:7:3
  one replica, two would survive a drain

COULD NOT BE JUDGED
  no schema: widget/Widget/w (schema)
  not rendered: chart x

SECRETS TO SUPPLY
  shop/token  pays
  `homelab secrets list` says where each value comes from, and the command that seals it

"""


def test_an_assessment_reads_like_a_good_colleague(capsys):
    """Each cause is told once: severity, check, who, where, what, the mend; then what is unknown and what is pending."""
    tell(Console(), ASSESSMENT)
    assert capsys.readouterr().out == TOLD


def test_all_lists_everything(capsys):
    """--all names every object of a cause and what was accepted, with its reason."""
    tell(Console(), ASSESSMENT, everything=True)
    said = capsys.readouterr().out
    assert "argo-4" in said
    assert "it is a demo (until 2030-01-01)" in said
    assert "more like these" not in said


def test_causes_hold_every_finding_once():
    """Grouping loses nothing and doubles nothing, the worst first."""
    found = causes(ASSESSMENT.findings)
    assert sorted(map(id, (f for c in found for f in c.findings))) == sorted(map(id, ASSESSMENT.findings))
    severities = [cause.first.severity for cause in found]
    assert severities == sorted(severities, reverse=True)


def test_nothing_found_is_one_line(capsys):
    """A lab without findings gets one line."""
    tell(Console(), Assessment((), ("a",), objects=1))
    assert capsys.readouterr().out.strip() == "no findings · 1 object of 1 Application judged"


def test_summary_counts_causes_not_only(capsys):
    """Without unknowns or secrets the summary does not mention them."""
    assert summary(replace(ASSESSMENT, unknown=(), pending=(), accepted=())) == (
        "7 findings (1 high, 5 medium, 1 low) · 9 objects of 2 Applications judged"
    )


def test_fixes_are_written_as_one_reads_them():
    """An edit, its removal, several, a patch, a missing object and a command each have their words."""
    assert fix_text(SINGLE.fix) == "apps.web.replicas: 2"
    assert fix_text(SpecEdit("a.b", None)) == "take out a.b"
    assert fix_text((SpecEdit("a", True), SpecEdit("b", {"x": [1, 2]}))) == "a: true, b: {x: [1, 2]}"
    assert fix_text(PROBES[0].fix) == "set spec.template to {a: 1}"
    assert fix_text(Patch(DEPLOYMENT, "", {})) == "add shop/Deployment/web"
    assert fix_text(HOSTILE.fix) == "homelab secrets seal"
    assert fix_text(None) == ""


def test_colour_only_where_it_is_wanted(capsys):
    """Colour is for terminals: with it the words are the same."""
    import click

    tell(Console(colour=True), ASSESSMENT)
    coloured = capsys.readouterr().out
    assert "\x1b[" in coloured
    assert click.unstyle(coloured) == TOLD


def many(count: int) -> tuple[Finding, ...]:
    return tuple(
        replace(SINGLE, check=f"check-{n:02}", severity=Severity(1 + n % 2), option=None) for n in range(count)
    )


def test_no_more_is_told_than_one_reads(capsys):
    """Twenty findings at most, one of each cause before a second of any; the rest is counted by check."""
    found = Assessment((*PROBES, *many(25)))
    tell(Console(), found)
    said = capsys.readouterr().out
    assert said.count("one replica, two would") + said.count("no liveness probe") == 20
    assert "argo-0" in said
    assert "argo-1" not in said
    assert "and 4 more like this (--all lists them)" in said
    assert "AND 6 MORE (--all lists them)\n  low  check-14  1\n" in said
    tell(Console(), found, everything=True)
    said = capsys.readouterr().out
    assert said.count("one replica, two would") + said.count("no liveness probe") == 30
    assert "MORE" not in said
