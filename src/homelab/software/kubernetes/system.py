"""StorageClasses: one kind, many provisioners; each class is told by the system behind it."""

from __future__ import annotations

from collections.abc import Callable

from homelab.kube.facts import Expansion
from homelab.kube.resource import Manifest
from homelab.software.local_path import system as local_path
from homelab.software.longhorn import jobs as longhorn
from homelab.software.rook_ceph import pools as ceph_pools
from homelab.software.software import KindTruth, Software


def expand(body: Manifest, lookup: Callable[[str, str, str], Manifest | None]) -> Expansion:
    """What is true of a class by its provisioner; nothing for provisioners that say nothing."""
    if body.get("provisioner") == local_path.PROVISIONER:
        return local_path.storage_class(body, lookup)
    if body.get("provisioner") == longhorn.PROVISIONER:
        return longhorn.storage_class(body, lookup)
    return ceph_pools.storage_class(body, lookup)


STORAGE_CLASSES = Software(name="storage-classes", kinds=(KindTruth("storage.k8s.io", "StorageClass", expand),))
