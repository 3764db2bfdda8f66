"""A plain twin: the control plane and the nodes of a Ground, with a lab's workloads made at once, without Argo CD and operators.

Of a workload it takes what decides where its pods go: labels, requests, selectors, affinity, spread, tolerations, claims.
A claim gets a volume of its own, bound before; one of a class whose volumes lie on a node gets it on one node.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from homelab.assess.model.placement import eligible
from homelab.assess.model.storage import is_local
from homelab.ground import Ground
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Workload
from homelab.tools.services import Services
from homelab.twin.control_plane import ControlPlane
from homelab.twin.drills.changes import Change
from homelab.twin.drills.looks import look
from homelab.twin.nodes import nodes

KEPT = ("nodeSelector", "affinity", "topologySpreadConstraints", "tolerations", "hostNetwork")


@dataclass
class Plain:
    """What a drill needs of a twin."""

    control_plane: ControlPlane
    services: Services
    ground: Ground
    inventory: Inventory
    changes: tuple[Change, ...] = ()
    above: None = None

    @property
    def api(self):
        return self.control_plane.api

    def mend(self):
        """Nothing falls that a drill did not kill."""


def started(folder: Path, inventory: Inventory, program, fast: float = 1.0) -> Plain:
    """A twin of an inventory, all its pods placed where they can be; the caller closes its services."""
    ground = inventory.ground
    services = Services(folder / "logs")
    members = max(1, sum(node.control_plane for node in ground.nodes))
    plane = ControlPlane(folder / "plane", services, program, members, fast)
    twin = Plain(plane, services, ground, inventory)
    try:
        plane.start()
        for node in nodes(ground):
            plane.api.create(node)
        until(lambda: all(node.ready == "True" for node in look(plane.api, "", 0).nodes), 30)
        deploy(twin)
        settle(twin)
    except BaseException:
        services.close()
        raise
    return twin


def deploy(twin: Plain) -> None:
    """Make namespaces, workloads with their volumes, and budgets."""
    wanted = [w for w in twin.inventory.workloads if w.long_running]
    for name in sorted({w.namespace for w in wanted}):
        labels = {"pod-security.kubernetes.io/enforce": "privileged"}
        twin.api.ensure({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    for name in sorted({w.namespace for w in wanted}):
        until(lambda name=name: twin.api.get("v1", "ServiceAccount", "default", name), 30)
    homes = cycle(twin.ground.nodes)
    for workload in wanted:
        for claim, class_ in claims(workload, twin.inventory):
            where = next(node for node in homes if eligible(workload, node))
            local = is_local(twin.inventory, class_)
            _volume(twin, workload.namespace, claim, where.name if local else None)
        twin.api.create(body_of(workload, twin.inventory.least_replicas(workload)))
    for budget in twin.inventory.of("PodDisruptionBudget"):
        if twin.inventory.workloads_of_budget(budget):
            spec = dict(budget.body["spec"])
            meta = {"name": budget.name, "namespace": budget.namespace}
            twin.api.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": spec})


def settle(twin: Plain, seconds: float = 60) -> None:
    """Wait until every node speaks, every pod that can be placed is, and nothing changes any more."""
    last: Any = None
    wanted = sum(_count(twin, w) for w in twin.inventory.workloads if w.long_running)
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        seen = look(twin.api, "", 0)
        now = frozenset((pod.uid, pod.node, pod.ready) for pod in seen.pods)
        placed = all(pod.node and pod.ready for pod in seen.pods)
        if now == last and len(now) >= wanted and placed and all(node.ready == "True" for node in seen.nodes):
            return
        last = now
        time.sleep(1)


def _count(twin: Plain, workload: Workload) -> int:
    if workload.daemon:
        return sum(eligible(workload, node) for node in twin.ground.nodes)
    return twin.inventory.least_replicas(workload) or 0


def claims(workload: Workload, inventory: Inventory):
    """The names of the claims of a workload, each with its class."""
    for number in range(inventory.least_replicas(workload) or 0):
        for claim in workload.claim_templates:
            yield f"{claim['metadata']['name']}-{workload.name}-{number}", claim["spec"].get("storageClassName") or ""
    for volume in workload.volumes:
        if name := (volume.get("persistentVolumeClaim") or {}).get("claimName"):
            found = inventory.get("PersistentVolumeClaim", workload.namespace, name)
            yield name, found.get("spec.storageClassName") or "" if found else ""


def _volume(twin: Plain, space: str, claim: str, node: str | None) -> None:
    name = f"{space}-{claim}"
    spec: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "storageClassName": ""}
    where = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
    affinity = {"nodeAffinity": {"required": {"nodeSelectorTerms": [where]}}} if node else {}
    size = {"storage": "1Gi"}
    volume = {**spec, "capacity": size, "hostPath": {"path": f"/{name}"}, **affinity}
    volume["claimRef"] = {"namespace": space, "name": claim}
    twin.api.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": volume})
    meta = {"name": claim, "namespace": space}
    body = {**spec, "volumeName": name, "resources": {"requests": size}}
    twin.api.create({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": body})


def body_of(workload: Workload, replicas: int | None) -> dict[str, Any]:
    """A workload as far as it decides where pods go, its images never pulled."""
    pod = {key: workload.pod[key] for key in KEPT if workload.pod.get(key)}
    pod["containers"] = [_container(each) for each in workload.containers if not each.init]
    pod["volumes"] = [
        {"name": v["name"], "persistentVolumeClaim": {"claimName": v["persistentVolumeClaim"]["claimName"]}}
        for v in workload.volumes
        if "persistentVolumeClaim" in v
    ]
    labels = {key: str(value) for key, value in workload.labels.items()}
    version = "v1" if workload.kind == "Pod" else "apps/v1"
    meta = {"name": workload.name, "namespace": workload.namespace}
    if workload.kind == "Pod":
        return {"apiVersion": version, "kind": "Pod", "metadata": {**meta, "labels": labels}, "spec": pod}
    spec: dict[str, Any] = {
        "selector": workload.resource.get("spec.selector") or {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    if workload.kind == "StatefulSet":
        spec |= {"serviceName": workload.name, "podManagementPolicy": "Parallel"}
        spec["volumeClaimTemplates"] = [
            {
                "metadata": {"name": each["metadata"]["name"]},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}},
                    "storageClassName": "",
                },
            }
            for each in workload.claim_templates
        ]
    return {"apiVersion": version, "kind": workload.kind, "metadata": meta, "spec": spec}


def _container(container) -> dict[str, Any]:
    wanted = {key: said for key in ("cpu", "memory") if (said := container.request(key))}
    return {"name": container.name, "image": container.image or "none", "resources": {"requests": wanted}}


def until(asked, seconds: float) -> None:
    """Wait until something holds."""
    late = time.monotonic() + seconds
    while not asked():
        assert time.monotonic() < late, f"not after {seconds} s"
        time.sleep(0.2)
