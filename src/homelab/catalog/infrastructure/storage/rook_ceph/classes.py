"""StorageClasses on the lab's Ceph: block, file and buckets, and for volumes each one that deletes and one that keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.catalog.infrastructure.storage.rook_ceph.settings import Settings
from homelab.catalog.offers.storage import (
    BLOCK_CLASS,
    BLOCK_POOL,
    BUCKET_CLASS,
    FILE_CLASS,
    FILE_SYSTEM,
    OBJECT_STORE,
    RETAIN,
    ROOK_NAMESPACE,
)
from homelab.catalog.plan import Plan
from homelab.kube.resource import Manifest

DEFAULT = "storageclass.kubernetes.io/is-default-class"


def _secrets(driver: str) -> dict[str, str]:
    """Parameters by which the driver finds its keys: Secrets that Rook makes in its own namespace."""
    uses = {
        "provisioner": "provisioner",
        "controller-expand": "provisioner",
        "controller-publish": "provisioner",
        "node-stage": "node",
    }
    found = {}
    for use, account in uses.items():
        found[f"csi.storage.k8s.io/{use}-secret-name"] = f"rook-csi-{driver}-{account}"
        found[f"csi.storage.k8s.io/{use}-secret-namespace"] = ROOK_NAMESPACE
    return found


def _volumes(name: str, driver: str, parameters: dict[str, str], policy: str, *, default: bool = False) -> Manifest:
    metadata: dict[str, Any] = {"name": name}
    if default:
        metadata["annotations"] = {DEFAULT: "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": metadata,
        "provisioner": f"{ROOK_NAMESPACE}.{driver}.csi.ceph.com",
        "parameters": {
            "clusterID": ROOK_NAMESPACE,
            **parameters,
            **_secrets(driver),
            "csi.storage.k8s.io/fstype": "ext4",
        },
        "reclaimPolicy": policy,
        "allowVolumeExpansion": True,
        "volumeBindingMode": "Immediate",
    }


def classes(_plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """The five classes; buckets are always kept, a claim made anew must choose another bucket name."""
    block = {"pool": BLOCK_POOL, "imageFormat": "2", "imageFeatures": "layering"}
    file = {"fsName": FILE_SYSTEM, "pool": f"{FILE_SYSTEM}-data0"}
    yield _volumes(BLOCK_CLASS, "rbd", block, "Delete", default=settings.default_class)
    yield _volumes(f"{BLOCK_CLASS}{RETAIN}", "rbd", block, "Retain")
    yield _volumes(FILE_CLASS, "cephfs", file, "Delete")
    yield _volumes(f"{FILE_CLASS}{RETAIN}", "cephfs", file, "Retain")
    yield {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": BUCKET_CLASS},
        "provisioner": f"{ROOK_NAMESPACE}.ceph.rook.io/bucket",
        "parameters": {
            "objectStoreName": OBJECT_STORE,
            "objectStoreNamespace": ROOK_NAMESPACE,
            "region": "us-east-1",
        },
        "reclaimPolicy": "Retain",
        "volumeBindingMode": "Immediate",
    }
