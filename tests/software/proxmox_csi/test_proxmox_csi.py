"""The chart proxmox-csi-plugin, beside what we say it makes."""

from __future__ import annotations

import pytest

from homelab.software.proxmox_csi.system import expand
from homelab.software.software import Release
from software.compare import assert_same

GRID = {
    "defaults": {},
    "two": {"replicaCount": 2, "priorityClassName": "", "updateStrategy": {"type": "Recreate", "rollingUpdate": None}},
    "watched": {"metrics": {"enabled": True, "port": 9000}},
    "secret": {"existingConfigSecret": "proxmox-csi"},
    "configured": {"config": {"clusters": [{"url": "https://pve:8006/api2/json", "region": "r"}]}, "createNamespace": True},
    "classes": {
        "storageClass": [
            {"name": "a", "storage": "local-zfs", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            {"name": "b", "storage": "s", "reclaimPolicy": "Retain", "volumeBindingMode": "Immediate", "mountOptions": ["discard"]},
        ]
    },
    "sized": {
        "controller": {"plugin": {"resources": {"limits": {"memory": "1Gi"}}}, "snapshotter": {"enabled": True}},
        "node": {"plugin": {"resources": {"limits": {"memory": "1Gi"}}}, "driverRegistrar": {"resources": None}},
        "livenessprobe": {"resources": {"requests": None}},
    },
    "placed": {
        "nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}], "affinity": {"nodeAffinity": {}},
        "node": {"tolerations": [], "nodeSelector": {"c": "d"}}, "podLabels": {"x": "y"}, "controller": {"podLabels": {"q": "r"}},
    },
    "accounts": {"serviceAccount": {"create": False}, "securityContext": {"readOnlyRootFilesystem": None}},
    "named": {"serviceAccount": {"name": "csi"}, "provisionerName": "p", "initContainers": [{"name": "i", "image": "b:1"}]},
}  # fmt: skip


def release(values, name="proxmox-csi"):
    where = "oci://ghcr.io/sergelogvinov/charts"
    return Release("proxmox-csi-plugin", where, "0.5.9", name, "csi-proxmox", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point, oracle, test_data):
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point], "proxmox-csi-plugin" if point == "watched" else "proxmox-csi")
    assert_same(oracle("helm"), test_data / "charts" / "proxmox-csi-plugin", made, expand(made))


def test_what_is_not_modelled_is_named():
    """A key outside of the model is said to be unknown."""
    assert expand(release({"fullnameOverride": "x"})).unknown == ("values key fullnameOverride is not modelled",)
