"""The chart rook-ceph, beside what we say it makes."""

from __future__ import annotations

import pytest

from homelab.software.rook_ceph.operator import expand
from homelab.software.software import Release
from software.compare import assert_same

GRID = {
    "defaults": {},
    "monitoring": {"monitoring": {"enabled": True}},
    "csi monitor": {
        "monitoring": {"enabled": True},
        "csi": {"serviceMonitor": {"enabled": True, "labels": {"release": "x"}}},
    },
    "no csi operator": {"csi": {"installCsiOperator": False}},
    "no crds": {"crds": {"enabled": False}},
    "no rbac": {"rbacEnable": False},
    "aggregate": {"rbacAggregate": {"enableOBCs": True}},
    "scaled down": {"scaleDownOperator": True, "useOperatorHostNetwork": True},
    "sized": {"resources": {"requests": {"cpu": "1"}, "limits": None}, "priorityClassName": "system-cluster-critical"},
    "placed": {"nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}], "operatorPodLabels": {"x": "y"}},
    "csi copies": {
        "ceph-csi-operator": {
            "controllerManager": {
                "replicas": 2,
                "priorityClassName": "system-cluster-critical",
                "manager": {"resources": {"limits": {"cpu": None, "memory": "256Mi"}}},
                "topologySpreadConstraints": [
                    {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
                ],
            }
        }
    },
    "insecure": {"containerSecurityContext": None, "resources": None, "unreachableNodeTolerationSeconds": 30},
}


def release(values):
    return Release("rook-ceph", "https://charts.rook.io/release", "v1.20.6", "rook-ceph", "rook-ceph", values)


@pytest.mark.slow
@pytest.mark.parametrize("point", GRID)
def test_same_as_the_chart(point, oracle, test_data):
    """At every point of the grid the expansion equals what real helm renders."""
    made = release(GRID[point])
    assert_same(oracle("helm"), test_data / "charts" / "rook-ceph", made, expand(made))


def test_a_key_we_do_not_model_is_named():
    """A values key outside of the model is said to be unknown, never silently ignored."""
    assert expand(release({"enableDiscoveryDaemon": True})).unknown == (
        "values key enableDiscoveryDaemon is not modelled",
    )
