"""The shape of a lab: Nodes as kubelets would register them."""

from __future__ import annotations

from homelab.documents.quantity import parse_bytes
from homelab.ground import Ground, Node
from homelab.twin.control_plane import ALIVE
from homelab.twin.nodes import CONTROL_PLANE, nodes

GIB = 1 << 30
GROUND = Ground(
    kubernetes="1.35.2",
    talos="1.13.9",
    nodes=(
        Node("ctrl", True, False, "pve-1", "192.0.2.1", 4, 8 * GIB, 50 * GIB, labels={"topology.kubernetes.io/zone": "pve-1"}),
        Node("both", True, True, "pve-2", "192.0.2.2", 2.5, 16 * GIB, 50 * GIB),
        Node("work", False, True, "pve-2", "192.0.2.3", 8, 16 * GIB, 50 * GIB),
    ),
)  # fmt: skip


def by_name():
    """The Nodes of the lab above by their names."""
    return {body["metadata"]["name"]: body for body in nodes(GROUND)}


def test_only_a_reserved_control_plane_is_tainted():
    """A control plane that takes pods has its role and no taint."""
    found = by_name()
    assert found["ctrl"]["spec"]["taints"] == [{"key": CONTROL_PLANE, "effect": "NoSchedule"}]
    assert found["both"]["spec"]["taints"] == found["work"]["spec"]["taints"] == []
    assert [CONTROL_PLANE in found[name]["metadata"]["labels"] for name in ("ctrl", "both", "work")] == [1, 1, 0]


def test_a_node_has_the_room_of_its_machine():
    """Capacity is the machine's, and pods get less of its memory than there is."""
    status = by_name()["both"]["status"]
    assert status["capacity"]["cpu"] == "2500m"
    assert parse_bytes(status["capacity"]["memory"]) == 16 * GIB
    assert parse_bytes(status["allocatable"]["memory"]) < 16 * GIB
    assert status["capacity"]["pods"] == "110"


def test_labels_of_the_lab_are_there_and_all_begin_alive():
    """The zone is what the lab's configuration says."""
    found = by_name()
    assert found["ctrl"]["metadata"]["labels"]["topology.kubernetes.io/zone"] == "pve-1"
    assert {body["metadata"]["labels"][ALIVE] for body in found.values()} == {"true"}


def test_a_node_says_the_kubernetes_of_the_lab():
    """What `kubectl get nodes` shows is the lab's version."""
    assert by_name()["work"]["status"]["nodeInfo"]["kubeletVersion"] == "v1.35.2"
