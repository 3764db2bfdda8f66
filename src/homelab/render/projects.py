"""Projects: what the Applications of an area may read, where they may deploy, and which cluster-wide kinds.

Nothing is in the project `default`, which allows everything. An area names its sources and namespaces one by one, so that
a mistake in one area's folder cannot reach into another's. Argo CD deletes only what the project still allows (argo-cd
controller/appcontroller.go, getPermittedAppLiveObjects; a sync that would prune anything else fails as a whole): namespaces and
kinds are therefore those of every component that the area may have, not only of those that are chosen today, and patterns where
nobody knows yet how applications will be called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from homelab.catalog.apps.own.app import SHORT
from homelab.catalog.component import Area, Part
from homelab.catalog.plan import Choice, Plan, parts_of
from homelab.catalog.providers import catalog
from homelab.kube.resource import WAVE, Manifest

NAMESPACE = "argocd"
SERVER = "https://kubernetes.default.svc"
ROOT = "root"
"""Name of the root ApplicationSet and of its project."""
SYSTEM = "kube-system"
"""Where charts put what belongs to the system: Services to scrape it by, Roles to read its configuration."""
WIDE = frozenset({Area.SECURITY, Area.INFRASTRUCTURE})
"""Areas that serve every namespace: policies, claims and monitors of theirs lie beside what they are for."""
ENDINGS = tuple(f"-{ending}" for ending in SHORT.values())
OF_APPS = tuple(sorted(f"*{ending}" for ending in ENDINGS))
"""Namespaces of any application in any environment, as Argo CD reads them (docs/operator-manual/project-specification.yaml)."""
CHART_NAMESPACES = {Area.INFRASTRUCTURE: ("cilium-secrets",)}
"""Namespaces that charts make by themselves, beside those that the lab declares."""
CHART_KINDS = (
    ("", "Namespace"),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("storage.k8s.io", "CSIDriver"),
    ("storage.k8s.io", "StorageClass"),
)
"""Cluster-wide kinds (group, kind) that charts of operators bring."""
OWN_KINDS: Mapping[Area, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        Area.SECURITY: (("cilium.io", "CiliumClusterwideNetworkPolicy"),),
        Area.INFRASTRUCTURE: (
            ("cert-manager.io", "ClusterIssuer"),
            ("cilium.io", "CiliumL2AnnouncementPolicy"),
            ("cilium.io", "CiliumLoadBalancerIPPool"),
        ),
    }
)
"""Cluster-wide kinds that objects of our own are of, beside those of the charts."""


def repository(plan: Plan) -> str:
    """Where Argo CD reads from; a placeholder until the lab names its repository."""
    return plan.homelab.git.repository or f"https://git.invalid/{plan.homelab.name}.git"


def chart_repository(part: Part) -> str:
    """A chart repository in Argo CD's form: OCI registries without their scheme; empty without a chart."""
    return part.chart.repository.removeprefix("oci://") if part.chart else ""


def root_project(plan: Plan) -> Manifest:
    """The project of the areas' own Applications: they make Argo CD's objects, and nothing else."""
    kinds = [{"group": "argoproj.io", "kind": kind} for kind in ("AppProject", "Application", "ApplicationSet")]
    allowed = {"clusterResourceWhitelist": [], "namespaceResourceWhitelist": kinds}
    return _project(ROOT, "The areas of the lab.", {repository(plan)}, {NAMESPACE}, allowed)


def area_project(plan: Plan, area: Area, choices: Iterable[Choice]) -> Manifest:
    """The project of an area: exactly the sources of its Applications, every namespace and kind that it may ever deploy.

    Args:
        plan: the lab.
        area: whose Applications it is for.
        choices: the area's components.
    """
    chosen = tuple(choices)
    parts = [part for choice in chosen for part in parts_of(plan, choice)]
    sources = {repository(plan), *(chart_repository(part) for part in parts if part.chart)}
    spaces = {part.namespace for part in parts} | set(CHART_NAMESPACES.get(area, ()))
    for component in catalog():
        if (area in WIDE or component.area is area) and not component.application:
            spaces |= set(component.every_namespace)
    if area in WIDE or area is Area.APPS:
        spaces = {space for space in spaces if not space.endswith(ENDINGS)} | set(OF_APPS)
    if area in WIDE:
        spaces |= {SYSTEM, NAMESPACE}
    kinds = {*OWN_KINDS.get(area, ()), *(CHART_KINDS if area is not Area.APPS else ())}
    allowed = {"clusterResourceWhitelist": [{"group": group, "kind": kind} for group, kind in sorted(kinds)]}
    return _project(str(area), f"The {area} of the lab.", sources, spaces, allowed)


def _project(
    name: str, description: str, sources: Iterable[str], spaces: Iterable[str], allowed: Mapping[str, Any]
) -> Manifest:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        # before the Applications that are in it
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": {WAVE: "-1"}},
        "spec": {
            "description": description,
            "sourceRepos": sorted(sources),
            "destinations": [{"server": SERVER, "namespace": space} for space in sorted(spaces)],
            **allowed,
        },
    }
