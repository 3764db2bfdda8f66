"""Pending: pods that no scheduler ever places on the declared nodes, or that admission refuses, and why.

By the scheduler's filters of Kubernetes 1.36 (`pkg/scheduler/framework/plugins`: nodeaffinity, noderesources/fit.go,
interpodaffinity/filtering.go, podtopologyspread/filtering.go) and the admission of priorities
(`plugin/pkg/admission/priority/admission.go`). What depends on what was not read is not said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from homelab.assess.model.machines import allocatable
from homelab.assess.model.placement import ZONE, eligible, labels_of
from homelab.documents.quantity import parse_bytes, parse_quantity, rounded_bytes
from homelab.ground import Ground, Node
from homelab.kube.existence import ask
from homelab.kube.inventory import Inventory
from homelab.kube.resource import dig
from homelab.kube.selector import matches
from homelab.kube.workload import Workload

BUILT_IN = frozenset({"system-cluster-critical", "system-node-critical"})
HARD = "requiredDuringSchedulingIgnoredDuringExecution"
GIVEN = ("feature.node.kubernetes.io/", "nvidia.com/", "gpu.intel.com/", "amd.com/", "beta.kubernetes.io/", "kubernetes.io/arch",
         "node.kubernetes.io/instance-type", "extensions.talos.dev/", "kubernetes.io/os", "k3s.io/")  # fmt: skip
"""How labels begin that programs give to nodes: whether they are there, no declaration says."""
PLACES = frozenset({ZONE, "topology.kubernetes.io/region"})
"""Labels that say where a node stands, and that somebody else may write where nobody declares any label."""


class Because(Enum):
    """What keeps pods from a node; each is a finding of its own."""

    NODE = "node"
    SPREAD = "spread"
    ROOM = "room"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class Pending:
    """Why pods wait for ever; `field` is the offending path below the pod spec, `pods` how many wait (None: all)."""

    because: Because
    why: str
    field: str
    pods: int | None = None


def pending(inventory: Inventory, ground: Ground, workload: Workload) -> Iterator[Pending]:
    """Every reason for which pods of a workload stay away; nothing for node agents, which need no node."""
    yield from _priority(inventory, workload)
    if workload.daemon or not ground.nodes:
        return
    possible = [node for node in ground.nodes if eligible(workload, node)]
    if not possible:
        yield from _nowhere(ground, workload)
        return
    yield from _too_large(workload, possible)
    yield from _beside_nobody(inventory, workload)
    replicas = inventory.least_replicas(workload) or 0
    for index, entry in enumerate(workload.spread):
        if entry.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule":
            yield from _spread(workload, ground, possible, index, replicas)
    for index, (term, hard) in enumerate(workload.anti_affinity):
        if hard and matches(term.get("labelSelector"), workload.labels) and not _elsewhere(workload, term):
            yield from _apart(possible, term, index, replicas)


def never(inventory: Inventory, ground: Ground, workload: Workload) -> str | None:
    """Why no pod of a workload is ever placed."""
    return next((found.why for found in pending(inventory, ground, workload) if found.pods is None), None)


def _priority(inventory: Inventory, workload: Workload) -> Iterator[Pending]:
    name = workload.pod.get("priorityClassName")
    if not isinstance(name, str) or not name or name in BUILT_IN or "$" in name or "{" in name:
        return
    if ask.thing(inventory, "PriorityClass", "", name).missing:
        yield Pending(Because.PRIORITY, f"no PriorityClass {name} is declared", "priorityClassName")


def _nowhere(ground: Ground, workload: Workload) -> Iterator[Pending]:
    bound = workload.pod.get("nodeName")
    if bound and all(node.name != bound for node in ground.nodes):
        yield Pending(Because.NODE, f"there is no node {bound}", "nodeName")
        return
    wanted = workload.pod.get("nodeSelector") or {}
    affinity = dig(workload.pod, ["affinity", "nodeAffinity", HARD, "nodeSelectorTerms"], [])
    keys = {str(key) for key in wanted} | {
        str(entry.get("key")) for term in affinity for entry in term.get("matchExpressions") or ()
    }
    if any(key.startswith(GIVEN) for key in keys) or _undeclared(ground, keys):
        return
    if not keys:
        yield Pending(
            Because.NODE, "no node takes it: all of them are kept for what tolerates their taint", "tolerations"
        )
        return
    field = "nodeSelector" if wanted else f"affinity.nodeAffinity.{HARD}"
    yield Pending(Because.NODE, f"no declared node has what it asks for ({', '.join(sorted(keys))})", field)


def _undeclared(ground: Ground, keys: set[str]) -> bool:
    """Whether labels of the place are asked for of nodes about which nobody declares any label."""
    return bool(keys & PLACES) and not any(node.labels for node in ground.nodes)


def _too_large(workload: Workload, possible: list[Node]) -> Iterator[Pending]:
    memory, cpu = size(workload, "memory"), size(workload, "cpu")
    room, most = max(map(allocatable, possible)), max(node.cpu for node in possible)
    field = "containers.0.resources.requests"
    if memory > room:
        why = f"a pod of {workload.name} requests {rounded_bytes(int(memory))}; no node that may take it has so much"
        yield Pending(Because.ROOM, why, f"{field}.memory")
    if most and cpu > most:
        why = f"a pod of {workload.name} requests {cpu:g} CPUs; no node that may take it has so many"
        yield Pending(Because.ROOM, why, f"{field}.cpu")


def size(workload: Workload, resource: str) -> float:
    """What the scheduler counts for one pod: its own request, else its containers' together or its largest init container."""
    own = dig(workload.pod, ["resources", "requests", resource]) or dig(workload.pod, ["resources", "limits", resource])
    if own is not None:
        return _amount(own, resource)
    running = sum(_amount(c.request(resource), resource) for c in workload.containers)
    first = [_amount(c.request(resource), resource) for c in workload.init_containers if not c.sidecar]
    return max(running, *first) if first else running


