"""Which kinds live outside namespaces."""

from __future__ import annotations

from collections.abc import Iterable

from homelab.kube.resource import Manifest, dig

CLUSTER_KINDS = frozenset(
    {
        "Namespace", "Node", "PersistentVolume", "StorageClass", "VolumeAttributesClass", "CSIDriver", "CSINode",
        "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "APIService", "PriorityClass", "RuntimeClass",
        "IngressClass", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
        "CertificateSigningRequest", "FlowSchema", "PriorityLevelConfiguration", "ClusterTrustBundle",
        "GatewayClass", "ClusterIssuer", "CiliumClusterwideNetworkPolicy", "CiliumLoadBalancerIPPool",
        "CiliumL2AnnouncementPolicy", "CiliumNode", "CiliumIdentity", "CiliumClusterwideEnvoyConfig", "CiliumNodeConfig",
        "ClusterPolicy", "ValidatingPolicy", "MutatingPolicy", "GeneratingPolicy", "ImageValidatingPolicy", "DeletingPolicy",
        "VolumeSnapshotClass", "VolumeSnapshotContent", "ClusterSecretStore", "ClusterExternalSecret", "ClusterImageCatalog",
        "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "Istio", "IstioCNI", "ZTunnel", "Connector", "ProxyClass",
        "ProxyGroup", "ClusterCleanupPolicy", "ObjectBucket", "DeviceClass", "IPAddress", "ServiceCIDR",
    }
)  # fmt: skip
"""Cluster-scoped kinds of Kubernetes and of the systems we know; others are told by their CRD."""


def cluster_kinds(crds: Iterable[Manifest]) -> frozenset[str]:
    """The known cluster-scoped kinds and those that these CRDs declare."""
    declared = {
        str(dig(crd, ("spec", "names", "kind")))
        for crd in crds
        if dig(crd, ("spec", "scope"), "Namespaced") == "Cluster"
    }
    return CLUSTER_KINDS | declared


BUILT_IN = ("k8s.io", "apps", "batch", "autoscaling", "policy", "extensions", "")
SERVED = ("gateway.networking.k8s.io", "snapshot.storage.k8s.io", "metrics.k8s.io", "policy.networking.k8s.io")
"""Groups that end as the built-in ones do, and come as definitions."""


def built_in(group: str) -> bool:
    """Whether an API group is Kubernetes' own."""
    return group in BUILT_IN or (group.endswith(".k8s.io") and group not in SERVED)
