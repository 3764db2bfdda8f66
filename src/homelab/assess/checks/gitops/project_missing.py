"""A project that is not there: see the page beside this file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from homelab.assess.check import Accusation, Unjudged, check
from homelab.findings import Severity
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource

MADE_BY_ITSELF = frozenset({"", "default"})
"""The project that Argo CD makes when it starts."""
PROJECT = {"Application": "spec.project", "ApplicationSet": "spec.template.spec.project"}
"""Where a project is named."""


@check(severity=Severity.HIGH)
def project_missing(inventory: Inventory) -> Iterator[Accusation | Unjudged]:
    """An Application in a project that nobody declares: Argo CD refuses it, and syncs nothing of it."""
    declared = {project.name for project in inventory.of("AppProject")}
    missing: dict[str, list[tuple[Resource, str]]] = defaultdict(list)
    for kind, field in PROJECT.items():
        for resource in inventory.of(kind):
            project = str(resource.get(field, ""))
            # a template may name any
            if resource.group == "argoproj.io" and project not in declared | MADE_BY_ITSELF and "{{" not in project:
                missing[project].append((resource, field))
    for project, applications in missing.items():
        first, field = applications[0]
        place = inventory.place(first, field)
        if why := ask.anything(inventory):
            yield Unjudged(f"AppProject {project}", why, place)
            continue
        who = first.name if len(applications) == 1 else f"{first.name} and {len(applications) - 1} more"
        yield Accusation(
            first,
            f"{who} cannot sync: application references project {project} which does not exist",
            field=field,
            hint="declare the AppProject where the roots are, or use the project default",
        )
