"""Rancher's local-path provisioner: volumes that are folders on the disk of the node that runs the pod.

Its controller is started without leader election (main.go of rancher/local-path-provisioner), so a second one would
make every volume twice; it is missed only when volumes are made or deleted.
"""

from __future__ import annotations

from collections.abc import Callable

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Fact, HostPaths, Role, Singleton
from homelab.kube.resource import Manifest
from homelab.software.software import Software

PROVISIONER = "rancher.io/local-path"
PLACES = ("local-path-storage", "kube-system")
"""Where its own manifest and where k3s put it."""
SOURCE = "rancher/local-path-provisioner main.go"
TYPE = "defaultVolumeType"
TYPES = "rancher/local-path-provisioner provisioner.go, createPersistentVolumeSource"


def storage_class(body: Manifest, lookup: Callable[[str, str, str], Manifest | None]) -> Expansion:
    """A class of this provisioner: the type of its volumes, and what is true of the Deployment behind it, where declared."""
    found: list[Fact] = []
    meta = body["metadata"]
    if str((meta.get("annotations") or {}).get(TYPE, "")).lower() != "local":
        found.append(HostPaths(Subject("StorageClass", meta["name"]), (TYPE, "local"), TYPES))
    for space in PLACES:
        if lookup("Deployment", space, "local-path-provisioner"):
            subject = Subject("Deployment", "local-path-provisioner", space)
            found.append(Singleton(subject, "it elects no leader: two would make every volume twice", SOURCE))
            found.append(Role(subject, "change", "it makes and deletes volumes; those made need it no more"))
            break
    return Expansion(facts=tuple(found))


LOCAL_PATH = Software(name="local-path-provisioner")
