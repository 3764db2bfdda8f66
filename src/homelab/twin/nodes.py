"""The shape of the lab: a Node for each of its machines, as its kubelet would register it.

Labels and taints are those of Talos and of the kubelet (https://kubernetes.io/docs/reference/labels-annotations-taints/); the
zone of a node is the machine that carries it, as the lab's own configuration says.
"""

from __future__ import annotations

from typing import Any

from homelab.assess.model.machines import allocatable
from homelab.ground import Ground, Node
from homelab.twin.control_plane import ALIVE

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
PODS = 110
"""Pods a kubelet takes unless told otherwise."""
KI = 1 << 10


def nodes(ground: Ground) -> list[dict[str, Any]]:
    """A Node for each machine of the Ground, alive."""
    return [_node(each, ground) for each in ground.nodes]


def _node(node: Node, ground: Ground) -> dict[str, Any]:
    role = {CONTROL_PLANE: ""} if node.control_plane else {}
    labels = {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        **role,
        **node.labels,
        ALIVE: "true",
    }
    taints = [{"key": CONTROL_PLANE, "effect": "NoSchedule"}] if node.control_plane and not node.schedulable else []
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": labels},
        "spec": {"taints": taints},
        "status": {
            "addresses": [{"type": "InternalIP", "address": node.address}, {"type": "Hostname", "address": node.name}],
            "capacity": _room(node, node.memory),
            "allocatable": _room(node, allocatable(node)),
            "nodeInfo": _info(ground),
        },
    }


def _room(node: Node, memory: int) -> dict[str, str]:
    return {
        "cpu": f"{round(node.cpu * 1000)}m",
        "memory": f"{memory // KI}Ki",
        "ephemeral-storage": f"{node.disk // KI}Ki",
        "pods": str(PODS),
    }


def _info(ground: Ground) -> dict[str, str]:
    return {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "osImage": f"Talos (v{ground.talos})" if ground.talos else "twin",
        "kubeletVersion": f"v{ground.kubernetes}" if ground.kubernetes else "v0.0.0",
        "containerRuntimeVersion": "kwok://0.8.0",
        "kernelVersion": "",
        "bootID": "",
        "machineID": "",
        "systemUUID": "",
        "kubeProxyVersion": "",
    }
