"""Labs of the tests of drills: small enough to be written down, with a workload for each fate that a pod may have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from homelab.findings import Subject
from homelab.ground import Ground, Host, Node
from homelab.kube.facts import Failover
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Origin, Resource

GIB = 1 << 30
ZONE, NAME = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


FACTS = (Failover(Subject("StatefulSet", "queue", "lab"), 30.0, "a test says so"),)
"""The queue has a leader."""


def ground(machines: int = 3, memory: int = 4 * GIB) -> Ground:
    """Machines, each with a control plane and a worker; of two, the first has two control planes."""
    nodes = []
    for number in range(3):
        host = f"box-{number % machines + 1}"
        nodes += [node(f"ctrl-{number}", host, memory, control_plane=True), node(f"work-{number}", host, memory)]
    hosts = tuple(Host(f"box-{number + 1}", 16, 64 * GIB) for number in range(machines))
    return Ground(name="small", kubernetes="1.35.4", hosts=hosts, nodes=tuple(nodes))


def node(name: str, host: str, memory: int, *, control_plane: bool = False) -> Node:
    """A virtual machine whose zone is its host."""
    number = int(name[-1]) + (10 if control_plane else 20)
    return Node(
        name, control_plane, not control_plane, host, f"192.0.2.{number}", 4, memory, 50 * GIB, labels={ZONE: host}
    )


def lab(*bodies: dict[str, Any], on: Ground | None = None) -> Inventory:
    """An inventory of objects."""
    made = tuple(Resource(body, Origin("lab.yaml", at)) for at, body in enumerate(bodies))
    return Inventory(made, on or ground(), tuple(f for f in FACTS if any(r.subject == f.subject for r in made)))


def workload(name: str, kind: str = "Deployment", replicas: int | None = 1, memory: str = "64Mi", **pod: Any):
    """A workload in the namespace `lab`, its pod as given."""
    labels = {"app": name}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [{"name": name, "image": "x", "resources": {"requests": {"memory": memory}}}],
                **pod,
            },
        },
    }
    if replicas is not None:
        spec["replicas"] = replicas
    meta = {"name": name, "namespace": "lab"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec}


def local(body: dict[str, Any]) -> dict[str, Any]:
    """A StatefulSet whose volume lies on a node."""
    claim = {"metadata": {"name": "data"}, "spec": {"storageClassName": "local-path"}}
    return {**body, "spec": {**body["spec"], "volumeClaimTemplates": [claim]}}


def spread(name: str) -> list[dict[str, Any]]:
    """Over machines, then over nodes, as a wish."""
    selector = {"matchLabels": {"app": name}}
    return [
        {"topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": selector}
        for key in (ZONE, NAME)
    ]


def apart(name: str) -> dict[str, Any]:
    """Never two on one node."""
    term = {"topologyKey": NAME, "labelSelector": {"matchLabels": {"app": name}}}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def budget(name: str, **spec: Any) -> dict[str, Any]:
    """A budget over a workload."""
    meta = {"name": f"{name}-budget", "namespace": "lab"}
    selector = {"matchLabels": {"app": name}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": meta,
        "spec": {**spec, "selector": selector},
    }


CLASS = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "local-path"},
    "provisioner": "rancher.io/local-path",
}
SOON = [{"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}]
EVER = [{"operator": "Exists"}]
SMALL = (
    CLASS,
    workload("web", replicas=3, topologySpreadConstraints=spread("web")),
    workload("pair", replicas=2, affinity=apart("pair")),
    workload("three", replicas=3, affinity=apart("three")),
    workload("agent", "DaemonSet", None, tolerations=EVER),
    workload("queue", "StatefulSet", 3, topologySpreadConstraints=spread("queue")),
    local(workload("store", "StatefulSet", 3)),
    workload("hasty", replicas=3, tolerations=SOON, topologySpreadConstraints=spread("hasty")),
    *(workload(f"tied-{number}", nodeSelector={NAME: f"work-{number}"}) for number in range(3)),
    budget("web", maxUnavailable=1),
)
"""Every fate: free, apart, one a node, stuck, on a volume of its node, soon given up, tied to a node."""
BLOCKED = (
    workload("fixed", replicas=2, topologySpreadConstraints=spread("fixed")),
    budget("fixed", minAvailable=2),
    workload("free", replicas=2),
    budget("free", maxUnavailable=1),
)
"""One budget that lets nobody go, and one that does."""


def lone() -> Ground:
    """Two machines, of which the first carries the only control plane and a worker."""
    nodes = (
        node("ctrl-0", "box-1", 4 * GIB, control_plane=True),
        node("work-0", "box-1", 4 * GIB),
        node("work-1", "box-2", 4 * GIB),
    )
    return replace(ground(machines=2), nodes=nodes)


def zoneless() -> Ground:
    """Two machines of which nobody told the cluster: the larger one carries four of six nodes, and no label says so."""
    homes = {
        "ctrl-0": "box-1",
        "work-0": "box-1",
        "work-1": "box-1",
        "work-2": "box-1",
        "ctrl-1": "box-2",
        "ctrl-2": "box-2",
    }
    made = (node(name, host, 4 * GIB, control_plane=name.startswith("ctrl")) for name, host in homes.items())
    nodes = tuple(replace(each, labels={}, schedulable=True) for each in made)
    return replace(ground(machines=2), nodes=nodes)


LABS = {
    "SMALL": lab(*SMALL),
    "BLOCKED": lab(*BLOCKED),
    "LONE": lab(
        workload("web", replicas=2, topologySpreadConstraints=spread("web")),
        workload("queue", "StatefulSet", 2, topologySpreadConstraints=spread("queue")),
        on=lone(),
    ),
    "ZONELESS": lab(workload("web", replicas=6), workload("hasty", replicas=6, tolerations=SOON), on=zoneless()),
}
"""By the names under which records know them."""
