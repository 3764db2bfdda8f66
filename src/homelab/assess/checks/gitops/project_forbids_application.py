"""What a project does not allow: see the page beside this file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from homelab.assess.check import Accusation, check
from homelab.findings import Severity
from homelab.kube.inventory import Inventory
from homelab.kube.projects import destination_permitted, destined_here, kind_permitted, source_permitted, sources
from homelab.kube.resource import Resource
from homelab.kube.scope import cluster_kinds


@check(severity=Severity.HIGH)
def project_forbids_application(inventory: Inventory) -> Iterator[Accusation]:
    """An Application with a source, a destination or objects that its project does not allow: its sync fails."""
    projects = {project.name: project for project in inventory.of("AppProject")}
    for application in inventory.of("Application"):
        project = projects.get(str(application.get("spec.project") or "default"))
        if application.group != "argoproj.io" or project is None:
            continue
        refused = False
        for field, what in _refused(application, project):
            refused = True
            yield _accused(application, field, f"cannot sync: {what} in project {project.name}", project.name)
        if not refused and destined_here(application):
            yield from _objects(inventory, application, project)


def _refused(application: Resource, project: Resource) -> Iterator[tuple[str, str]]:
    for path, source in sources(application):
        if not source_permitted(project, source.get("repoURL")):
            yield f"{path}.repoURL", f"application repo {source.get('repoURL')} is not permitted"
    namespace = str(application.get("spec.destination.namespace", ""))
    if destined_here(application) and not destination_permitted(project, namespace):
        said = f"destination namespace {namespace!r} does not match any of the allowed destinations"
        yield "spec.destination.namespace" if namespace else "spec.destination", said


def _objects(inventory: Inventory, application: Resource, project: Resource) -> Iterator[Accusation]:
    """Objects that the sync is to make: what operators make of them, no project is asked about."""
    clustered = cluster_kinds(crd.body for crd in inventory.of("CustomResourceDefinition"))
    wrong: dict[str, list[Resource]] = defaultdict(list)
    for resource in _deployed(inventory).get(application.name, ()):
        here, known = resource.namespace, resource.kind in clustered
        if not here and not known:
            continue
        if not kind_permitted(project, resource.group, resource.kind, namespaced=bool(here)):
            wrong[f"resource {resource.group or 'core'}:{resource.kind} is not permitted"].append(resource)
        elif here and not destination_permitted(project, here):
            wrong[f"namespace {here} is not permitted"].append(resource)
    for what, found in wrong.items():
        first = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        said = f"cannot sync {first.kind} {first.name}{more}: {what} in project {project.name}"
        yield _accused(application, "spec.project", said, project.name)


def _deployed(inventory: Inventory) -> Mapping[str, list[Resource]]:
    def index() -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in inventory.resources:
            if resource.origin.application and resource.origin.maker != "operator":
                found[resource.origin.application].append(resource)
        return found

    return inventory.once("deployed by application", index)


def _accused(application: Resource, field: str, what: str, project: str) -> Accusation:
    hint = f"allow it in AppProject {project}, or let it go where the project allows it"
    return Accusation(application, f"{application.name} {what}", field=field, hint=hint)
