"""Fates: what the model says becomes of a workload's pods when some of them are struck.

It reads how a pod survives the loss of its node from the availability model (`mobility`), where pods find a place from the
model's own placement on what is left, and how long Kubernetes waits from the pod's tolerations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from homelab.assess.domains import demand, supply
from homelab.assess.model.evictions import stopped, zone_of
from homelab.assess.model.mobile import Mobility, mobility, owner_of, voters
from homelab.assess.model.placement import eligible
from homelab.assess.model.storage import is_local
from homelab.findings import Subject
from homelab.kube.budgets import allowed, expected, moved_by_operator
from homelab.kube.resource import Resource
from homelab.kube.workload import Workload
from homelab.twin.control_plane import TOLERATION
from homelab.twin.drills.looks import UNREACHABLE
from homelab.twin.drills.scene import Scene

WORDS = {
    Mobility.FREE: "it starts elsewhere once its node is given up",
    Mobility.ATTACHED: "it starts elsewhere once its node is given up; its volume follows",
    Mobility.STUCK: "at most one copy may run, and nobody says that the old one is dead",
    Mobility.PINNED: "its data is on that node",
}

STOPPED = "so much of its zone is silent that nobody is evicted there"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a workload.

    Attributes:
        workload: the workload.
        lost, left: pods that are struck, and those that are not.
        given_up: the lab's seconds until the struck ones are deleted; None for never.
        own: seconds of the pod's own toleration, None where it has the API server's.
        made: pods that are made in their place.
        placed: of these, how many find a node.
        reason: why the others do not, in our words; empty where the model does not say.
        because: the model's sentence.
    """

    workload: Workload
    lost: int
    left: int
    given_up: float | None
    own: float | None
    made: int
    placed: int
    reason: str
    because: str
    staged: bool = False
    """It waits for its machine because its operator ties it there, and only the shape of that operator runs here."""
    slipped: int = 0
    """Pods of one node that may be given up before the controller sees how much of the zone is silent."""
    sure: bool = True
    """Whether the numbers are exact: a budget over several workloads does not say whose pod it keeps."""

    @property
    def pending(self) -> int:
        """Pods that wait for a node."""
        return self.made - self.placed


def fates(scene: Scene) -> Iterator[Fate]:
    """The fate of every workload that loses a pod."""
    for workload in scene.workloads:
        lost = len(scene.lost(workload.subject))
        if lost:
            yield _fate(scene, workload, lost, len(scene.before.of(workload.subject)) - lost)


def fits(scene: Scene) -> bool:
    """Whether everything fits on what is left, by memory (`no-room-after-host-loss`)."""
    return demand(scene.inventory, scene.left.nodes) <= supply(scene.left.nodes)


def _fate(scene: Scene, workload: Workload, lost: int, left: int) -> Fate:
    kind = mobility(scene.frame, workload)
    seconds, own = _toleration(workload)
    stays, sure = held(scene, workload)
    kept = _kept(scene, workload)
    leave = lost - max(stays, kept) if _leaves(scene, workload) else 0
    made = leave if _made_again(scene, workload) else 0
    placed = made if scene.target.pod else min(made, room_for(scene, workload))
    goes = _leaves(scene, workload) and not kept
    given_up = scene.clock.grace + seconds if goes and seconds is not None else None
    reason = _reason(scene, workload) if placed < made else ""
    staged = placed < made and workload.subject in voters(scene.frame) and owner_of(workload) is not None
    because = STOPPED if kept else _because(scene, workload, kind) if not stays else "a budget keeps it on its node"
    slipped = min(kept, _most_on_one(scene, workload)) if _made_again(scene, workload) else 0
    return Fate(workload, lost, left, given_up, own, made, placed, reason, because, staged, slipped, sure)


def _leaves(scene: Scene, workload: Workload) -> bool:
    """Whether struck pods are deleted at all."""
    if scene.target.pod:
        return True
    return scene.api_stands and not workload.daemon and (scene.drains or _toleration(workload)[0] is not None)


def _kept(scene: Scene, workload: Workload) -> int:
    """How many struck pods stay on silent nodes, because so much of their zone is silent that nobody is evicted there."""
    if scene.drains or scene.target.pod:
        return 0
    still = stopped(scene.ground, scene.target.nodes)
    zones = {node.name: zone_of(node) for node in scene.ground.nodes}
    return sum(zones.get(pod.node or "") in still for pod in scene.lost(workload.subject))


