"""Kustomize's built-in transformers of namespaces, labels, annotations, replicas and images, on plain manifests in place.

Fields are kustomize's own defaults (`api/internal/konfig/builtinpluginconsts`), as far as repositories use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from homelab.gitops.built import Built
from homelab.gitops.fields import reach
from homelab.kube.resource import Manifest, dig
from homelab.kube.scope import CLUSTER_KINDS

SCALED = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
TEMPLATE_METADATA = {
    **dict.fromkeys((*SCALED, "ReplicationController", "Job"), ("spec/template/metadata",)),
    "CronJob": ("spec/jobTemplate/metadata", "spec/jobTemplate/spec/template/metadata"),
}
"""Kind to the metadata of what it makes."""
AFFINITY = tuple(
    f"spec/template/spec/affinity/{kind}/{rest}"
    for kind in ("podAffinity", "podAntiAffinity")
    for rest in (
        "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    )
)
SPREAD = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"
SELECTORS_MADE = {
    "Service": "spec/selector",
    "ReplicationController": "spec/selector",
    **dict.fromkeys(SCALED, "spec/selector/matchLabels"),
}
"""Selectors that get labels even where there was none."""
SELECTORS = {
    "Deployment": (*AFFINITY, SPREAD),
    "StatefulSet": (*AFFINITY, SPREAD),
    "Job": ("spec/selector/matchLabels",),
    "CronJob": ("spec/jobTemplate/spec/selector/matchLabels",),
    "PodDisruptionBudget": ("spec/selector/matchLabels",),
    "NetworkPolicy": (
        "spec/podSelector/matchLabels",
        "spec/ingress/from/podSelector/matchLabels",
        "spec/egress/to/podSelector/matchLabels",
    ),
}
"""Selectors that get labels where they are."""
NAMESPACES = {
    "APIService": ("spec/service", True),
    "CustomResourceDefinition": ("spec/conversion/webhook/clientConfig/service", False),
    "RoleBinding": ("subjects", False),
    "ClusterRoleBinding": ("subjects", False),
}
"""Kind to the tables in it that say a namespace, and whether they are made; of subjects only `default` is moved."""
_IMAGE = re.compile(r"^(?P<name>.+?)(?P<tag>:[\w][\w.-]*)?(?P<digest>@\S+)?$", re.DOTALL)


def namespace(items: Iterable[Built], name: str) -> None:
    """`namespace:` overrides every namespaced object, renames Namespace objects, and moves what some kinds say of it inside."""
    if not name:
        return
    for item in items:
        kind = str(item.body.get("kind"))
        item.remember()
        if kind == "Namespace" or kind not in CLUSTER_KINDS:
            for metadata in reach(item.body, "metadata", create=True):
                metadata["name" if kind == "Namespace" else "namespace"] = name
        path, create = NAMESPACES.get(kind, ("", False))
        for table in reach(item.body, path, create=create) if path else ():
            if path != "subjects" or (table.get("kind") == "ServiceAccount" and table.get("name") == "default"):
                table["namespace"] = name


def labels(bodies: Iterable[Manifest], spec: Mapping[str, Any]) -> None:
    """`commonLabels` (with selectors) and `labels` (metadata, templates or selectors as asked)."""
    for body in bodies:
        if common := spec.get("commonLabels"):
            _label(body, common, templates=True, selectors=True)
        for entry in spec.get("labels") or ():
            pairs, selectors = entry.get("pairs") or {}, bool(entry.get("includeSelectors"))
            _label(body, pairs, templates=selectors or bool(entry.get("includeTemplates")), selectors=selectors)


def _label(body: Manifest, pairs: Mapping[str, str], *, templates: bool, selectors: bool) -> None:
    kind = str(body.get("kind"))
    _put(body, "metadata/labels", pairs)
    if templates:
        for path in TEMPLATE_METADATA.get(kind, ()):
            _put(body, f"{path}/labels", pairs)
        if kind == "StatefulSet":
            _put(body, "spec/volumeClaimTemplates/metadata/labels", pairs)
    if selectors:
        if kind in SELECTORS_MADE:
            _put(body, SELECTORS_MADE[kind], pairs)
        for path in SELECTORS.get(kind, ()):
            for found in reach(body, path):
                found.update(pairs)


def _put(body: Manifest, path: str, pairs: Mapping[str, str]) -> None:
    for found in reach(body, path, create=True):
        found.update(pairs)


def annotate(bodies: Iterable[Manifest], pairs: Mapping[str, str]) -> None:
    """`commonAnnotations` overwrite, and reach pod templates."""
    for body in bodies if pairs else ():
        _put(body, "metadata/annotations", pairs)
        for path in TEMPLATE_METADATA.get(str(body.get("kind")), ()):
            _put(body, f"{path}/annotations", pairs)


def replicas(items: Iterable[Built], entries: Iterable[Mapping[str, Any]]) -> set[str]:
    """`replicas:` by name, as it is or as it was before it was prefixed; the names that nothing has are given back."""
    wanted = {str(entry.get("name")): entry.get("count") for entry in entries}
    missed = set(wanted)
    for item in items if wanted else ():
        if item.body.get("kind") in {"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"}:
            missed -= item.names
            for name in item.names & wanted.keys():
                for spec in reach(item.body, "spec", create=True):
                    spec["replicas"] = wanted[name]
    return missed


def images(bodies: Iterable[Manifest], entries: Iterable[Mapping[str, Any]]) -> None:
    """`images:` by name: new name, tag or digest, for every container of every kind but CRDs."""
    wanted = [entry for entry in entries if entry.get("name")]
    for body in bodies if wanted else ():
        if body.get("kind") != "CustomResourceDefinition":
            _retag(body, wanted)


def _retag(value: Any, wanted: Iterable[Mapping[str, Any]]) -> None:
    if isinstance(value, list):
        for item in value:
            _retag(item, wanted)
    elif isinstance(value, dict):
        for key in ("containers", "initContainers"):
            for container in reach(value.get(key), ""):
                for entry in wanted:
                    if isinstance(container.get("image"), str):
                        container["image"] = _image(container["image"], entry)
        for item in value.values():
            _retag(item, wanted)


def _image(image: str, entry: Mapping[str, Any]) -> str:
    found = _IMAGE.match(image)
    if found is None or found["name"] != entry["name"]:
        return image
    tag, digest = found["tag"] or "", found["digest"] or ""
    if entry.get("newTag") or entry.get("digest"):
        tag = f":{entry['newTag']}" if entry.get("newTag") else ""
        digest = f"@{entry['digest']}" if entry.get("digest") else ""
    return f"{entry.get('newName') or found['name']}{tag}{digest}"


def name_of(body: Manifest) -> str:
    """`metadata.name`, empty when absent."""
    return str(dig(body, ("metadata", "name"), ""))
