"""The chart rook-ceph-cluster, beside what we say it makes."""

from __future__ import annotations

import pytest

from homelab.software.rook_ceph.cluster import expand
from homelab.software.software import Release
from software.compare import assert_same

POOL = {
    "name": "ssd-pool",
    "spec": {"failureDomain": "zone", "replicated": {"size": 3}},
    "storageClass": {"enabled": False},
}
GRID = {
    "defaults": {},
    "toolbox": {"toolbox": {"enabled": True, "labels": {"a": "b"}, "priorityClassName": "system-cluster-critical"}},
    "toolbox image": {
        "toolbox": {"enabled": True, "tag": "v20.2.3", "resources": None, "tolerations": [{"operator": "Exists"}]},
        "cephClusterSpec": {"network": {"provider": "host"}},
    },
    "toolbox by image": {"toolbox": {"enabled": True, "image": "quay.io/ceph/ceph:v19"}},
    "watched": {"monitoring": {"enabled": True, "createPrometheusRules": True, "interval": "30s"}},
    "named": {"clusterName": "lab", "configOverride": "[global]\nosd_pool_default_size = 3\n", "csiDriverNamePrefix": "x"},
    "pools": {"cephBlockPools": [POOL], "cephFileSystems": [], "cephObjectStores": []},
    "nothing": {"cephBlockPools": [], "cephFileSystems": None, "cephObjectStores": []},
    "snapshots": {"cephFileSystemVolumeSnapshotClass": {"enabled": True}, "cephBlockPoolsVolumeSnapshotClass": {"enabled": True}},
    "classes": {
        "cephBlockPools": [
            {**POOL, "storageClass": {"enabled": True, "name": "keep", "reclaimPolicy": "Retain", "allowVolumeExpansion": False,
                                      "volumeBindingMode": "WaitForFirstConsumer", "mountOptions": ["discard"]}},
        ],
    },
    "cluster": {
        "cephClusterSpec": {
            "mon": {"count": 5},
            "mgr": {"count": 1},
            "storage": {"useAllNodes": False, "useAllDevices": False, "nodes": [{"name": "w", "devices": [{"name": "sdb"}]}]},
            "resources": {"osd": {"limits": {"memory": "2Gi"}}},
            "disruptionManagement": {"managePodBudgets": False},
        }
    },
}  # fmt: skip


def release(values):
    where = "https://charts.rook.io/release"
    return Release("rook-ceph-cluster", where, "v1.20.6", "rook-ceph-cluster", "rook-ceph", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point, oracle, test_data):
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point])
    assert_same(oracle("helm"), test_data / "charts" / "rook-ceph-cluster", made, expand(made))


def test_another_namespace_is_unknown():
    """A cluster outside of the operator's namespace brings accounts that we do not model, and says so."""
    elsewhere = Release(
        "rook-ceph-cluster", "", "v1.20.6", "c", "other", {"ingress": {"dashboard": {"host": {}}}, "x": 1}
    )
    assert len(expand(elsewhere).unknown) == 3
