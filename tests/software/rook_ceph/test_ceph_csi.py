"""The chart ceph-csi-drivers and what its Drivers become."""

from __future__ import annotations

import pytest

from homelab.software.rook_ceph.csi import driver, expand
from homelab.software.software import Release
from software.compare import assert_same

ROOK = {
    "operatorConfig": {
        "namespace": "rook-ceph",
        "driverSpecDefaults": {
            "imageSet": {"name": "rook-csi-operator-image-set-configmap"},
            "nodePlugin": {"priorityClassName": "system-node-critical"},
            "controllerPlugin": {"priorityClassName": "system-cluster-critical"},
        },
    },
    "drivers": {
        "rbd": {"name": "rook-ceph.rbd.csi.ceph.com"},
        "cephfs": {"name": "rook-ceph.cephfs.csi.ceph.com", "snapshotPolicy": "none"},
        "nfs": {"enabled": False},
        "nvmeof": {"enabled": False},
    },
}
SIZED = {"plugin": {"limits": {"memory": "1Gi"}}, "provisioner": {"requests": {"cpu": "10m"}}}
HERE = {"operatorConfig": {"namespace": "rook-ceph"}}
GRID = {
    "defaults": HERE,
    "under rook": ROOK,
    "no config": {"operatorConfig": {"create": False}},
    "sized": {
        **HERE,
        "drivers": {"rbd": {"controllerPlugin": {"replicas": 2, "resources": SIZED}, "nodePlugin": {"resources": SIZED}}},
    },
    "strategy": {
        **HERE,
        "drivers": {
            "cephfs": {
                "controllerPlugin": {"deploymentStrategy": {"type": "Recreate"}, "hostNetwork": True, "replicas": 0},
                "nodePlugin": {"updateStrategy": {"type": "OnDelete"}, "labels": {"a": "b"}, "kubeletDirPath": "/k"},
            }
        },
    },
    "logs": {"operatorConfig": {"namespace": "x", "log": {"verbosity": 3}}, "drivers": {"rbd": {"log": {"rotation": {"enabled": False}}}}},
    "more": {
        **HERE,
        "drivers": {
            "rbd": {
                "enableMetadata": True, "clusterName": "c", "encryption": {"configMapRef": {"name": "kms"}},
                "imageSet": {"name": "i"}, "kernelMountOptions": {"ms_mode": "crc"}, "log": None,
            }
        },
    },
    "bare": {**HERE, "drivers": {"rbd": {"nodePlugin": None, "controllerPlugin": None}}},
    "placed": {
        **HERE,
        "drivers": {
            "rbd": {
                "nodePlugin": {
                    "tolerations": [{"operator": "Exists"}], "topology": {"domainLabels": ["zone"]},
                    "enableSeLinuxHostMount": True, "affinity": {"nodeAffinity": {}},
                },
                "controllerPlugin": {"affinity": {"nodeAffinity": {}}, "containerExtraArgs": {"plugin": ["-v"]}},
            }
        },
    },
}  # fmt: skip


def release(values):
    where = "https://ceph.github.io/ceph-csi-operator"
    return Release("ceph-csi-drivers", where, "1.0.4", "ceph-csi-drivers", "rook-ceph", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point, oracle, test_data):
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point])
    assert_same(oracle("helm"), test_data / "charts" / "ceph-csi-drivers", made, expand(made))


def test_a_driver_becomes_a_controller_and_node_pods():
    """A Driver is one Deployment with its replicas and one DaemonSet on every node; without snapshots no snapshotter."""
    drivers = [body for body in expand(release(ROOK)).objects if body["kind"] == "Driver"]
    made = driver(drivers[0], lambda *_: None)
    deployment, daemons, _ = made.objects
    assert deployment["metadata"]["name"] == "rook-ceph.rbd.csi.ceph.com-ctrlplugin"
    assert deployment["spec"]["replicas"] == 1
    assert [c["name"] for c in daemons["spec"]["template"]["spec"]["containers"]][:2] == [
        "csi-rbdplugin",
        "driver-registrar",
    ]
    assert "csi-snapshotter" not in {c["name"] for c in deployment["spec"]["template"]["spec"]["containers"]}


def test_defaults_of_the_operator_fill_a_driver():
    """What the OperatorConfig says holds for a driver that does not say it itself."""
    objects = {(body["kind"], body["metadata"]["name"]): body for body in expand(release(ROOK)).objects}
    config = objects["OperatorConfig", "ceph-csi-operator-config"]
    made = driver(objects["Driver", "rook-ceph.cephfs.csi.ceph.com"], lambda *_: config)
    assert made.objects[0]["spec"]["template"]["spec"]["priorityClassName"] == "system-cluster-critical"


def test_a_driver_with_snapshots_and_without_rotation():
    """Snapshots bring their sidecar; without rotation of logs there is none for it; own anti-affinity is kept."""
    own = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}
    spec = {"snapshotPolicy": "volumeSnapshot", "controllerPlugin": {"replicas": 3, "affinity": own}}
    body = {"metadata": {"name": "x.rbd.csi.ceph.com", "namespace": "rook-ceph"}, "spec": spec}
    deployment, daemons, _ = driver(body, lambda *_: None).objects
    pod = deployment["spec"]["template"]["spec"]
    assert [container["name"] for container in pod["containers"]][-1] == "csi-snapshotter"
    assert pod["affinity"] == own
    assert len(daemons["spec"]["template"]["spec"]["containers"]) == 2


def test_a_driver_without_plugins_is_accepted():
    """Values that take a plugin's settings away leave the account only."""
    made = expand(release({"drivers": {"rbd": {"nodePlugin": None, "controllerPlugin": None}}}))
    (spec,) = [
        body["spec"]
        for body in made.objects
        if body["metadata"]["name"] == "rbd.csi.ceph.com" and body["kind"] == "Driver"
    ]
    assert spec["nodePlugin"] == {"serviceAccountName": "rbd-csi-ceph-com-nodeplugin-sa"}
