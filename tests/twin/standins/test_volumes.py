"""Volumes: made when their provisioner would, where it would, and gone when it says so."""

from __future__ import annotations

from homelab.twin.standins.volumes import PROVISIONED, SELECTED, VOLUMES, WHO
from twin.standins.scenes import Cluster, running, thing

LOCAL, RBD, PROXMOX = "rancher.io/local-path", "rook-ceph.rbd.csi.ceph.com", "csi.proxmox.sinextra.dev"
STORAGE = "storage.k8s.io/v1"
PROGRAMS = [running("docker.io/rancher/local-path-provisioner:v1"), running("r.io/csi-provisioner:v1", "csi")]


def class_of(provisioner, *, waits, **fields):
    """A StorageClass."""
    mode = "WaitForFirstConsumer" if waits else "Immediate"
    return thing("StorageClass", "disks", "", STORAGE, provisioner=provisioner, volumeBindingMode=mode, **fields)


def claim(provisioner, node=""):
    """A claim that the real controller has handed to its provisioner, its pod's node chosen or not."""
    marks = {WHO[0]: provisioner, **({SELECTED: node} if node else {})}
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}}
    return thing("PersistentVolumeClaim", "data", "shop", metadata={"annotations": marks}, spec={"storageClassName": "disks", **asked})  # fmt: skip


NODE = thing("Node", "n1", metadata={"labels": {"kubernetes.io/hostname": "n1", "topology.kubernetes.io/zone": "box"}})


def volumes(*bodies):
    """The volumes that come to be."""
    return Cluster(NODE, *PROGRAMS, *bodies).settle(VOLUMES).world().of("", "PersistentVolume")


def nailed(volume):
    """To which label and value a volume is nailed; None where it can go anywhere."""
    terms = volume["spec"].get("nodeAffinity", {}).get("required", {}).get("nodeSelectorTerms", [])
    return (terms[0]["matchExpressions"][0]["key"], *terms[0]["matchExpressions"][0]["values"]) if terms else None


def test_a_local_volume_is_nailed_to_the_node_of_its_pod():
    """A volume of a local class lies on the node that the scheduler chose, and binds to its claim by uid."""
    (made,) = volumes(class_of(LOCAL, waits=True, reclaimPolicy="Retain"), claim(LOCAL, "n1"))
    assert nailed(made) == ("kubernetes.io/hostname", "n1")
    assert made["spec"]["claimRef"]["uid"] == "uid-PersistentVolumeClaim-shop-data"
    assert (made["spec"]["capacity"], made["spec"]["persistentVolumeReclaimPolicy"]) == ({"storage": "5Gi"}, "Retain")


def test_a_claim_waits_for_its_first_pod():
    """A class that waits for its first consumer makes no volume before a node is chosen."""
    assert volumes(class_of(LOCAL, waits=True), claim(LOCAL)) == []


def test_a_network_volume_goes_anywhere():
    """A volume of a network class is made at once and is nailed to no node."""
    (made,) = volumes(class_of(RBD, waits=False), claim(RBD))
    assert nailed(made) is None
    assert made["spec"]["csi"]["driver"] == RBD


def test_a_disk_of_a_machine_stays_in_its_machine():
    """A volume of the hypervisor's driver can go to every node of the same machine."""
    (made,) = volumes(class_of(PROXMOX, waits=True), claim(PROXMOX, "n1"))
    assert nailed(made) == ("topology.kubernetes.io/zone", "box")


def test_without_its_provisioner_nothing_is_made():
    """A claim waits while the program that makes its volumes does not run, and where the claim is another's."""
    given = Cluster(NODE, class_of(LOCAL, waits=True), claim(LOCAL, "n1")).settle(VOLUMES)
    assert given.world().of("", "PersistentVolume") == []
    assert volumes(class_of(LOCAL, waits=True), claim("example.org/other", "n1")) == []


def test_a_released_volume_goes_with_its_policy():
    """A released volume is deleted where its policy says Delete, and stays where it says Retain."""
    kept, gone = (
        thing(
            "PersistentVolume",
            policy,
            metadata={"annotations": {PROVISIONED: LOCAL}},
            spec={"persistentVolumeReclaimPolicy": policy},
            status={"phase": "Released"},
        )
        for policy in ("Retain", "Delete")
    )
    assert [each["metadata"]["name"] for each in volumes(kept, gone)] == ["Retain"]


def test_an_attachment_is_attached():
    """A VolumeAttachment of a driver is said to be attached."""
    asked = thing("VolumeAttachment", "csi-1", "", STORAGE, spec={"attacher": RBD})
    cluster = Cluster(asked).settle(VOLUMES)
    assert cluster.get("VolumeAttachment", "csi-1")["status"] == {"attached": True}
