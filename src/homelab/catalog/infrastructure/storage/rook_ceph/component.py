"""Rook-Ceph: block, file and object storage out of the raw disks of the nodes, which survives the loss of any of them.

Four Applications: the operator, the CSI drivers (since Rook 1.20 a chart of their own), the cluster with its pools, and
the StorageClasses. None is ever cascaded: switching the component off leaves the data where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.infrastructure.storage.rook_ceph.alerts import alerts
from homelab.catalog.infrastructure.storage.rook_ceph.classes import classes
from homelab.catalog.infrastructure.storage.rook_ceph.cluster import cluster_values, storage_nodes
from homelab.catalog.infrastructure.storage.rook_ceph.settings import Settings
from homelab.catalog.needs import change, run
from homelab.catalog.offers.lab import copies, sized, spread_over_hosts
from homelab.catalog.offers.monitoring import monitored
from homelab.catalog.offers.storage import OBJECT_STORE, ROOK_NAMESPACE
from homelab.catalog.plan import Plan, practice
from homelab.catalog.providers import has_ceph
from homelab.kube.resource import Manifest
from homelab.spec.names import unresolved
from homelab.spec.source import Problem

OPERATOR = Chart("https://charts.rook.io/release", "rook-ceph", "v1.20.6")
DRIVERS = Chart("https://ceph.github.io/ceph-csi-operator", "ceph-csi-drivers", "1.0.4")
CLUSTER = Chart("https://charts.rook.io/release", "rook-ceph-cluster", "v1.20.6")
CSI_OPERATOR = {
    "control-plane": "ceph-csi-op-controller-manager",
    "app.kubernetes.io/name": "ceph-csi",
    "app.kubernetes.io/instance": "rook-ceph",
}


def operator_values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart `rook-ceph`."""
    operator = sized(plan, settings, "100m", "256Mi", limit="1Gi")
    manager = sized(plan, settings, "20m", "64Mi", limit="256Mi")
    rules = spread_over_hosts(plan, settings, CSI_OPERATOR)
    return {
        **({"resources": operator} if operator else {}),
        "priorityClassName": "system-cluster-critical",
        "monitoring": {
            "enabled": because(monitored(plan, settings), "the rights to make ServiceMonitors for the cluster")
        },
        "ceph-csi-operator": {
            "controllerManager": {
                "replicas": settings.csi_operator_replicas or copies(plan, 2),
                **({"manager": {"resources": manager}} if manager else {}),
                **({"topologySpreadConstraints": rules} if rules else {}),
            }
        },
    }


def _driver(plan: Plan, settings: Settings, kind: str) -> Values:
    controller: dict[str, Any] = {"replicas": settings.csi_replicas or copies(plan, 2)}
    node: dict[str, Any] = {}
    if practice(plan, settings, "requests"):
        side, plugin = sized(plan, settings, "10m", "48Mi"), sized(plan, settings, "50m", "128Mi", limit="1Gi")
        sides = dict.fromkeys(("attacher", "resizer", "provisioner", "logRotator"), side)
        controller["resources"] = {**sides, "plugin": plugin}
        node["resources"] = {"registrar": side, "logRotator": side, "plugin": plugin}
    return {
        "name": because(
            f"{ROOK_NAMESPACE}.{kind}.csi.ceph.com", "Rook expects its namespace as prefix of the driver's name"
        ),
        "snapshotPolicy": because("none", "this lab has no snapshot controller; backups copy files"),
        "controllerPlugin": controller,
        **({"nodePlugin": node} if node else {}),
    }


