"""Mend: findings to edits of homelab.yaml, each proved before it is offered: edit, render, judge: gone, nothing new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from homelab.catalog.plan import Plan
from homelab.catalog.trace import trace
from homelab.errors import HomelabError
from homelab.findings import Finding, Patch, SpecEdit
from homelab.kube.resource import Manifest
from homelab.lab.pipeline import Lab
from homelab.lab.told import Told, silent


@dataclass(frozen=True)
class Mended:
    """The lab after all edits, the edits with the finding each was made for, and findings that no edit mends."""

    lab: Lab
    edits: tuple[tuple[Finding, tuple[SpecEdit, ...]], ...]
    left: tuple[Finding, ...]


def mend(lab: Lab, today: date, only: Sequence[str] = (), told: Told = silent) -> Mended:
    """Mend what edits of homelab.yaml can mend, the worst first; `told` hears what is being tried.

    An edit that brings a finding which was not there before, or does not take its own away, is not made.
    """
    current, made, tried = lab, list[tuple[Finding, tuple[SpecEdit, ...]]](), set[tuple[str, str]]()
    findings = current.assessment(today, only).findings
    while waiting := [f for f in findings if f.fix is not None and _key(f) not in tried]:
        finding = waiting[0]
        tried.add(_key(finding))
        told(f"mending {finding.check} {finding.subject}", len(tried) - 1, len(tried) + len(waiting) - 1)
        edits = edits_of(current, finding)
        after = _edited(current, edits) if edits else None
        if after is None or edits is None:
            continue
        found = after.assessment(today, only).findings
        if _key(finding) not in set(map(_key, found)) and not _new(findings, found):
            current, findings = after, found
            made.append((finding, edits))
    return Mended(current, tuple(made), tuple(findings))


def edits_of(lab: Lab, finding: Finding) -> tuple[SpecEdit, ...] | None:
    """The edits that mend a finding: its own, or those that its patch is traced to; None where there are none."""
    fix = finding.fix
    if isinstance(fix, SpecEdit):
        return (fix,)
    if isinstance(fix, tuple):
        return fix
    if not isinstance(fix, Patch):
        return None
    resource = lab.inventory.subject(fix.subject) or lab.inventory.subject(finding.subject)
    option = resource.origin.option if resource else finding.option or ""
    owner = (option or "").partition(".")[2].partition(".")[0]
    return trace(lab.plan, fix, _maker(lab, fix), owner=owner)


def _maker(lab: Lab, patch: Patch) -> Callable[[Plan], Manifest | None]:
    """Makes the patched object from another plan, by the whole pipeline."""

    def made(plan: Plan) -> Manifest | None:
        other = Lab(plan.homelab, lab.source, lab.data, lab.existing, helm=lab.helm)
        other.__dict__["plan"] = plan
        found = other.inventory.subject(patch.subject)
        return found.body if found else None

    return made


def _edited(lab: Lab, edits: tuple[SpecEdit, ...]) -> Lab | None:
    """The edited lab, None where it could not be built."""
    try:
        after = lab.edited(edits)
        _ = after.plan
    except HomelabError:
        return None
    return after


def _key(finding: Finding) -> tuple[str, str]:
    return finding.check, str(finding.subject)


def _new(before: Sequence[Finding], after: Sequence[Finding]) -> set[tuple[str, str]]:
    return set(map(_key, after)) - set(map(_key, before))
