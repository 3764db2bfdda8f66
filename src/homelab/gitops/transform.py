"""Kustomize's built-in transformers, on plain manifests in place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from homelab.kube.resource import Manifest
from homelab.kube.scope import CLUSTER_KINDS
from homelab.kube.workload import TEMPLATES

REFERENCES = {
    "ConfigMap": ("configMapRef", "configMapKeyRef", "configMap"),
    "Secret": ("secretRef", "secretKeyRef", "secret"),
}


def generated(kind: str, generator: Mapping[str, Any], options: Mapping[str, Any]) -> Manifest:
    """A ConfigMap or Secret of a generator; its name carries a content hash unless that is switched off.

    The hash is ours, not kustomize's: only equality of names inside one reading matters here.
    """
    own = {**options, **(generator.get("options") or {})}
    name = str(generator.get("name", ""))
    data = {str(entry).partition("=")[0]: str(entry).partition("=")[2] for entry in generator.get("literals") or ()}
    data |= {str(entry).partition("=")[0].rpartition("/")[2]: "" for entry in generator.get("files") or ()}
    metadata: dict[str, Any] = {"name": name}
    if generator.get("namespace"):
        metadata["namespace"] = generator["namespace"]
    if own.get("labels"):
        metadata["labels"] = dict(own["labels"])
    digest = hashlib.sha256(json.dumps([generator, dict(own)], sort_keys=True, default=str).encode()).hexdigest()[:10]
    metadata["annotations"] = {} if own.get("disableNameSuffixHash") else {"homelab.dev/hash": digest}
    field = "data" if kind == "ConfigMap" else "stringData"
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, field: data}


def namespace(bodies: Iterable[Manifest], name: object) -> None:
    """`namespace:` overrides every namespaced object and renames Namespace objects."""
    if not name:
        return
    for body in bodies:
        if body.get("kind") == "Namespace":
            body["metadata"]["name"] = name
        elif body.get("kind") not in CLUSTER_KINDS:
            body.setdefault("metadata", {})["namespace"] = name


def names(bodies: list[Manifest], prefix: str, suffix: str) -> None:
    """Prefix and suffix on every name but Namespaces and CRDs, and on the references kustomize knows."""
    if not prefix and not suffix:
        return
    renamed: dict[tuple[str, str], str] = {}
    for body in bodies:
        if body.get("kind") in {"Namespace", "CustomResourceDefinition"}:
            continue
        old = str(body["metadata"].get("name", ""))
        body["metadata"]["name"] = renamed[str(body["kind"]), old] = f"{prefix}{old}{suffix}"
    for body in bodies:
        if str(body.get("kind")) in TEMPLATES:
            _refer(body.get("spec"), renamed)
        _follow(body, renamed)


def _follow(body: Manifest, renamed: Mapping[tuple[str, str], str]) -> None:
    """The references outside of pod templates that kustomize follows: autoscalers, governing Services, Ingress, roles."""
    kind, spec = str(body.get("kind")), body.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    if kind == "HorizontalPodAutoscaler":
        target = spec.get("scaleTargetRef")
        _rename(target, str(target.get("kind")) if isinstance(target, dict) else "", renamed)
    elif kind == "StatefulSet":
        _rename(spec, "Service", renamed, key="serviceName")
    elif kind == "Ingress":
        for rule in spec.get("rules") or ():
            for path in (rule.get("http") or {}).get("paths") or ():
                _rename((path.get("backend") or {}).get("service"), "Service", renamed)
    elif kind in {"RoleBinding", "ClusterRoleBinding"}:
        reference = body.get("roleRef")
        _rename(reference, str(reference.get("kind")) if isinstance(reference, dict) else "", renamed)
        for subject in body.get("subjects") or ():
            _rename(subject, str(subject.get("kind")), renamed)


def _rename(value: Any, kind: str, renamed: Mapping[tuple[str, str], str], key: str = "name") -> None:
    if isinstance(value, dict) and (kind, str(value.get(key))) in renamed:
        value[key] = renamed[kind, str(value[key])]


def _refer(value: Any, renamed: Mapping[tuple[str, str], str]) -> None:
    if isinstance(value, list):
        for item in value:
            _refer(item, renamed)
    elif isinstance(value, dict):
        for kind, keys in REFERENCES.items():
            for key in keys:
                target = value.get(key)
                if isinstance(target, dict):
                    field = "secretName" if key == "secret" else "name"
                    target[field] = renamed.get((kind, str(target.get(field))), target.get(field))
        if isinstance(value.get("persistentVolumeClaim"), dict):
            claim = value["persistentVolumeClaim"]
            claim["claimName"] = renamed.get(
                ("PersistentVolumeClaim", str(claim.get("claimName"))), claim.get("claimName")
            )
        if "serviceAccountName" in value:
            value["serviceAccountName"] = renamed.get(
                ("ServiceAccount", str(value["serviceAccountName"])), value["serviceAccountName"]
            )
        for item in value.values():
            _refer(item, renamed)


def labels(bodies: Iterable[Manifest], spec: Mapping[str, Any]) -> None:
    """`commonLabels` (with selectors) and `labels` (metadata, templates or selectors as asked)."""
    for body in bodies:
        if common := spec.get("commonLabels"):
            _label(body, common, templates=True, selectors=True)
        for entry in spec.get("labels") or ():
            pairs, selectors = entry.get("pairs") or {}, bool(entry.get("includeSelectors"))
            _label(body, pairs, templates=selectors or bool(entry.get("includeTemplates")), selectors=selectors)


def _label(body: Manifest, pairs: Mapping[str, str], *, templates: bool, selectors: bool) -> None:
    body.setdefault("metadata", {}).setdefault("labels", {}).update(pairs)
    kind, spec = str(body.get("kind")), body.get("spec") or {}
    if kind in TEMPLATES and TEMPLATES[kind] and templates:
        inner: Any = body
        for part in TEMPLATES[kind].split("."):
            inner = inner.get(part) or {}
        inner.setdefault("metadata", {}).setdefault("labels", {}).update(pairs)
    if not selectors:
        return
    if kind in TEMPLATES and TEMPLATES[kind]:
        _label_terms(inner.get("spec") or {}, pairs)
    if kind == "Service" and spec.get("selector"):
        spec["selector"].update(pairs)
    elif isinstance(spec.get("selector"), dict) and (kind in TEMPLATES or kind == "PodDisruptionBudget"):
        spec["selector"].setdefault("matchLabels", {}).update(pairs)
    elif kind == "NetworkPolicy":
        spec.setdefault("podSelector", {}).setdefault("matchLabels", {}).update(pairs)
        peers = [(spec.get("ingress") or (), "from"), (spec.get("egress") or (), "to")]
        for peer in (peer for rules, key in peers for rule in rules for peer in rule.get(key) or ()):
            if isinstance(peer.get("podSelector"), dict) and peer["podSelector"].get("matchLabels") is not None:
                peer["podSelector"]["matchLabels"].update(pairs)


def _label_terms(pod: Mapping[str, Any], pairs: Mapping[str, str]) -> None:
    """The selectors of spread constraints and of pod affinity that already name labels."""
    terms = list(pod.get("topologySpreadConstraints") or ())
    for rules in (pod.get("affinity") or {}).values():
        terms += (rules or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        soft = (rules or {}).get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms += [entry["podAffinityTerm"] for entry in soft if "podAffinityTerm" in entry]
    for term in terms:
        chosen = term.get("labelSelector") if isinstance(term, Mapping) else None
        if isinstance(chosen, dict) and chosen.get("matchLabels") is not None:
            chosen["matchLabels"].update(pairs)


def annotate(bodies: Iterable[Manifest], pairs: Mapping[str, str]) -> None:
    """`commonAnnotations` overwrite, and reach pod templates."""
    if not pairs:
        return
    for body in bodies:
        body.setdefault("metadata", {}).setdefault("annotations", {}).update(pairs)
        kind = str(body.get("kind"))
        if TEMPLATES.get(kind):
            inner: Any = body
            for part in TEMPLATES[kind].split("."):
                inner = inner.get(part) or {}
            inner.setdefault("metadata", {}).setdefault("annotations", {}).update(pairs)


def replicas(bodies: Iterable[Manifest], entries: Iterable[Mapping[str, Any]]) -> None:
    """`replicas:` by name."""
    wanted = {str(entry.get("name")): entry.get("count") for entry in entries}
    for body in bodies:
        name = str(body.get("metadata", {}).get("name"))
        if name in wanted and body.get("kind") in {"Deployment", "StatefulSet", "ReplicaSet"}:
            body.setdefault("spec", {})["replicas"] = wanted[name]


def images(bodies: Iterable[Manifest], entries: Iterable[Mapping[str, Any]]) -> None:
    """`images:` by name: new name, tag or digest."""
    wanted = {str(entry.get("name")): entry for entry in entries}
    for body in bodies if wanted else ():
        _retag(body, wanted)


def _retag(value: Any, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    if isinstance(value, list):
        for item in value:
            _retag(item, wanted)
    elif isinstance(value, dict):
        image = value.get("image")
        if isinstance(image, str):
            name = image.partition("@")[0]
            head, _, tail = name.rpartition(":")
            name = head if head and "/" not in tail else name
            if entry := wanted.get(name):
                base = str(entry.get("newName") or name)
                tag = image[len(name) :] if not entry.get("newTag") and not entry.get("digest") else ""
                value["image"] = (
                    f"{base}@{entry['digest']}"
                    if entry.get("digest")
                    else f"{base}:{entry['newTag']}"
                    if entry.get("newTag")
                    else base + tag
                )
        for item in value.values():
            _retag(item, wanted)