def _amount(text: Any, resource: str) -> float:
    try:
        return float(parse_bytes(text or 0) if resource == "memory" else parse_quantity(str(text or 0)))
    except ValueError:
        return 0.0


def _beside_nobody(inventory: Inventory, workload: Workload) -> Iterator[Pending]:
    """Required affinity to pods that nobody runs; the first pod of a group that asks for its own kind is let in."""
    for index, term in enumerate(dig(workload.pod, ["affinity", "podAffinity", HARD], [])):
        chosen = term.get("labelSelector")
        spaces = [str(space) for space in term.get("namespaces") or ()] or [workload.namespace]
        if term.get("namespaceSelector") is not None or chosen is None or matches(chosen, workload.labels):
            continue
        if not all(ask.pods(inventory, space, chosen).missing for space in spaces):
            continue
        field = f"affinity.podAffinity.{HARD}.{index}.labelSelector"
        yield Pending(Because.NODE, "it must stand beside pods that nothing declares", field)


def _spread(workload: Workload, ground: Ground, possible: list[Node], index: int, replicas: int) -> Iterator[Pending]:
    entry = workload.spread[index]
    key, at = str(entry.get("topologyKey")), f"topologySpreadConstraints.{index}"
    having = [node for node in possible if key in labels_of(node)]
    if not having:
        if not key.startswith(GIVEN) and not _undeclared(ground, {key}):
            yield Pending(Because.SPREAD, f"it is spread over {key}, which no declared node has", f"{at}.topologyKey")
        return
    least, skew = entry.get("minDomains"), entry.get("maxSkew") or 1
    domains = {labels_of(node)[key] for node in having}
    own = matches(entry.get("labelSelector"), workload.labels)
    if own and isinstance(least, int) and len(domains) < least and replicas > skew * len(domains):
        why = f"it asks for {least} values of {key}, and nodes have {len(domains)}"
        yield Pending(Because.SPREAD, why, f"{at}.minDomains", replicas - skew * len(domains))


def _apart(possible: list[Node], term: Mapping[str, Any], index: int, replicas: int) -> Iterator[Pending]:
    """Replicas that may not share a domain: one of each; a node without the label is in none, and takes any number."""
    key = str(term.get("topologyKey"))
    if any(key not in labels_of(node) for node in possible):
        return
    domains = len({labels_of(node)[key] for node in possible})
    if replicas > domains:
        why = f"{replicas} replicas may not share a value of {key}, and nodes that may take them have {domains}"
        yield Pending(Because.SPREAD, why, f"affinity.podAntiAffinity.{HARD}.{index}.topologyKey", replicas - domains)


def _elsewhere(workload: Workload, term: Mapping[str, Any]) -> bool:
    """Whether a term speaks of other namespaces only."""
    spaces = [str(space) for space in term.get("namespaces") or ()]
    return bool(spaces) and workload.namespace not in spaces and term.get("namespaceSelector") is None
