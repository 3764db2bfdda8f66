"""Fates: what the model says becomes of a workload's pods when some of them are struck.

It reads how a pod survives the loss of its node from the availability model (`mobility`), where pods find a place from the
model's own placement on what is left, and how long Kubernetes waits from the pod's tolerations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from homelab.assess.domains import demand, supply
from homelab.assess.model.placement import eligible
from homelab.assess.model.pods import Mobility, mobility, owner_of, voters
from homelab.assess.model.storage import is_local
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
    leaves = bool(scene.target.pod) or (
        scene.api_stands and not workload.daemon and (scene.drains or seconds is not None)
    )
    again = leaves and _made_again(scene, workload)
    made = lost if again else 0
    room = _room(scene, workload, left, moves=kind is not Mobility.PINNED)
    placed = min(made, room) if not scene.target.pod else made
    given_up = scene.clock.grace + seconds if leaves and seconds is not None else None
    reason = _reason(scene, workload) if placed < made else ""
    staged = placed < made and workload.subject in voters(scene.frame) and owner_of(workload) is not None
    return Fate(workload, lost, left, given_up, own, made, placed, reason, _because(scene, workload, kind), staged)


def _made_again(scene: Scene, workload: Workload) -> bool:
    """Whether a controller makes a pod while the old one is not confirmed to be gone, or when it is."""
    confirmed = scene.drains or bool(scene.target.pod)
    return workload.kind in {"Deployment", "ReplicaSet"} or (
        confirmed and workload.kind in {"StatefulSet", "DaemonSet"}
    )


def _room(scene: Scene, workload: Workload, left: int, *, moves: bool) -> int:
    """How many more of a workload's pods the model can place on what is left."""
    if not moves:
        return 0
    return max(0, len(scene.left_placement.homes.get(workload.subject, ())) - left)


def _reason(scene: Scene, workload: Workload) -> str:
    if any(
        is_local(scene.inventory, str((c.get("spec") or {}).get("storageClassName") or ""))
        for c in workload.claim_templates
    ):
        return "volume"
    if not any(eligible(workload, node) for node in scene.left.nodes):
        return "affinity" if scene.left.nodes and workload.pod.get("nodeSelector") else ""
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
