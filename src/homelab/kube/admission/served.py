"""Served: which versions of its own APIs a Kubernetes no longer has.

The table is that of the deprecated API migration guide (kubernetes.io/docs/reference/using-api/deprecation-guide).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homelab.kube.inventory import Inventory

APPS = "apps/v1"
REVIEWS = ("LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview")
RBAC = ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
FLOW = ("FlowSchema", "PriorityLevelConfiguration")


@dataclass(frozen=True, slots=True)
class Gone:
    """Since which minor a version is not served, what to write instead (empty: nothing), whether that alone is enough."""

    minor: int
    instead: str
    alike: bool = False


def _table() -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Gone]]:
    """(kinds, versions, what became of them); `alike` where the guide names no change of fields."""
    yield ("Deployment", "ReplicaSet"), ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"), Gone(16, APPS)
    yield ("DaemonSet",), ("extensions/v1beta1", "apps/v1beta2"), Gone(16, APPS)
    yield ("StatefulSet",), ("apps/v1beta1", "apps/v1beta2"), Gone(16, APPS)
    yield ("NetworkPolicy",), ("extensions/v1beta1",), Gone(16, "networking.k8s.io/v1")
    yield ("PodSecurityPolicy",), ("extensions/v1beta1",), Gone(16, "")
    yield ("Ingress",), ("extensions/v1beta1", "networking.k8s.io/v1beta1"), Gone(22, "networking.k8s.io/v1")
    yield ("IngressClass",), ("networking.k8s.io/v1beta1",), Gone(22, "networking.k8s.io/v1", alike=True)
    yield RBAC, ("rbac.authorization.k8s.io/v1beta1",), Gone(22, "rbac.authorization.k8s.io/v1", alike=True)
    yield ("PriorityClass",), ("scheduling.k8s.io/v1beta1",), Gone(22, "scheduling.k8s.io/v1", alike=True)
    storage = ("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment")
    yield storage, ("storage.k8s.io/v1beta1",), Gone(22, "storage.k8s.io/v1", alike=True)
    webhooks = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    yield webhooks, ("admissionregistration.k8s.io/v1beta1",), Gone(22, "admissionregistration.k8s.io/v1")
    yield ("CustomResourceDefinition",), ("apiextensions.k8s.io/v1beta1",), Gone(22, "apiextensions.k8s.io/v1")
    yield ("APIService",), ("apiregistration.k8s.io/v1beta1",), Gone(22, "apiregistration.k8s.io/v1", alike=True)
    yield ("CertificateSigningRequest",), ("certificates.k8s.io/v1beta1",), Gone(22, "certificates.k8s.io/v1")
    yield ("Lease",), ("coordination.k8s.io/v1beta1",), Gone(22, "coordination.k8s.io/v1", alike=True)
    yield ("TokenReview",), ("authentication.k8s.io/v1beta1",), Gone(22, "authentication.k8s.io/v1", alike=True)
    yield REVIEWS, ("authorization.k8s.io/v1beta1",), Gone(22, "authorization.k8s.io/v1")
    yield ("CronJob",), ("batch/v1beta1",), Gone(25, "batch/v1", alike=True)
    yield ("EndpointSlice",), ("discovery.k8s.io/v1beta1",), Gone(25, "discovery.k8s.io/v1")
    yield ("Event",), ("events.k8s.io/v1beta1",), Gone(25, "events.k8s.io/v1")
    yield ("HorizontalPodAutoscaler",), ("autoscaling/v2beta1",), Gone(25, "autoscaling/v2")
    yield ("PodDisruptionBudget",), ("policy/v1beta1",), Gone(25, "policy/v1", alike=True)
    yield ("PodSecurityPolicy",), ("policy/v1beta1",), Gone(25, "")
    yield ("RuntimeClass",), ("node.k8s.io/v1beta1",), Gone(25, "node.k8s.io/v1", alike=True)
    yield ("HorizontalPodAutoscaler",), ("autoscaling/v2beta2",), Gone(26, "autoscaling/v2", alike=True)
    yield FLOW, ("flowcontrol.apiserver.k8s.io/v1beta1",), Gone(26, "flowcontrol.apiserver.k8s.io/v1")
    yield ("CSIStorageCapacity",), ("storage.k8s.io/v1beta1",), Gone(27, "storage.k8s.io/v1", alike=True)
    yield FLOW, ("flowcontrol.apiserver.k8s.io/v1beta2",), Gone(29, "flowcontrol.apiserver.k8s.io/v1")
    yield FLOW, ("flowcontrol.apiserver.k8s.io/v1beta3",), Gone(32, "flowcontrol.apiserver.k8s.io/v1")


GONE: Mapping[tuple[str, str], Gone] = {
    (version, kind): gone for kinds, versions, gone in _table() for kind in kinds for version in versions
}
"""(apiVersion, kind) to what became of it. Every Kubernetes that still gets fixes lacks all of them."""


def minor(inventory: Inventory) -> int | None:
    """The minor of the lab's Kubernetes (`1.36.2` gives 36); None where nobody says it."""
    said = (inventory.ground.kubernetes if inventory.ground else "").removeprefix("v").split(".")
    return int(said[1]) if len(said) > 1 and said[1].isascii() and said[1].isdigit() else None
