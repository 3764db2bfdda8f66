"""Mobile: what happens to a pod whose node is gone, and who replaces a leader."""

from __future__ import annotations

from enum import Enum

from homelab.assess.model.frame import Frame
from homelab.assess.model.storage import is_local
from homelab.findings import Subject
from homelab.kube.facts import Failover, Quorum
from homelab.kube.inventory import Inventory
from homelab.kube.workload import Workload


class Mobility(Enum):
    """What happens to a pod whose node is gone."""

    FREE = "free"
    """It starts elsewhere once the node is given up."""
    ATTACHED = "attached"
    """As free, after its volume was detached by force."""
    STUCK = "stuck"
    """Nothing, until a person frees it: at most one copy may ever run."""
    PINNED = "pinned"
    """Nothing: its data is on that node."""


def classes_of(frame: Frame, workload: Workload) -> tuple[str, ...]:
    """The StorageClasses of every claim a workload mounts; an empty name is the default class."""
    names = [str((claim.get("spec") or {}).get("storageClassName") or "") for claim in workload.claim_templates]
    for volume in workload.volumes:
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        found = frame.inventory.get("PersistentVolumeClaim", workload.namespace, str(claim)) if claim else None
        if found is not None:
            names.append(str(found.get("spec.storageClassName") or ""))
    return tuple(dict.fromkeys(names))


def mobility(frame: Frame, workload: Workload) -> Mobility:
    """How a workload's pods survive the loss of their node (availability reference, section 11.1)."""
    classes = classes_of(frame, workload)
    if workload.subject in voters(frame):
        return Mobility.PINNED
    if workload.daemon or any(is_local(frame.inventory, name) for name in classes):
        return Mobility.PINNED
    if any("hostPath" in volume for volume in workload.volumes) and workload.kind != "Deployment":
        return Mobility.PINNED
    if workload.kind in {"StatefulSet", "Pod"}:
        return Mobility.STUCK
    return Mobility.ATTACHED if classes else Mobility.FREE


def voters(frame: Frame) -> frozenset[Subject]:
    """Workloads that are members of a quorum of several: a lost voter is replaced only by a majority that stands."""
    quorums = frame.inventory.facts_of(Quorum)
    return frame.inventory.once(
        "voters", lambda: frozenset(m for q in quorums if len(q.members) > 1 for m in q.members)
    )


def owner_of(workload: Workload) -> Subject | None:
    """The custom resource whose operator made a workload."""
    origin = workload.resource.origin
    if origin.maker != "operator":
        return None
    kind, _, rest = origin.via.partition(" ")
    namespace, _, name = rest.partition("/")
    return Subject(kind, name, namespace)


def failover_of(inventory: Inventory, workload: Workload) -> Failover | None:
    """How a workload's leader is replaced, where it has one."""
    about = [workload.subject, *filter(None, [owner_of(workload)])]
    found = [fact for subject in about for fact in inventory.facts_about(subject, Failover)]
    return min(found, key=lambda fact: fact.seconds, default=None)
