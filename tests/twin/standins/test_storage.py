"""Ceph and Velero: one step after the other, and buckets whose keys and addresses appear where they are read."""

from __future__ import annotations

from homelab.twin.standins.ceph_csi import CEPH_CSI
from homelab.twin.standins.rook_ceph import ROOK_CEPH
from homelab.twin.standins.velero import VELERO
from homelab.twin.standins.world import MOOD, decoded
from twin.standins.scenes import Cluster, thing

CEPH, SPACE = "ceph.rook.io/v1", "rook-ceph"


def ceph():
    """A cluster of two nodes with a disk each, a filesystem, a store, and a bucket in it."""
    nodes = [{"name": name, "devices": [{"name": "sdb"}]} for name in ("n1", "n2")]
    spec = {"mon": {"count": 3}, "mgr": {"count": 1}, "storage": {"nodes": nodes}}
    buckets = thing(
        "StorageClass", "buckets", "", "storage.k8s.io/v1", provisioner="rook-ceph.ceph.rook.io/bucket",
        parameters={"objectStoreName": "store", "objectStoreNamespace": SPACE, "region": "here"},
    )  # fmt: skip
    return (
        thing("CephCluster", SPACE, SPACE, CEPH, spec=spec),
        thing("CephFilesystem", "files", SPACE, CEPH, spec={"metadataServer": {"activeCount": 1}}),
        thing("CephObjectStore", "store", SPACE, CEPH, spec={"gateway": {"instances": 1, "port": 80}}),
        buckets,
        thing("ObjectBucketClaim", "copies", "shop", "objectbucket.io/v1alpha1", spec={"generateBucketName": "copies", "storageClassName": "buckets"}),
    )  # fmt: skip


def phases(cluster):
    """Kind to phase."""
    kinds = {"CephCluster": SPACE, "CephFilesystem": "files", "CephObjectStore": "store"}
    found = {kind: cluster.get(kind, name, SPACE)["status"]["phase"] for kind, name in kinds.items()}
    return {**found, "ObjectBucketClaim": cluster.get("ObjectBucketClaim", "copies", "shop")["status"]["phase"]}


def deployments(cluster):
    """The names of Deployments, without the prefix that all have."""
    return [each["metadata"]["name"].removeprefix("rook-ceph-") for each in cluster.world().of("apps", "Deployment")]


def test_ceph_comes_up_whole():
    """A cluster whose daemons all run is ready, and so are its filesystem, its store and the bucket."""
    cluster = Cluster(*ceph()).settle(ROOK_CEPH)
    assert phases(cluster) == {
        "CephCluster": "Ready",
        "CephFilesystem": "Ready",
        "CephObjectStore": "Ready",
        "ObjectBucketClaim": "Bound",
    }
    assert {"mon-a", "mon-c", "mgr-a", "osd-0", "osd-1", "mds-files-b", "rgw-store-a"} <= set(deployments(cluster))


def test_monitors_come_first():
    """While monitors do not run nothing else is made, and all above waits."""
    cluster = Cluster(*ceph()).settle(ROOK_CEPH, pods=False)
    assert deployments(cluster) == ["mon-a", "mon-b", "mon-c"]
    assert set(phases(cluster).values()) == {"Progressing", "Pending"}


def test_a_bucket_is_found_by_its_keys():
    """A bucket's Secret and ConfigMap have the keys that programs read, in the claim's namespace."""
    cluster = Cluster(*ceph()).settle(ROOK_CEPH)
    where = cluster.get("ConfigMap", "copies", "shop")["data"]
    assert where["BUCKET_HOST"] == "rook-ceph-rgw-store.rook-ceph.svc"
    assert where["BUCKET_NAME"].startswith("copies-")
    secret = cluster.get("Secret", "copies", "shop")
    assert all(decoded(secret, key) for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))


def test_ceph_in_trouble_says_so():
    """A cluster that a drill breaks says HEALTH_ERR."""
    bodies = ceph()
    bodies[0]["metadata"]["annotations"] = {MOOD: "degraded"}
    cluster = Cluster(*bodies).settle(ROOK_CEPH)
    assert cluster.get("CephCluster", SPACE, SPACE)["status"]["ceph"]["health"] == "HEALTH_ERR"


def test_a_user_gets_keys_once_its_store_is_ready():
    """A user's Secret has its keys and the address of its store."""
    user = thing("CephObjectStoreUser", "clerk", SPACE, CEPH, spec={"store": "store"})
    cluster = Cluster(*ceph(), user).settle(ROOK_CEPH)
    secret = cluster.get("Secret", "rook-ceph-object-user-store-clerk", SPACE)
    assert decoded(secret, "Endpoint") == b"http://rook-ceph-rgw-store.rook-ceph.svc:80"
    assert decoded(secret, "SecretKey")


def test_a_driver_becomes_its_plugins():
    """A CSI driver becomes a controller and a plugin on each node."""
    driver = thing("Driver", "rook-ceph.rbd.csi.ceph.com", SPACE, "csi.ceph.io/v1", spec={})
    cluster = Cluster(driver).settle(CEPH_CSI)
    assert cluster.get("Deployment", "rook-ceph.rbd.csi.ceph.com-ctrlplugin", SPACE) is not None
    assert cluster.get("DaemonSet", "rook-ceph.rbd.csi.ceph.com-nodeplugin", SPACE) is not None


def test_a_place_for_copies_can_be_taken_away():
    """A place for copies is available, until a drill takes it away."""
    place = thing("BackupStorageLocation", "away", "velero", "velero.io/v1", spec={})
    cluster = Cluster(place).settle(VELERO)
    assert cluster.get("BackupStorageLocation", "away", "velero")["status"]["phase"] == "Available"
    cluster.more["moods"] = {"BackupStorageLocation/velero/away": "degraded"}
    cluster.settle(VELERO)
    assert cluster.get("BackupStorageLocation", "away", "velero")["status"]["phase"] == "Unavailable"
