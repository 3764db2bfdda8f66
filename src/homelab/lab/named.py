"""Named: findings about what a homelab.yaml makes get the option that mends them in place of the object's field.

What is named is proved: with the edit in place the object is as the check wants it. `mend` looks further (for any option
that may help, and that nothing new is found); this is quick enough for every run: one other lab for all good practice
that is off, and one for each number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from homelab.catalog.plan import Plan
from homelab.catalog.trace import holds
from homelab.errors import HomelabError
from homelab.findings import Finding, Patch, SpecEdit
from homelab.lab.mend import edits_of
from homelab.lab.pipeline import Lab
from homelab.report import Assessment

PRACTICE = {
    "cpu-request-missing": "requests",
    "database-without-backup": "database_backups",
    "liveness-missing": "probes",
    "memory-limit-missing": "requests",
    "memory-request-missing": "requests",
    "mon-majority-on-one-host": "spread",
    "namespace-without-backup": "backup_schedules",
    "pdb-missing": "budgets",
    "quorum-majority-on-one-host": "spread",
    "readiness-missing": "probes",
    "replicas-may-share-node": "spread",
    "replicas-share-host": "spread",
    "startup-missing-for-slow-starter": "probes",
}
"""Check to the good practice that it asks for."""


def named(lab: Lab, found: Assessment) -> Assessment:
    """The assessment with edits of the file where an option is proved to mend what a patch of an object would."""
    better = _with_practice(lab, found.findings)
    return replace(found, findings=tuple(_named(lab, better, finding) for finding in found.findings))


def _named(lab: Lab, better: Lab | None, finding: Finding) -> Finding:
    fix = finding.fix
    if not isinstance(fix, Patch) or not finding.option:
        return finding
    if finding.check in PRACTICE:
        edit = _edit(lab.plan, finding)
        made = better.inventory.subject(fix.subject) if better and edit else None
        return replace(finding, fix=edit) if made and holds(made.body, fix) else finding
    number = isinstance(fix.value, int) and not isinstance(fix.value, bool)
    edits = edits_of(lab, finding) if number else None
    return replace(finding, fix=edits) if edits else finding


def _with_practice(lab: Lab, findings: Iterable[Finding]) -> Lab | None:
    """The lab with all good practice on that a finding asks for; None where it is on, or cannot be."""
    edits = {edit.path: edit for finding in findings for edit in _edits(lab.plan, finding)}
    if not edits:
        return None
    try:
        after = lab.edited(tuple(edits.values()))
        _ = after.inventory
    except HomelabError:
        return None
    return after


def _edits(plan: Plan, finding: Finding) -> Iterator[SpecEdit]:
    edit = _edit(plan, finding) if isinstance(finding.fix, Patch) else None
    if edit:
        yield edit


def _edit(plan: Plan, finding: Finding) -> SpecEdit | None:
    """The narrowest place at which the practice is off that a finding asks for: its component's own, else the lab's."""
    practice = PRACTICE.get(finding.check)
    section, _, rest = (finding.option or "").partition(".")
    owner = rest.partition(".")[0]
    if practice is None or owner not in plan.by_name:
        return None
    if getattr(plan.settings(owner).practices, practice, None) is False:
        return SpecEdit(f"{section}.{owner}.practices.{practice}", value=True)
    return None if getattr(plan.homelab.practices, practice) else SpecEdit(f"practices.{practice}", value=True)
