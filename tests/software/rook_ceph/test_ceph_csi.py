"""What the Drivers of Ceph CSI become."""

from __future__ import annotations

from homelab.software.rook_ceph.csi import driver

DRIVER = {"kind": "Driver", "metadata": {"name": "rook-ceph.rbd.csi.ceph.com", "namespace": "rook-ceph"}}
PLAIN = {
    "snapshotPolicy": "none",
    "log": {"rotation": {"maxFiles": 7}},
    "nodePlugin": {"tolerations": []},
    "controllerPlugin": {"replicas": 1},
}
CONFIG = {"spec": {"driverSpecDefaults": {"controllerPlugin": {"priorityClassName": "system-cluster-critical"}}}}


def test_a_driver_becomes_a_controller_and_node_pods():
    """A Driver is one Deployment with its replicas and one DaemonSet on every node; without snapshots no snapshotter."""
    made = driver({**DRIVER, "spec": PLAIN}, lambda *_: None)
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
    made = driver({**DRIVER, "spec": PLAIN}, lambda *_: CONFIG)
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
