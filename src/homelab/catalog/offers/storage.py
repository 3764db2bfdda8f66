"""Storage as other components ask for it: which class a volume takes, where the lab's object store answers.

Names of classes, pools and the object store stand here once. A pool is where Ceph keeps copies; a class is what a claim
names; they are never called alike, because a claim that names a pool waits for ever.
"""

from __future__ import annotations

from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.plan import Plan
from homelab.kube.resource import Manifest

BLOCK_POOL = "ssd-pool"
OBJECT_STORE = "homelab-objectstore"
FILE_SYSTEM = "myfs-enterprise"
ROOK_NAMESPACE = "rook-ceph"

BLOCK_CLASS = "ceph-block"
FILE_CLASS = "ceph-file"
BUCKET_CLASS = "ceph-bucket"
LOCAL_CLASSES = {"local-path": "local-path", "proxmox-csi": "proxmox-zfs"}
"""Provider of `storage.local` to its class."""
RETAIN = "-retain"
"""Ending of the class that keeps the volume when its claim is deleted."""

AMAZON = "https://s3.amazonaws.com"
"""Where buckets live of which nobody says where."""
OBJECT_SERVICE = f"rook-ceph-rgw-{OBJECT_STORE}"
OBJECT_PORT = 80
"""Port of the Service; the gateway's pods listen on 8080."""


def storage_class(plan: Plan, *, durable: bool = False) -> str:
    """The class for a volume of one pod: the lab's block class, else the class of its local provider.

    `durable` asks for the class that keeps the volume when the claim is deleted: for databases and whatever is not
    rebuilt from elsewhere. Empty when the lab has no storage: the claim then takes the cluster's default class.
    """
    name = BLOCK_CLASS if plan.has(Capability.STORAGE_BLOCK) else _local_class(plan)
    return f"{name}{RETAIN}" if name and durable else name


def _local_class(plan: Plan) -> str:
    provider = plan.providers.get(Capability.STORAGE_LOCAL)
    return LOCAL_CLASSES.get(provider.name, "") if provider else ""


def outlives_node(plan: Plan) -> bool:
    """Whether a volume of `storage_class` can follow its pod to another host."""
    return plan.has(Capability.STORAGE_BLOCK)


def file_class(plan: Plan) -> str | None:
    """The class for a volume that several pods share (ReadWriteMany); None when the lab has none."""
    return FILE_CLASS if plan.has(Capability.STORAGE_FILE) else None


def object_store(plan: Plan) -> str | None:
    """URL of the lab's own S3 endpoint as pods reach it; None when the lab has none."""
    if not plan.has(Capability.STORAGE_OBJECT):
        return None
    return f"http://{OBJECT_SERVICE}.{ROOK_NAMESPACE}.svc:{OBJECT_PORT}"


def bucket_claim(name: str, namespace: str, bucket: str = "", *, quota: str = "") -> Manifest:
    """A claim of a bucket; where it is fulfilled a Secret and a ConfigMap of the claim's name and namespace appear.

    The Secret holds AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the ConfigMap BUCKET_HOST, BUCKET_PORT and
    BUCKET_NAME. `bucket` is the bucket's name in the whole store, by default `name`; `quota` its largest size (`50Gi`).
    """
    spec: dict[str, Any] = {"bucketName": bucket or name, "storageClassName": BUCKET_CLASS}
    if quota:
        spec["additionalConfig"] = {"maxSize": quota}
    return {
        "apiVersion": "objectbucket.io/v1alpha1",
        "kind": "ObjectBucketClaim",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