def driver_values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart `ceph-csi-drivers`, with the names that Rook expects."""
    return {
        "operatorConfig": {
            "namespace": ROOK_NAMESPACE,
            "driverSpecDefaults": {
                "imageSet": {"name": because("rook-csi-operator-image-set-configmap", "the versions that Rook tested")},
                "nodePlugin": {"priorityClassName": "system-node-critical"},
                "controllerPlugin": {"priorityClassName": "system-cluster-critical"},
            },
        },
        "drivers": {
            "rbd": _driver(plan, settings, "rbd"),
            "cephfs": _driver(plan, settings, "cephfs"),
            "nfs": {"enabled": False},
            "nvmeof": {"enabled": False},
        },
    }


def _budget(name: str, labels: dict[str, str]) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": ROOK_NAMESPACE},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": labels}},
    }


def operator_resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """The budget of the CSI operator, which its chart lacks."""
    if practice(plan, settings, "budgets") and (settings.csi_operator_replicas or copies(plan, 2)) > 1:
        yield _budget("ceph-csi-controller-manager", CSI_OPERATOR)


def driver_resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """Budgets of the controllers that make and attach volumes, which their operator does not make."""
    if practice(plan, settings, "budgets") and (settings.csi_replicas or copies(plan, 2)) > 1:
        for kind in ("rbd", "cephfs"):
            name = f"{ROOK_NAMESPACE}.{kind}.csi.ceph.com-ctrlplugin"
            yield _budget(name, {"app": name})


def flows(_plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """Who talks to whom. Daemons pick ports from 6800 up, so among themselves and for the nodes all ports are open (0)."""

    def pods(**labels: str) -> Pods:
        return Pods(ROOK_NAMESPACE, labels)

    everything = Pods(ROOK_NAMESPACE)
    return (
        Serves(pods(app="rook-ceph-rgw", rook_object_store=OBJECT_STORE), 8080, capability=Capability.STORAGE_OBJECT),
        Serves(pods(app="rook-ceph-mgr"), 9283, audience="metrics"),
        Serves(pods(app="rook-ceph-exporter"), 9926, audience="metrics"),
        Serves(everything, 0, audience="namespace"),
        Serves(everything, 0, audience="host"),
        Uses(everything, outside="api-server"),
        Uses(everything, outside="host"),
    )


def refuses(plan: Plan, settings: Settings) -> Iterator[Problem]:
    """Devices of nodes that are not there, of another number than the node's disks, or of a machine of its own and said by nobody."""
    nodes = storage_nodes(plan)
    for name, node in nodes.items():
        if node.host is None and name not in settings.devices:
            yield Problem(
                f"components.rook-ceph.devices.{name}",
                "is missing, and nobody can tell which disks of a machine of its own Ceph may overwrite",
                f"ask it: talosctl get disks --insecure --nodes {node.address}; then name them below /dev, best as disk/by-id/…",
                also=f"nodes.{name}.ceph",
            )
    for name, disks in settings.devices.items():
        option = f"components.rook-ceph.devices.{name}"
        if name not in nodes:
            yield unresolved(option, name, nodes, "a node with disks for Ceph", at_key=True)
        elif len(set(disks)) != len(nodes[name].ceph):
            message = f"names {len(set(disks))} disks, and {len(nodes[name].ceph)} stand at"
            yield Problem(option, message, "name each disk once", also=f"nodes.{name}.ceph")


ROOK_CEPH = Component(
    name="rook-ceph",
    area=Area.INFRASTRUCTURE,
    group="storage",
    summary="Block, file and object storage that survives the loss of disks, nodes and machines.",
    settings=Settings,
    parts=(
        Part(
            "rook-ceph", ROOK_NAMESPACE, OPERATOR, values=operator_values, resources=operator_resources,
            stateful=True, folder="operator",
        ),
        Part(
            "ceph-csi-drivers", ROOK_NAMESPACE, DRIVERS, values=driver_values, resources=driver_resources,
            stateful=True, folder="drivers",
        ),
        Part(
            "rook-ceph-cluster", ROOK_NAMESPACE, CLUSTER,
            values=cluster_values, stateful=True, prune=False, folder="cluster",
        ),
        Part("rook-ceph-storageclass", ROOK_NAMESPACE, resources=classes, stateful=True, folder="storageclass"),
    ),
    namespaces=(Namespace(ROOK_NAMESPACE, "privileged"),),
    provides=frozenset({Capability.STORAGE_BLOCK, Capability.STORAGE_FILE, Capability.STORAGE_OBJECT}),
    needs=(
        run(Capability.NETWORK_POD, "daemons reach each other, and nodes reach them"),
        change(Capability.CLUSTER_API, "the operator moves, repairs and grows what runs"),
    ),
    flows=flows,
    alerts=alerts,
    refuses=refuses,
    homepage="https://rook.io",
    applies=has_ceph,
)  # fmt: skip
