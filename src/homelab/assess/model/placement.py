"""Placement: on which nodes a workload's pods sit, as the scheduler's filters and what is declared decide.

The filters decide what is possible; among the possible, declared spread decides. Where nothing is declared, replicas
take different nodes, as scores make likely, whatever machine those stand on. What is left is decided by a hash of the
workload and the node: two labs that differ in one workload place all others alike, so that a what-if compares what
changed and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from homelab.assess.model.machines import allocatable
from homelab.documents.quantity import parse_bytes
from homelab.ground import Ground, Node
from homelab.kube.inventory import Inventory
from homelab.kube.selector import matches
from homelab.kube.workload import Workload

ZONE, HOSTNAME = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def labels_of(node: Node) -> Mapping[str, str]:
    """The labels a node carries, the well-known ones among them."""
    known = {HOSTNAME: node.name, ZONE: node.host or node.name, "kubernetes.io/os": "linux"}
    if node.control_plane:
        known[CONTROL_PLANE] = ""
    return {**known, **node.labels}


@dataclass
class Placement:
    """Nodes of every workload's pods, decided one after the other; `used` is the memory requested on each node."""

    ground: Ground
    used: Counter[str] = field(default_factory=Counter)
    homes: dict[Any, tuple[Node, ...]] = field(default_factory=dict)

    def place(self, workload: Workload, replicas: int) -> tuple[Node, ...]:
        """The nodes of `replicas` pods; fewer where the filters leave no room."""
        if workload.subject in self.homes:
            return self.homes[workload.subject]
        possible = [node for node in self.ground.nodes if eligible(workload, node)]
        chosen = possible if workload.daemon else self._spread(workload, possible, replicas)
        self.homes[workload.subject] = tuple(chosen)
        return self.homes[workload.subject]

    def _spread(self, workload: Workload, possible: list[Node], replicas: int) -> list[Node]:
        size = sum(parse_bytes(c.request("memory") or 0) for c in workload.containers)
        hard, soft = _keys(workload)
        soft = soft or [HOSTNAME]
        chosen: list[Node] = []
        for _ in range(replicas):
            taken = [labels_of(node) for node in chosen]
            free = [
                n for n in possible if not any(labels_of(n).get(k) == other.get(k) for k in hard for other in taken)
            ]
            if not free:
                break
            best = min(
                free,
                key=lambda n: (self.used[n.name] + size > allocatable(n), *_shared(n, soft, taken), _draw(workload, n)),
            )
            self.used[best.name] += size
            chosen.append(best)
        return chosen


def _shared(node: Node, keys: list[str], taken: list[Mapping[str, str]]) -> tuple[int, ...]:
    """How many replicas a node's domains carry already, key by key."""
    labels = labels_of(node)
    return tuple(sum(labels.get(key) == other.get(key) for other in taken) for key in keys)


def _draw(workload: Workload, node: Node) -> bytes:
    return sha256(f"{workload.subject} on {node.name}".encode()).digest()


def _keys(workload: Workload) -> tuple[list[str], list[str]]:
    """Topology keys that replicas may never share, and those they avoid sharing, the widest first."""
    hard: list[str] = []
    soft: list[str] = []
    for term, required in workload.anti_affinity:
        if matches(term.get("labelSelector"), workload.labels):
            (hard if required else soft).append(str(term.get("topologyKey")))
    ours = (entry for entry in workload.spread if matches(entry.get("labelSelector"), workload.labels))
    soft += [str(entry.get("topologyKey")) for entry in ours]
    return hard, sorted(dict.fromkeys([*soft, *hard]), key=lambda key: (key == HOSTNAME, key))


def eligible(workload: Workload, node: Node) -> bool:
    """Whether the scheduler's filters let a workload's pods on a node: taints, selectors, required affinity."""
    labels = labels_of(node)
    if not node.schedulable and not _tolerates(workload):
        return False
    if any(labels.get(key) != str(value) for key, value in (workload.pod.get("nodeSelector") or {}).items()):
        return False
    rule = ((workload.pod.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = (rule or {}).get("nodeSelectorTerms") or ()
    return not terms or any(matches({"matchExpressions": term.get("matchExpressions") or ()}, labels) for term in terms)


def _tolerates(workload: Workload) -> bool:
    for toleration in workload.pod.get("tolerations") or ():
        if toleration.get("operator") == "Exists" and toleration.get("key") in {None, "", CONTROL_PLANE}:
            return True
        if toleration.get("key") == CONTROL_PLANE:
            return True
    return False


def placed(inventory: Inventory, ground: Ground) -> Placement:
    """Every long-running workload placed, node agents first, then by namespace and name."""
    placement = Placement(ground)
    running = [w for w in inventory.workloads if w.long_running]
    for workload in sorted(running, key=lambda w: (not w.daemon, w.namespace, w.kind, w.name)):
        placement.place(workload, inventory.least_replicas(workload) or 0)
    return placement
