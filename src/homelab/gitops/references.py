"""Names: prefixes and suffixes, and the references between objects that kustomize rewrites with them.

Kustomize knows a fixed list of fields that refer to a kind by name (`api/internal/konfig/builtinpluginconsts`); fields of
custom resources are not among them and keep the old name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
POD = (
    *(("ConfigMap", f"{c}/env/valueFrom/configMapKeyRef", "name") for c in CONTAINERS),
    *(("ConfigMap", f"{c}/envFrom/configMapRef", "name") for c in CONTAINERS),
    ("ConfigMap", "volumes/configMap", "name"),
    ("ConfigMap", "volumes/projected/sources/configMap", "name"),
    *(("Secret", f"{c}/env/valueFrom/secretKeyRef", "name") for c in CONTAINERS),
    *(("Secret", f"{c}/envFrom/secretRef", "name") for c in CONTAINERS),
    ("Secret", "imagePullSecrets", "name"),
    ("Secret", "volumes/secret", "secretName"),
    ("Secret", "volumes/projected/sources/secret", "name"),
    ("PersistentVolumeClaim", "volumes/persistentVolumeClaim", "claimName"),
    ("ServiceAccount", "", "serviceAccountName"),
    ("PriorityClass", "", "priorityClassName"),
)
"""References inside a pod spec: kind, path of the table, key."""
HOOKS = ("Service", "webhooks/clientConfig/service", "name")
FIELDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "HorizontalPodAutoscaler": tuple(
        (kind, "spec/scaleTargetRef", "name")
        for kind in ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")
    ),
    "Ingress": (
        ("Service", "spec/defaultBackend/service", "name"),
        ("Service", "spec/rules/http/paths/backend/service", "name"),
        ("Secret", "spec/tls", "secretName"),
        ("IngressClass", "spec", "ingressClassName"),
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
    "ServiceAccount": (("Secret", "imagePullSecrets", "name"), ("Secret", "secrets", "name")),
    "RoleBinding": (("Role", "roleRef", "name"), ("ClusterRole", "roleRef", "name")),
    "ClusterRoleBinding": (("ClusterRole", "roleRef", "name"),),
    "APIService": (("Service", "spec/service", "name"),),
    "MutatingWebhookConfiguration": (HOOKS,),
    "ValidatingWebhookConfiguration": (HOOKS,),
}
"""Referring kind to its references."""


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
    for item in items:
        for name in {name for _, name in item.before} - {item.name[1]}:
            renamed.setdefault((str(item.body.get("kind")), name), []).append(item)
    moved = any(item.before for item in items)
    for item in items if moved else ():
        for kind, table, key in _references(item.body):
            _rename(table, key, item, renamed.get((kind, str(table.get(key))), []))
        if item.body.get("kind") in {"RoleBinding", "ClusterRoleBinding"}:
            _subjects(item.body, items)


def _references(body: Manifest) -> Iterator[tuple[str, dict[str, Any], str]]:
    kind = str(body.get("kind"))
    for target, path, key in FIELDS.get(kind, ()):
        for table in reach(body, path):
            if table.get("kind", target) == target:
                yield target, table, key
    if kind in TEMPLATES:
        pod = f"{TEMPLATES[kind].replace('.', '/')}/spec".lstrip("/")
        for target, path, key in POD:
            for table in reach(body, f"{pod}/{path}".rstrip("/")):
                yield target, table, key


def _rename(table: dict[str, Any], key: str, owner: Built, candidates: Sequence[Built]) -> None:
    for found in candidates:
        if found.body.get("kind") in CLUSTER_KINDS or owner.body.get("kind") in CLUSTER_KINDS:
            table[key] = found.name[1]
            return
        if found.name[0] == owner.name[0]:
            table[key] = found.name[1]
            return


def _subjects(body: Manifest, items: Sequence[Built]) -> None:
    for subject in reach(body, "subjects"):
        said = (str(subject.get("namespace") or ""), str(subject.get("name")))
        for item in items:
            if item.body.get("kind") == subject.get("kind") == "ServiceAccount" and said in item.before:
                subject["name"] = item.name[1]
                if subject.get("namespace"):
                    subject["namespace"] = item.name[0]
                break
