"""GitLab's code quality report: a list that its merge requests compare by fingerprint and show beside the line.

Source: docs.gitlab.com, ci/testing/code_quality (import code quality results); every fingerprint has to be one.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from homelab.cli.listing import mended
from homelab.errors import Place
from homelab.findings import Finding, Severity
from homelab.ground import FILE
from homelab.report import Assessment, fingerprint

LEVELS = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def gitlab(assessment: Assessment) -> list[dict[str, Any]]:
    """The whole report; the second finding of one fingerprint has its number behind it."""
    seen = Counter[str]()
    found = []
    for finding in assessment.findings:
        own = fingerprint(finding)
        seen[own] += 1
        found.append(_issue(finding, own if seen[own] == 1 else f"{own}-{seen[own]}"))
    return found


def _issue(finding: Finding, unique: str) -> dict[str, Any]:
    place = finding.place or finding.option_place or Place(FILE)
    mend = mended(finding)
    return {
        "description": f"{finding.subject}: {finding.message}" + (f" (fix: {mend})" if mend else ""),
        "check_name": finding.check,
        "fingerprint": unique,
        "severity": LEVELS[finding.severity],
        "location": {"path": place.file.removeprefix("./"), "lines": {"begin": place.line or 1}},
    }
