"""Looks: what is on the API at one moment, as far as a drill is about it, as plain values that can be stored.

What made a pod is read from its owner: a pod of a ReplicaSet is its Deployment's, by the hash that is the end of the name
(https://kubernetes.io/docs/concepts/workloads/controllers/deployment/, *Pod-template-hash label*).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homelab.cluster.api import Api
from homelab.findings import Subject
from homelab.kube.resource import dig

HASH = "pod-template-hash"
REAL = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"})
"""Makers whose controllers run in kube-controller-manager."""
UNREACHABLE = "node.kubernetes.io/unreachable"

WRITTEN, WRITTEN_IN = "twin.homelab.dev/written", "kube-system"
"""The label of what steps write, and its namespace."""
REASONS = (
    ("room", "Insufficient "),
    ("volume", "volume node affinity conflict"),
    ("volume", "PersistentVolume's node affinity"),
    ("volume", "persistent volumes to bind"),
    ("affinity", "node affinity/selector"),
    ("anti-affinity", "anti-affinity rules"),
    ("spread", "topology spread constraints"),
)
"""Word of ours and what the scheduler says (pkg/scheduler/framework/plugins, the constants ErrReason… of Kubernetes 1.35)."""


@dataclass(frozen=True, slots=True)
class PodSeen:
    """A pod: `of` is the workload that made it, `node` empty while it has none, `leaving` when it is being deleted."""

    name: str
    uid: str
    of: Subject
    node: str = ""
    ready: bool = False
    leaving: bool = False
    message: str = ""
    """What the scheduler says of one that has no node."""
    borne: float | None = None
    """Seconds for which it stays on a node that cannot be reached; None for ever."""

    @property
    def real(self) -> bool:
        """Whether a real controller makes it anew when it is gone."""
        return self.of.kind in REAL

    @property
    def reasons(self) -> list[str]:
        """Why it has no node, in our words."""
        return list(dict.fromkeys(word for word, said in REASONS if said in self.message))


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node: `ready` as its condition says: True, False or Unknown."""

    name: str
    ready: str
    cordoned: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Everything at one moment; `at` in seconds of this machine since the drill began. Empty when the API did not answer."""

    name: str
    at: float
    writes: bool
    """Whether the API took a write."""
    pods: tuple[PodSeen, ...] = ()
    nodes: tuple[NodeSeen, ...] = ()
    written: tuple[str, ...] = ()
    """What steps of the drill wrote and is there."""
    objects: tuple[str, ...] = ()
    """What Argo CD tracks and is there, as `namespace/Kind/name`; only where a drill is about that."""
    claims: tuple[str, ...] = ()
    """Every claim, as `namespace/name`; likewise."""
    version: str = ""
    """The version that the API server says of itself."""
    unwell: tuple[str, ...] = ()
    """Applications that are not Synced and Healthy; likewise."""

    def of(self, subject: Subject) -> list[PodSeen]:
        """The pods of a workload that are not being deleted."""
        return [pod for pod in self.pods if pod.of == subject and not pod.leaving]

    @property
    def uids(self) -> frozenset[str]:
        """The pods that are there."""
        return frozenset(pod.uid for pod in self.pods)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The workloads that have pods, by namespace, kind and name."""
        return tuple(sorted({pod.of for pod in self.pods}, key=str))


def look(api: Api, name: str, at: float) -> Look:
    """Look at all pods and nodes.

    Raises:
        ApiRefused, ApiSilent: the API does not answer.
    """
    pods = tuple(pod_of(body) for body in api.list("v1", "Pod") if not finished(body))
    nodes = tuple(node_of(body) for body in api.list("v1", "Node"))
    notes = api.list("v1", "ConfigMap", WRITTEN_IN, labelSelector=WRITTEN)
    written = sorted(body["metadata"]["name"] for body in notes)
    version = api.call("GET", "/version")["gitVersion"].removeprefix("v")
    return Look(name, at, writes=True, pods=pods, nodes=nodes, written=tuple(written), version=version)


def finished(body: Mapping[str, Any]) -> bool:
    """Whether a pod has run to its end."""
    return dig(body, ["status", "phase"], "") in {"Succeeded", "Failed"}


def pod_of(body: Mapping[str, Any]) -> PodSeen:
    """What a drill wants to know of a pod."""
    meta = body["metadata"]
    conditions = {each["type"]: each for each in dig(body, ["status", "conditions"], [])}
    return PodSeen(
        name=f"{meta['namespace']}/{meta['name']}",
        uid=meta["uid"],
        of=maker(meta),
        node=dig(body, ["spec", "nodeName"], ""),
        ready=conditions.get("Ready", {}).get("status") == "True",
        leaving="deletionTimestamp" in meta,
        message=conditions.get("PodScheduled", {}).get("message", ""),
        borne=borne(dig(body, ["spec", "tolerations"], [])),
    )


def borne(tolerations: list[dict[str, Any]]) -> float | None:
    """For how long a pod with these tolerations stays on a node that cannot be reached: the shortest that is said.

    None is for ever, 0 where nothing tolerates it (pkg/controller/tainteviction, getMinTolerationTime).
    """
    fitting = [each for each in tolerations if each.get("key", "") in {"", UNREACHABLE}]
    fitting = [each for each in fitting if each.get("effect", "") in {"", "NoExecute"}]
    limits = [float(each["tolerationSeconds"]) for each in fitting if each.get("tolerationSeconds") is not None]
    return min(limits) if limits else (None if fitting else 0.0)


def maker(meta: Mapping[str, Any]) -> Subject:
    """The workload that made a pod; the pod itself where no controller owns it."""
    space = meta["namespace"]
    owner = next((each for each in meta.get("ownerReferences") or () if each.get("controller")), None)
    if owner is None:
        return Subject("Pod", meta["name"], space)
    ending = "-" + (meta.get("labels") or {}).get(HASH, "")
    if owner["kind"] == "ReplicaSet" and len(ending) > 1 and owner["name"].endswith(ending):
        return Subject("Deployment", owner["name"].removesuffix(ending), space)
    if owner["kind"] in REAL:
        return Subject(owner["kind"], owner["name"], space)
    return Subject("Pod", meta["name"], space)


def node_of(body: Mapping[str, Any]) -> NodeSeen:
    """What a drill wants to know of a node."""
    conditions = dig(body, ["status", "conditions"], [])
    ready = next((each["status"] for each in conditions if each["type"] == "Ready"), "Unknown")
    return NodeSeen(body["metadata"]["name"], ready, bool(dig(body, ["spec", "unschedulable"], default=False)))
