"""Shapes of the Kubernetes objects that charts and operators make: small pure constructors, and a draft to collect in.

They hold what judgement needs and leave out what it does not; keys whose value is None are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from homelab.kube.facts import Expansion, Fact
from homelab.kube.resource import Manifest

API = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "PodDisruptionBudget": "policy/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
    "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    "StorageClass": "storage.k8s.io/v1",
    "CSIDriver": "storage.k8s.io/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
    "IngressClass": "networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "APIService": "apiregistration.k8s.io/v1",
    "MutatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration": "admissionregistration.k8s.io/v1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
    "PodMonitor": "monitoring.coreos.com/v1",
    "PrometheusRule": "monitoring.coreos.com/v1",
    "HTTPRoute": "gateway.networking.k8s.io/v1",
}
"""Kind to its API version; others are `v1`."""


@dataclass
class Draft:
    """Objects with the values path that governs each, facts and gaps, collected while expanding."""

    objects: list[Manifest] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def add(self, body: Manifest, key: str = "") -> Manifest:
        """Add an object governed by the values path `key`; gives it back."""
        self.objects.append(body)
        self.keys.append(key)
        return body

    def names(self, kind: str, names: Iterable[str], namespace: str = "", key: str = "") -> None:
        """Add objects of which only the name matters: roles, accounts, CRDs, configuration."""
        for name in names:
            self.add(thing(kind, name, namespace), key)

    def expansion(self) -> Expansion:
        """What was collected."""
        return Expansion(tuple(self.objects), tuple(self.keys), tuple(self.facts), tuple(self.unknown))


def kept(**fields: Any) -> dict[str, Any]:
    """The fields that are not None."""
    return {key: value for key, value in fields.items() if value is not None}


def metadata(
    name: str,
    namespace: str = "",
    labels: Mapping[str, Any] | None = None,
    annotations: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """`metadata`; an empty namespace and absent maps are left out."""
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        **({"labels": dict(labels)} if labels else {}),
        **({"annotations": dict(annotations)} if annotations else {}),
    }


def thing(kind: str, name: str, namespace: str = "", api: str = "", **body: Any) -> Manifest:
    """Any object: kind, name, and the fields beside `metadata`."""
    return {
        "apiVersion": api or API.get(kind, "v1"),
        "kind": kind,
        "metadata": metadata(name, namespace),
        **kept(**body),
    }


def container(name: str, image: str, *, ports: Mapping[str, int] | None = None, **fields: Any) -> dict[str, Any]:
    """A container; `ports` maps names to container ports, `fields` are further fields of the kind."""
    listed = [{"name": key, "containerPort": port} for key, port in (ports or {}).items()]
    return {"name": name, "image": image, **({"ports": listed} if listed else {}), **kept(**fields)}


def http_probe(path: str, port: str | int) -> dict[str, Any]:
    """A probe by HTTP GET."""
    return {"httpGet": {"path": path, "port": port}}


def template(labels: Mapping[str, Any], containers: Sequence[Mapping[str, Any]], **spec: Any) -> dict[str, Any]:
    """A pod template; `spec` are further fields of the pod spec, those that are None left out."""
    return {
        "metadata": {"labels": dict(labels)},
        "spec": {"containers": [dict(c) for c in containers], **kept(**spec)},
    }


def workload(
    kind: str, name: str, namespace: str, pod: Mapping[str, Any], selector: Mapping[str, Any], **spec: Any
) -> Manifest:
    """A Deployment, StatefulSet or DaemonSet over a pod template; `spec` as `replicas`, `strategy`, `serviceName`."""
    return thing(kind, name, namespace, spec={**kept(**spec), **_selecting(selector), "template": dict(pod)})


def _selecting(selector: Mapping[str, Any]) -> dict[str, Any]:
    return {"selector": {"matchLabels": dict(selector)}}


def service(
    name: str, namespace: str, selector: Mapping[str, Any] | None, ports: Sequence[Mapping[str, Any]], **spec: Any
) -> Manifest:
    """A Service; `spec` as `type`, `clusterIP`."""
    chosen = {"selector": dict(selector)} if selector else {}
    return thing("Service", name, namespace, spec={**kept(**spec), **chosen, "ports": [dict(p) for p in ports]})


def port(name: str, number: int, target: str | int | None = None) -> dict[str, Any]:
    """A port of a Service; `target` is the pods' port, by name or number."""
    return kept(name=name, port=number, targetPort=target)


def budget(name: str, namespace: str, selector: Mapping[str, Any], **bound: Any) -> Manifest:
    """A PodDisruptionBudget; `bound` is `minAvailable` or `maxUnavailable`."""
    return thing("PodDisruptionBudget", name, namespace, spec={**kept(**bound), **_selecting(selector)})
