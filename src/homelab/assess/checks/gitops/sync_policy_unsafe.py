"""A source that moves by itself: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

MOVING = frozenset({"", "HEAD", "main", "master", "develop", "latest", "*"})


@check(severity=Severity.MEDIUM)
def sync_policy_unsafe(inventory: Inventory) -> Iterator[Accusation]:
    """An Application follows somebody else's branch or any version of a chart, or may empty itself."""
    applications = [a for a in inventory.of("Application") if a.group == "argoproj.io"]
    own = _own(applications)
    for application in applications:
        for path, source in _sources(application):
            revision, chart = str(source.get("targetRevision") or ""), source.get("chart")
            loose = revision in MOVING or any(sign in revision for sign in "*^~><")
            if loose and (chart or str(source.get("repoURL")) != own):
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


def _sources(application: Resource) -> Iterator[tuple[str, dict[str, object]]]:
    if single := application.get("spec.source"):
        yield "spec.source", single
    for number, source in enumerate(application.get("spec.sources", [])):
        yield f"spec.sources.{number}", source


def _own(applications: list[Resource]) -> str:
    """The repository's own address: the one that most sources with a path name."""
    found = [str(s.get("repoURL")) for a in applications for _, s in _sources(a) if s.get("path") or s.get("ref")]
    return max(sorted(set(found)), key=found.count, default="")
