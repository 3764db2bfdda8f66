"""Immutable: changes of a commit that the API server refuses, because the field is decided when the object is made.

The Application that brings such a change is not synced, until somebody deletes the object or the change is taken back. The
rules are those of Kubernetes' own validation (pkg/apis/*/validation, `Validate…Update`, 1.33 to 1.36). The role of a binding is not
among them: Argo CD makes such a binding anew (gitops-engine pkg/utils/kube/resource_ops.go, `rbacReconcile`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from homelab.kube.durable import sync_options
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig

ANEW = frozenset({"Replace=true", "Force=true"})
"""With both, Argo CD deletes an object that it cannot change, and makes it anew (user guide, Sync Options, *Force Sync*)."""
STATEFUL = frozenset(
    {
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    }
)
"""What may be changed of a StatefulSet (`ValidateStatefulSetUpdate`)."""
UNSAID: Mapping[tuple[str, str], Any] = MappingProxyType(
    {
        ("StatefulSet", "podManagementPolicy"): "OrderedReady",
        ("StorageClass", "reclaimPolicy"): "Delete",
        ("StorageClass", "volumeBindingMode"): "Immediate",
        ("PersistentVolumeClaim", "volumeMode"): "Filesystem",
        ("Secret", "type"): "Opaque",
        ("PriorityClass", "preemptionPolicy"): "PreemptLowerPriority",
    }
)
"""What a field is where nobody says it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An object as the commit wants it, and the field that cannot become that."""

    resource: Resource
    field: str


def refused(before: Inventory, after: Inventory) -> Iterator[Refused]:
    """What the API server will refuse of the way from one state to the other."""
    there = {each.identity: each for each in before.resources if each.origin.maker != "operator"}
    for new in after.resources:
        rule, old = RULES.get((new.group, new.kind)), there.get(new.identity)
        if rule and old and new.origin.maker != "operator" and not sync_options(new.body).keys() >= ANEW:
            yield from (Refused(new, field) for field in rule(old.body, new.body))


Rule = Callable[[Mapping[str, Any], Mapping[str, Any]], Iterator[str]]


def _fields(*paths: str) -> Rule:
    """Fields that stay as they were."""

    def rule(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        for path in paths:
            was, wanted = (_said(body, path) for body in (old, new))
            if was != wanted:
                yield path

    return rule


def _said(body: Mapping[str, Any], path: str) -> Any:
    *_, last = keys = path.split(".")
    return dig(body, keys, UNSAID.get((body["kind"], last)))


def _stateful(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    names = {*dig(old, ["spec"], {}), *dig(new, ["spec"], {})} - STATEFUL - {"volumeClaimTemplates"}
    yield from _fields(*(f"spec.{name}" for name in sorted(names)))(old, new)
    if _claims(old) != _claims(new):
        yield "spec.volumeClaimTemplates"


def _claims(body: Mapping[str, Any]) -> list[Any]:
    """Templates of claims, without what the server fills in."""
    found = dig(body, ["spec", "volumeClaimTemplates"], [])
    return [
        (dig(each, ["metadata", "name"]), {"volumeMode": "Filesystem", **dig(each, ["spec"], {})}) for each in found
    ]


def _claim(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """All but the size, which only grows, and the class of attributes (`ValidatePersistentVolumeClaimUpdate`)."""
    names = {*dig(old, ["spec"], {}), *dig(new, ["spec"], {})} - {
        "resources",
        "volumeAttributesClassName",
        "volumeName",
    }
    yield from _fields(*(f"spec.{name}" for name in sorted(names)))(old, new)


def _kept(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """ConfigMaps and Secrets that say that they are immutable (`ValidateConfigMapUpdate`)."""
    if dig(old, ["immutable"], default=False):
        yield from _fields("immutable", "data", "binaryData", "stringData")(old, new)
    if new["kind"] == "Secret":
        yield from _fields("type")(old, new)


RULES: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        ("apps", "StatefulSet"): _stateful,
        ("apps", "Deployment"): _fields("spec.selector"),
        ("apps", "DaemonSet"): _fields("spec.selector"),
        ("apps", "ReplicaSet"): _fields("spec.selector"),
        ("batch", "Job"): _fields("spec.template", "spec.selector", "spec.completionMode"),
        ("", "PersistentVolumeClaim"): _claim,
        ("", "ConfigMap"): _kept,
        ("", "Secret"): _kept,
        ("storage.k8s.io", "StorageClass"): _fields("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
        ("scheduling.k8s.io", "PriorityClass"): _fields("value", "preemptionPolicy"),
        ("node.k8s.io", "RuntimeClass"): _fields("handler"),
        ("networking.k8s.io", "IngressClass"): _fields("spec.controller"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"): _fields("spec.group", "spec.scope", "spec.names.plural"),
    }
)
"""Group and kind to the fields that cannot be changed."""
