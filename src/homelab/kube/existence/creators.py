"""Creators: jobs that make objects while they run, because their account may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.workload import Workload

RESOURCES = {
    "Secret": "secrets",
    "ConfigMap": "configmaps",
    "Service": "services",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Certificate": "certificates",
    "Issuer": "issuers",
}
"""Kind to how the rule of a role names it."""
VERBS = {"create", "*"}
Right = tuple[str, str, str, str]
"""Namespace of the account, its name, the resource it may create, and where (empty for every namespace)."""


def creates(inventory: Inventory, kind: str, namespace: str, name: str) -> str:
    """Why a job may make an object of a namespace: its account may create such, or it says the name; else empty."""
    resource = RESOURCES.get(kind)
    if resource is None:
        return ""
    rights = inventory.once("rights to create", lambda: frozenset(_rights(inventory)))
    jobs = inventory.once("jobs", lambda: tuple(w for w in inventory.workloads if w.batch or w.hook))
    for job in jobs:
        account = str(job.pod.get("serviceAccountName") or job.pod.get("serviceAccount") or "default")
        if any((job.namespace, account, resource, space) in rights for space in (namespace, "")):
            return f"{job.kind} {job.namespace}/{job.name} may make it: its account may create {resource}"
        if job.namespace == namespace and _says(job, name, resource.removesuffix("s")):
            return f"{job.kind} {job.name} makes such objects and says its name"
    return ""


def _says(job: Workload, name: str, word: str) -> bool:
    """Whether a job's commands speak of creating this very thing."""
    texts = [str(t) for c in (*job.containers, *job.init_containers) for t in _words(c.body)]
    whole = " ".join(texts).lower()
    return name.lower() in whole and word in whole and any(verb in whole for verb in ("create", "apply", "patch"))


def _words(container: Mapping[str, Any]) -> Iterator[Any]:
    for key in ("command", "args"):
        yield from container.get(key) or ()


def _rights(inventory: Inventory) -> Iterator[Right]:
    for binding in inventory.of("RoleBinding", "ClusterRoleBinding"):
        kind, name = str(binding.get("roleRef.kind", "")), str(binding.get("roleRef.name", ""))
        space = binding.namespace if binding.kind == "RoleBinding" else ""
        role = inventory.get(kind, binding.namespace if kind == "Role" else "", name)
        created = _created(role) if role else RESOURCES.values() if name in {"cluster-admin", "admin", "edit"} else ()
        for subject in binding.get("subjects", []):
            if subject.get("kind") == "ServiceAccount":
                home = str(subject.get("namespace") or binding.namespace)
                yield from ((home, str(subject.get("name")), resource, space) for resource in created)


def _created(role: Resource) -> Iterable[str]:
    """What a role may create, of the kinds that others name."""
    for rule in role.get("rules", []):
        if VERBS.isdisjoint(rule.get("verbs") or ()):
            continue
        resources = rule.get("resources") or ()
        yield from RESOURCES.values() if "*" in resources else (r for r in resources if r in RESOURCES.values())
