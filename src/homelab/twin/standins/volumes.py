"""Volumes: a PersistentVolume for each claim, where its class would put it, as its provisioner says of itself.

A claim of a class that waits for its first pod gets its volume when the scheduler has chosen a node; one of a disk in
that node is nailed to it. The real controllers bind, protect and release (pkg/controller/volume/persistentvolume); what the
sidecar external-provisioner does of it is done here: make the volume, and delete it when it is released.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.model.storage import LOCAL
from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.twin.standins.acts import Act, Make, Remove, Say
from homelab.twin.standins.standin import StandIn
from homelab.twin.standins.world import World

STORAGE = "storage.k8s.io"
CLASSES, ATTACHMENTS = (STORAGE, "StorageClass"), (STORAGE, "VolumeAttachment")
DEFAULT = "storageclass.kubernetes.io/is-default-class"
SELECTED = "volume.kubernetes.io/selected-node"
PROVISIONED = "pv.kubernetes.io/provisioned-by"
WHO = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")
LOCAL_PATH = "rancher.io/local-path"
BY_HAND = "kubernetes.io/no-provisioner"


def claim(body: Object, world: World) -> Iterator[Act]:
    """A PersistentVolumeClaim that waits for its provisioner: the volume."""
    wanted = _class(body, world)
    if wanted is None or dig(body, ["spec", "volumeName"], "") or world.mood(body):
        return
    provisioner = str(wanted["provisioner"])
    marks = body["metadata"].get("annotations") or {}
    node = str(marks.get(SELECTED, ""))
    waits = wanted.get("volumeBindingMode") == "WaitForFirstConsumer"
    # The real controller names whom it waits for; until then the claim is not a provisioner's business.
    asked = any(marks.get(each) == provisioner for each in WHO)
    if provisioner in {BY_HAND, ""} or not asked or (waits and not node) or not _works(provisioner, world):
        return
    yield Make(_volume(body, wanted, _there(node, provisioner, world)))


def _works(provisioner: str, world: World) -> bool:
    """Whether the program that makes such volumes runs: its own, or the sidecar that all drivers carry."""
    return world.runs("local-path-provisioner" if provisioner == LOCAL_PATH else "csi-provisioner")


def _class(claim_body: Object, world: World) -> Object | None:
    name = dig(claim_body, ["spec", "storageClassName"])
    if name is not None:
        return world.get(*CLASSES, "", str(name)) if name else None
    classes = world.of(*CLASSES)
    return next((each for each in classes if dig(each, ["metadata", "annotations", DEFAULT]) == "true"), None)


def _there(node: str, provisioner: str, world: World) -> Object | None:
    """The node that a volume cannot leave; None where it can."""
    return world.get("", "Node", "", node) if any(each in provisioner for each in LOCAL) else None


def _volume(body: Object, wanted: Object, node: Object | None) -> Object:
    meta, spec = body["metadata"], body["spec"]
    name = f"pvc-{meta['uid']}"
    asked = {key: spec[key] for key in ("accessModes", "volumeMode") if spec.get(key)}
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": meta["namespace"]}
    made: Object = {
        **asked,
        "capacity": {"storage": spec["resources"]["requests"]["storage"]},
        "storageClassName": wanted["metadata"]["name"],
        "persistentVolumeReclaimPolicy": wanted.get("reclaimPolicy", "Delete"),
        "claimRef": {**reference, "name": meta["name"], "uid": meta["uid"]},
        **({"mountOptions": wanted["mountOptions"]} if wanted.get("mountOptions") else {}),
        **_source(name, str(wanted["provisioner"]), node),
    }
    marks = {PROVISIONED: wanted["provisioner"]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": marks},
        "spec": made,
    }


def _source(name: str, provisioner: str, node: Object | None) -> Object:
    """Where a volume lies: a folder of a node, a disk of its machine, or anywhere."""
    if provisioner == LOCAL_PATH and node is not None:
        host = dig(node, ["metadata", "labels", "kubernetes.io/hostname"], node["metadata"]["name"])
        folder = {"hostPath": {"path": f"/var/lib/local-path-provisioner/{name}", "type": "DirectoryOrCreate"}}
        return {**folder, "nodeAffinity": _nailed("kubernetes.io/hostname", str(host))}
    found: Object = {"csi": {"driver": provisioner, "volumeHandle": name}}
    if node is not None:
        # a disk of a machine: every node of that machine could have it (allowed topologies are zones)
        zone = dig(node, ["metadata", "labels", "topology.kubernetes.io/zone"], "")
        term = ("topology.kubernetes.io/zone", zone) if zone else ("kubernetes.io/hostname", node["metadata"]["name"])
        found["nodeAffinity"] = _nailed(*term)
    return found


def _nailed(label: str, value: str) -> Object:
    wanted = {"key": label, "operator": "In", "values": [value]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [wanted]}]}}


def volume(body: Object, world: World) -> Iterator[Act]:
    """A PersistentVolume whose claim is gone: deleted with its data, where its class says so."""
    phase, policy = dig(body, ["status", "phase"], ""), dig(body, ["spec", "persistentVolumeReclaimPolicy"], "")
    ours = dig(body, ["metadata", "annotations", PROVISIONED], "")
    if phase == "Released" and policy == "Delete" and ours and not world.mood(body):
        yield Remove(body)


def attachment(body: Object, world: World) -> Iterator[Act]:
    """A VolumeAttachment: attached."""
    if not world.mood(body):
        yield Say(body, {"attached": True})


VOLUMES = StandIn(
    "storage provisioners",
    {
        ("", "PersistentVolumeClaim"): claim,
        ("", "PersistentVolume"): volume,
        ATTACHMENTS: attachment,
    },
    sees=(CLASSES, ("", "Node"), ("", "Pod")),
)
