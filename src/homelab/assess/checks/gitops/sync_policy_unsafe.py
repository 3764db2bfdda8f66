"""A source that moves by itself: see the page beside this file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.projects import normalized, sources
from homelab.kube.resource import Resource

MOVING = frozenset({"", "HEAD", "main", "master", "develop", "latest", "*"})
BRANCH = "refs/heads/"
"""What stands before the name of a branch in full."""
_VERSION = re.compile(
    r"v?(0|[1-9]\d*)(\.(0|[1-9]\d*)){0,2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)
_TERM = re.compile(
    r"\s*(?:=|==|!=|>|<|>=|=>|<=|=<|~|~>|\^)?\s*v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*])){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
)
_RANGE = re.compile(rf"{_TERM.pattern}(?:\s+-\s+{_TERM.pattern}|(?:[\s,]+{_TERM.pattern})*)\s*")


@check(severity=Severity.MEDIUM)
def sync_policy_unsafe(inventory: Inventory) -> Iterator[Accusation]:
    """An Application follows somebody else's branch or any version of a chart, or may empty itself."""
    applications = [a for a in inventory.of("Application") if a.group == "argoproj.io"]
    own = _own(applications)
    for application in applications:
        for path, source in sources(application):
            revision, chart = str(source.get("targetRevision") or ""), source.get("chart")
            if moves(revision) and (chart or normalized(source.get("repoURL")) != own):
                what = (
                    f"any version of chart {chart}"
                    if chart
                    else f"{revision or 'the default branch'} of {source.get('repoURL')}"
                )
                yield Accusation(
                    application,
                    f"{application.name} deploys {what} as soon as it appears",
                    field=f"{path}.targetRevision",
                    hint="pin a version or a commit; an update bot proposes the next",
                )
        if application.get("spec.syncPolicy.automated.allowEmpty"):
            yield Accusation(
                application,
                f"{application.name} may delete all its objects by itself when its folder becomes empty",
                field="spec.syncPolicy.automated.allowEmpty",
                hint="leave allowEmpty off",
            )


def moves(revision: str) -> bool:
    """Whether a revision means another commit or version tomorrow: the first branches by name, any in full, and ranges.

    Source: IsConstraint of util/versions in Argo CD 3.2: what is no version and parses as a constraint of Masterminds/semver.
    """
    if revision in MOVING or revision.startswith(BRANCH):
        return True
    return _VERSION.fullmatch(revision) is None and all(
        _RANGE.fullmatch(" ".join(part.split())) for part in revision.split("||")
    )


def _own(applications: list[Resource]) -> str:
    """The repository's own address: the one that most sources with a path name."""
    found = [normalized(s.get("repoURL")) for a in applications for _, s in sources(a) if s.get("path") or s.get("ref")]
    return max(sorted(set(found)), key=found.count, default="")
