"""Made: what an operator nobody told us about may have made of a custom resource, so that its absence is unknown, not wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource
from homelab.kube.unread import unread

OWN = frozenset({"", "apps", "autoscaling", "batch", "extensions", "policy"})
"""API groups of Kubernetes itself, beside those that end in `k8s.io`."""
STILL = frozenset(
    {"bitnami.com", "cert-manager.io", "cilium.io", "external-secrets.io", "gateway.envoyproxy.io", "keda.sh",
     "kyverno.io", "metallb.io", "networking.istio.io", "projectcalico.org", "security.istio.io", "velero.io",
     "gateway.networking.k8s.io", "snapshot.storage.k8s.io"}
)  # fmt: skip
"""Groups whose resources shape what others made, and make no workload themselves."""
STILL_KINDS = frozenset(
    {"ServiceMonitor", "PodMonitor", "PrometheusRule", "Probe", "ScrapeConfig", "AlertmanagerConfig", "Application",
     "ApplicationSet", "AppProject", "ObjectStore", "ScheduledBackup", "Backup", "ConfigConnector"}
)  # fmt: skip
"""Kinds of other groups that make no workload that runs on."""


def custom(resource: Resource) -> bool:
    """Whether a resource is of a kind that somebody else than Kubernetes reconciles."""
    return resource.group not in OWN and (
        not resource.group.endswith(".k8s.io") or resource.group in {"gateway.networking.k8s.io"} | STILL
    )


def may_make(inventory: Inventory, namespace: str, name: str) -> str | None:
    """Why an object of this name may exist although nobody declares it: unread sources, or a custom resource named so."""
    if why := unread(inventory, namespace):
        return why
    for resource in _makers(inventory).get(namespace, ()):
        if name == resource.name or name.startswith(f"{resource.name}-") or name.endswith(f"-{resource.name}"):
            return f"{resource.subject} may make it"
    return None


def may_run(inventory: Inventory, namespace: str) -> str | None:
    """Why pods may run in a namespace that nobody declares: unread sources, or custom resources of which pods may be made."""
    if why := unread(inventory, namespace):
        return why
    return next((f"{r.subject} may make pods" for r in _makers(inventory).get(namespace, ())), None)


def _makers(inventory: Inventory) -> Mapping[str, list[Resource]]:
    def find() -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in inventory.resources:
            if custom(resource) and resource.group not in STILL and resource.kind not in STILL_KINDS:
                found[resource.namespace].append(resource)
        return found

    return inventory.once("makers", find)
