"""Names: prefixes and suffixes, and the references between objects that kustomize rewrites with them.

Kustomize knows a fixed list of fields that refer to a kind by name (`api/internal/konfig/builtinpluginconsts`); fields of
custom resources are not among them and keep the old name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from homelab.gitops.built import Built
from homelab.gitops.fields import reach
from homelab.gitops.transform import name_of
from homelab.kube.resource import Manifest
from homelab.kube.scope import CLUSTER_KINDS
from homelab.kube.workload import TEMPLATES

KEPT = frozenset({"Namespace", "CustomResourceDefinition", "APIService"})
"""Kinds whose names kustomize never prefixes."""
CONTAINERS = ("containers", "initContainers")
CONFIGURED = (
    *(("ConfigMap", f"{c}/env/valueFrom/configMapKeyRef", "name") for c in CONTAINERS),
    *(("ConfigMap", f"{c}/envFrom/configMapRef", "name") for c in CONTAINERS),
    ("ConfigMap", "volumes/configMap", "name"),
    ("ConfigMap", "volumes/projected/sources/configMap", "name"),
    *(("Secret", f"{c}/env/valueFrom/secretKeyRef", "name") for c in CONTAINERS),
    *(("Secret", f"{c}/envFrom/secretRef", "name") for c in CONTAINERS),
    ("Secret", "imagePullSecrets", "name"),
    ("Secret", "volumes/secret", "secretName"),
    ("Secret", "volumes/projected/sources/secret", "name"),
)
"""References of a pod spec to settings: kind, path of the table, key. Kustomize forgets ReplicationControllers here …"""
GIVEN = (
    ("PersistentVolumeClaim", "volumes/persistentVolumeClaim", "claimName"),
    ("ServiceAccount", "", "serviceAccountName"),
    ("PriorityClass", "", "priorityClassName"),
)
"""… and ReplicaSets here."""
FIELDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "HorizontalPodAutoscaler": tuple(
        (kind, "spec/scaleTargetRef", "name")
        for kind in ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
    ),
    "Ingress": (
        ("Service", "spec/defaultBackend/service", "name"),
        ("Service", "spec/rules/http/paths/backend/service", "name"),
        ("Secret", "spec/tls", "secretName"),
        ("Service", "spec/backend", "serviceName"),
        ("Service", "spec/rules/http/paths/backend", "serviceName"),
    ),
    "StatefulSet": (
        ("Service", "spec", "serviceName"),
        ("StorageClass", "spec/volumeClaimTemplates/spec", "storageClassName"),
    ),
    "PersistentVolumeClaim": (
        ("StorageClass", "spec", "storageClassName"),
        ("PersistentVolume", "spec", "volumeName"),
    ),
    "PersistentVolume": (("StorageClass", "spec", "storageClassName"),),
    "ServiceAccount": (("Secret", "imagePullSecrets", "name"),),
    "RoleBinding": (("Role", "roleRef", "name"), ("ClusterRole", "roleRef", "name")),
    "ClusterRoleBinding": (("ClusterRole", "roleRef", "name"),),
    "APIService": (("Service", "spec/service", "name"),),
}
"""Referring kind to its references."""
LISTED = {"Role": ("ConfigMap", "Secret"), "ClusterRole": ("ConfigMap", "Secret", "PersistentVolume")}
"""Kinds whose rules name objects of other kinds in `resourceNames`."""
PLACED = {
    "RoleBinding": ("ServiceAccount", "subjects"),
    "ClusterRoleBinding": ("ServiceAccount", "subjects"),
    "MutatingWebhookConfiguration": ("Service", "webhooks/clientConfig/service"),
    "ValidatingWebhookConfiguration": ("Service", "webhooks/clientConfig/service"),
}
"""Referring kind to the kind it refers to by name and namespace, and the path of those tables."""


def names(items: Sequence[Built], prefix: str, suffix: str) -> None:
    """Prefix and suffix on every name but those of Namespaces, CRDs and API services."""
    for item in items if prefix or suffix else ():
        if item.body.get("kind") not in KEPT:
            item.remember()
            for metadata in reach(item.body, "metadata", create=True):
                metadata["name"] = f"{prefix}{name_of(item.body)}{suffix}"


def follow(items: Sequence[Built]) -> None:
    """Let every known reference name its object as it is called now, where it was renamed on the way."""
    renamed: dict[tuple[str, str], list[Built]] = {}
    placed: dict[tuple[str, str], list[Built]] = {}
    for item in items:
        kind = str(item.body.get("kind"))
        for name in item.names:
            placed.setdefault((kind, name), []).append(item)
            if name != item.name[1]:
                renamed.setdefault((kind, name), []).append(item)
    moved = any(item.before for item in items)
    for item in items if moved else ():
        for kind, table, key in _references(item.body):
            _rename(table, key, item, renamed.get((kind, str(table.get(key))), []))
        _listed(item, renamed)
        kind, path = PLACED.get(str(item.body.get("kind")), ("", ""))
        for table in reach(item.body, path) if kind else ():
            _place(table, placed.get((kind, str(table.get("name"))), []))


def _references(body: Manifest) -> Iterator[tuple[str, dict[str, Any], str]]:
    kind = str(body.get("kind"))
    for target, path, key in FIELDS.get(kind, ()):
        for table in reach(body, path):
            if table.get("kind", target) == target:
                yield target, table, key
    if kind in TEMPLATES:
        pod = f"{TEMPLATES[kind].replace('.', '/')}/spec".lstrip("/")
        known = (*(CONFIGURED if kind != "ReplicationController" else ()), *(GIVEN if kind != "ReplicaSet" else ()))
        for target, path, key in known:
            for table in reach(body, f"{pod}/{path}".rstrip("/")):
                yield target, table, key


def _listed(item: Built, renamed: Mapping[tuple[str, str], Sequence[Built]]) -> None:
    """Names that the rules of a role list."""
    for kind in LISTED.get(str(item.body.get("kind")), ()):
        for rule in reach(item.body, "rules"):
            names = rule.get("resourceNames")
            for number, name in enumerate(names) if isinstance(names, list) else ():
                _rename(names, number, item, renamed.get((kind, str(name)), []))


def _rename(table: Any, key: str | int, owner: Built, candidates: Sequence[Built]) -> None:
    for found in candidates:
        if found.body.get("kind") in CLUSTER_KINDS or owner.body.get("kind") in CLUSTER_KINDS:
            table[key] = found.name[1]
            return
        if found.name[0] == owner.name[0]:
            table[key] = found.name[1]
            return


def _place(table: dict[str, Any], candidates: Sequence[Built]) -> None:
    """A reference by name and namespace follows both; without a namespace it means the object wherever that is."""
    if "namespace" in table:
        said = table["namespace"]
        first = [item for item in candidates if said in {space for space, _ in item.before}]
        candidates = first or [item for item in candidates if item.name[0] == said]
    if candidates:
        table["name"] = candidates[0].name[1]
        if candidates[0].name[0]:
            table["namespace"] = candidates[0].name[0]