def _most_on_one(scene: Scene, workload: Workload) -> int:
    """The most of its struck pods that one node carries: nodes are given up one by one, ten seconds apart."""
    return max(Counter(pod.node for pod in scene.lost(workload.subject)).values(), default=0)


@dataclass(frozen=True, slots=True)
class Held:
    """A budget that refuses to the end: how many pods it keeps on their node, of which workloads, and who moves them away."""

    name: str
    subjects: tuple[Subject, ...]
    pods: int
    operator: bool
    """An operator moves the role that it guards: databases with another instance."""


def holding(scene: Scene) -> tuple[Held, ...]:
    """The budgets that keep a drain from ending: those that let nobody go, and those whose pods find no other place in turn."""
    found = (_held(scene, budget) for budget in scene.inventory.of("PodDisruptionBudget")) if scene.drains else ()
    return tuple(each for each in found if each.pods)


def _held(scene: Scene, budget: Resource) -> Held:
    guarded = [w for w in scene.inventory.workloads_of_budget(budget) if scene.lost(w.subject) and not w.daemon]
    lost = sum(len(scene.lost(workload.subject)) for workload in guarded)
    pods = expected(scene.inventory, budget)
    least = lost if pods is None else allowed(budget, pods)
    again = sum(min(len(scene.lost(w.subject)), room_for(scene, w)) for w in guarded if _made_again(scene, w))
    stay = lost if least == 0 else max(0, lost - again - least)
    name = f"{budget.namespace}/{budget.name}"
    return Held(name, tuple(w.subject for w in guarded), stay, moved_by_operator(scene.inventory, budget))


def held(scene: Scene, workload: Workload) -> tuple[int, bool]:
    """How many of a workload's pods a budget keeps on their node, and whether it is sure that they are this workload's."""
    found = [each for each in holding(scene) if workload.subject in each.subjects]
    lost = len(scene.lost(workload.subject))
    return min(lost, max((each.pods for each in found), default=0)), all(len(each.subjects) == 1 for each in found)


def _made_again(scene: Scene, workload: Workload) -> bool:
    """Whether a controller makes a pod while the old one is not confirmed to be gone, or when it is."""
    confirmed = scene.drains or bool(scene.target.pod)
    return workload.kind in {"Deployment", "ReplicaSet"} or (
        confirmed and workload.kind in {"StatefulSet", "DaemonSet"}
    )


def room_for(scene: Scene, workload: Workload) -> int:
    """How many more of a workload's pods the model can place on what is left."""
    if mobility(scene.frame, workload) is Mobility.PINNED:
        return 0
    stay = len(scene.before.of(workload.subject)) - len(scene.lost(workload.subject))
    return max(0, len(scene.left_placement.homes.get(workload.subject, ())) - stay)


def _reason(scene: Scene, workload: Workload) -> str:
    """Why no node takes it, as the nodes that are left say it; one that is closed is asked nothing more (NodeUnschedulable)."""
    if not scene.left.nodes:
        return ""
    if any(
        is_local(scene.inventory, str((c.get("spec") or {}).get("storageClassName") or ""))
        for c in workload.claim_templates
    ):
        return "volume"
    if not any(eligible(workload, node) for node in scene.left.nodes):
        return "affinity" if workload.pod.get("nodeSelector") else ""
    if any(hard for _, hard in workload.anti_affinity) and workload.subject not in voters(scene.frame):
        return "anti-affinity"
    return ""


def _because(scene: Scene, workload: Workload, kind: Mobility) -> str:
    if not scene.api_stands:
        return "without a majority nobody decides anything"
    if workload.daemon:
        return "one pod a node, which stays with it"
    if workload.subject in voters(scene.frame):
        return "a voter waits for its machine"
    if scene.drains and kind is Mobility.STUCK:
        return "its node says that it is gone, so it is made anew"
    return WORDS[kind]


def _toleration(workload: Workload) -> tuple[float | None, float | None]:
    """Seconds that a pod stays on a silent node, None for ever; and the same where it says so itself."""
    said = [each for each in workload.pod.get("tolerations") or () if _tolerates(each)]
    if workload.daemon:
        return None, None
    if not said:
        return float(TOLERATION), None
    limits = [float(each["tolerationSeconds"]) for each in said if each.get("tolerationSeconds") is not None]
    return (min(limits), min(limits)) if limits else (None, None)


def _tolerates(toleration: dict[str, object]) -> bool:
    return toleration.get("effect") in {None, "", "NoExecute"} and toleration.get("key") in {None, "", UNREACHABLE}
