"""Applications: the root ApplicationSet, an AppProject for each area, and one plain Application for each part.

The lab converges from any order of syncs: waves order only the creation of an area's Applications, and nothing waits.
Retries and `SkipDryRunOnMissingResource` carry an Application over the time until what it needs is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Area, Part
from homelab.catalog.order import waves
from homelab.catalog.plan import Choice, Plan, parts_of, pin
from homelab.catalog.repair import repair_path
from homelab.kube.resource import CAPABILITY, OPTION, WAVE, Manifest
from homelab.kube.tree import File, YamlFile
from homelab.render import layout
from homelab.render.parts import option_of
from homelab.render.projects import NAMESPACE, ROOT, SERVER, area_project, chart_repository, repository, root_project

FINALIZER = "resources-finalizer.argocd.argoproj.io"
RETRY = {"limit": 30, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}, "refresh": True}
"""About 77 minutes; `refresh` takes up newer commits, without which the old one is tried again (argo-cd#11494)."""
OPTIONS = ["CreateNamespace=false", "ServerSideApply=true", "SkipDryRunOnMissingResource=true"]


def application_files(plan: Plan) -> dict[str, File]:
    """Everything below kubernetes/sets."""
    header = "the one thing that is ever applied by hand: it makes one Application for each area"
    files: dict[str, File] = {layout.ROOT: YamlFile((root_project(plan), _root(plan)), header)}
    order, path = waves(plan), repair_path(plan)
    for area in Area:
        choices = [choice for choice in plan.choices if choice.component.area is area and parts_of(plan, choice)]
        # also where it is empty: what was in it is deleted by its Application, which goes with the folder
        project = area_project(plan, area, choices)
        files[layout.project_file(area)] = YamlFile((project,), f"what the area {area} may deploy, and where")
        for choice in choices:
            cascades = choice.name not in path
            bodies = tuple(
                _application(plan, choice, part, order[choice.name], cascades=cascades and not part.stateful)
                for part in parts_of(plan, choice)
            )
            files[layout.set_file(area, choice.component)] = YamlFile(bodies)
    if Capability.SECRETS_GIT in plan.providers:
        files[f"{layout.SETS}/{Area.SECURITY}/secrets.yaml"] = YamlFile((_secrets(plan, order),))
    return files


def _secrets(plan: Plan, order: Mapping[str, int]) -> Manifest:
    """The Application of every sealed secret; it never cascades, so that a mistake in it opens no hole."""
    owner = plan.providers[Capability.SECRETS_GIT]
    part = Part("secrets", NAMESPACE, stateful=True)
    return with_folder(_application(plan, owner, part, order[owner.name] + 1, cascades=False), plan, layout.SECRETS)


def _root(plan: Plan) -> Manifest:
    template = {
        "metadata": {"name": "{{ .path.basename }}", "namespace": NAMESPACE},
        "spec": {
            "project": ROOT,
            "source": {
                "repoURL": repository(plan),
                "targetRevision": plan.homelab.git.revision,
                "path": "{{ .path.path }}",
            },
            "destination": {"server": SERVER, "namespace": NAMESPACE},
            "syncPolicy": _policy(),
        },
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": ROOT, "namespace": NAMESPACE},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [
                {
                    "git": {
                        "repoURL": repository(plan),
                        "revision": plan.homelab.git.revision,
                        "directories": [{"path": f"{layout.SETS}/*"}],
                    }
                }
            ],
            "syncPolicy": {"preserveResourcesOnDeletion": True},
            "template": template,
        },
    }


def _policy(*, prune: bool = True, waits: bool = False) -> dict[str, Any]:
    automated = {} if waits else {"automated": {"prune": prune, "selfHeal": True}}
    return {**automated, "syncOptions": list(OPTIONS), "retry": RETRY}


def waits(plan: Plan, choice: Choice, part: Part) -> bool:
    """Whether an Application is synced by hand: an application with data, in a lab whose volumes are restored first.

    Velero fills a volume only while it makes the claim itself, and leaves alone one that is there.
    """
    return plan.homelab.backup.recover and choice.component.area is Area.APPS and part.stateful


def _application(plan: Plan, choice: Choice, part: Part, wave: int, *, cascades: bool) -> Manifest:
    """An Application; one that does not `cascade` leaves its objects where they are when it is deleted."""
    annotations = {OPTION: option_of(choice), WAVE: str(wave)}
    if choice.component.provides and part.name == parts_of(plan, choice)[0].name:
        annotations[CAPABILITY] = ",".join(sorted(choice.component.provides))
    metadata: dict[str, Any] = {
        "name": part.name,
        "namespace": NAMESPACE,
        "annotations": annotations,
    }
    if cascades:
        metadata["finalizers"] = [FINALIZER]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": metadata,
        "spec": {
            "project": str(choice.component.area),
            "sources": _sources(plan, choice, part),
            "destination": {"server": SERVER, "namespace": part.namespace},
            "syncPolicy": _policy(prune=part.prune, waits=waits(plan, choice, part)),
        },
    }


def _sources(plan: Plan, choice: Choice, part: Part) -> list[dict[str, Any]]:
    git = {"repoURL": repository(plan), "targetRevision": plan.homelab.git.revision}
    found: list[dict[str, Any]] = []
    if part.chart is not None:
        helm: dict[str, Any] = {"releaseName": part.release or part.name}
        if part.values is not None:
            helm["valueFiles"] = [f"$values/{layout.values_file(choice.component, part)}"]
            found.append({**git, "ref": "values"})
        chart = {
            "repoURL": chart_repository(part),
            "chart": part.chart.name,
            "targetRevision": pin(plan, part),
            "helm": helm,
        }
        found.insert(0, chart)
    return found


def with_folder(body: Manifest, plan: Plan, folder: str) -> Manifest:
    """The Application with a source for its folder's own resources."""
    source = {"repoURL": repository(plan), "targetRevision": plan.homelab.git.revision, "path": folder}
    spec = {**body["spec"], "sources": [*body["spec"]["sources"], source]}
    return {**body, "spec": spec}
