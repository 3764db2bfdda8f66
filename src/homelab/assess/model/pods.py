"""Pods: when each pod of a workload serves, given where it sits, what may move it, and what it calls."""

from __future__ import annotations

from enum import Enum

from homelab.assess.model.frame import POD, Frame, Source
from homelab.assess.model.machines import outside, parts_of
from homelab.assess.model.placement import Placement
from homelab.assess.model.storage import gate_of_pool, is_local, pools_by_class
from homelab.assess.model.timing import hours, moved
from homelab.availability.system import All, Any_, AtLeast, Gate, LongDown, Rate, Settled, Up
from homelab.findings import Subject
from homelab.ground import Node
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


def gate_of(frame: Frame, placement: Placement, workload: Workload) -> str:
    """Name the gate of a workload's own pods, their quorum, leader and volumes; calls are joined by `services`."""
    name = f"pods/{workload.subject}"
    if name in frame.gates:
        return name
    frame.gates[name] = All(())  # a cycle of definitions ends here
    homes = placement.homes.get(workload.subject, ())
    pods = tuple(_pod(frame, workload, number, node) for number, node in enumerate(homes))
    gates: list[Gate | str] = [_enough(frame, workload, pods)]
    gates += leader(frame, workload, homes)
    pools = pools_by_class(frame.inventory)
    gates += [gate_of_pool(frame, pools[c]) for c in classes_of(frame, workload) if c in pools]
    return frame.every(name, gates)


def _enough(frame: Frame, workload: Workload, pods: tuple[str, ...]) -> Gate:
    for quorum in frame.inventory.facts_of(Quorum):
        if quorum.members == (workload.subject,):
            return AtLeast(quorum.need, pods)
    return Any_(pods)


def leader(frame: Frame, workload: Workload, homes: tuple[Node, ...]) -> list[Gate]:
    """That a leader serves, where the system has one: the first pod, or another that was promoted.

    Promotion takes its time, and mostly the Kubernetes API: an operator decides, a label moves, an endpoint goes.
    """
    fact = failover_of(frame.inventory, workload)
    if fact is None or len(homes) < 2:
        return []
    return [taken_over(part, fact.seconds / 3600, api=fact.api) for part in parts_of(homes[0])]


def failover_of(inventory: Inventory, workload: Workload) -> Failover | None:
    """How a workload's leader is replaced, where it has one."""
    about = [workload.subject, *filter(None, [owner_of(workload)])]
    return next((fact for subject in about for fact in inventory.facts_about(subject, Failover)), None)


def started_again(frame: Frame, workload: Workload, homes: tuple[Node, ...], patience: float | None) -> list[Gate]:
    """That a caller runs again which ended itself, because a leader was replaced later than it waits."""
    fact = failover_of(frame.inventory, workload)
    if fact is None or patience is None or len(homes) < 2 or fact.seconds <= patience:
        return []
    later = fact.seconds / 3600 + hours("kubernetes.start")
    return [taken_over(part, later, api=fact.api) for part in parts_of(homes[0])]


def taken_over(part: str, delay: float, *, api: bool) -> Gate:
    """That what fell with a part has been taken over: it is up, or down for so long and somebody could act."""
    return Any_((Up(part), All((LongDown(part, delay), "api")))) if api else Settled(part, delay)


def endpoints(homes: tuple[Node, ...]) -> list[Gate]:
    """That no dead pod is among those that requests are sent to.

    A dead node's endpoint is taken out by controllers behind the API: while that is away, requests go there and are
    lost. The seconds until the node's silence is noticed are not counted; other pods answer most requests meanwhile.
    """
    if len({node.name for node in homes}) < 2:
        return []
    return [Any_((Up(part), "api")) for part in dict.fromkeys(part for node in homes for part in parts_of(node))]


def _pod(frame: Frame, workload: Workload, number: int, node: Node) -> str:
    kind = mobility(frame, workload)
    own = f"pod/{workload.subject}/{number}"
    count = len(frame.inventory.facts) and workload.replicas
    source = Source(
        str(workload.subject),
        (workload.subject,),
        _because(workload, count),
        workload.resource,
        workload.resource.origin.option,
    )
    frame.part(own, crash_rate(frame, workload), source, POD)
    terms: list[Gate | str] = [Up(own)]
    for part in parts_of(node):
        if kind is Mobility.PINNED:
            terms.append(Up(part))
        else:
            delay = (
                hours("person.frees")
                if kind is Mobility.STUCK
                else moved(frame.ground.kubernetes, attached=kind is Mobility.ATTACHED)
            )
            terms.append(Any_((Up(part), All((LongDown(part, delay), "elsewhere")))))
    if kind is Mobility.PINNED:
        terms += outside(frame, node, ("drain", "reboot"))
    elif not (frame.inventory.budgets_of(workload) and (workload.replicas or 0) > 1):
        terms += outside(frame, node, ("drain",))
    return frame.every(f"pod {workload.subject} {number}", terms)


def _because(workload: Workload, count: object) -> str:
    if workload.daemon:
        return "one pod a node"
    return "1 replica" if count == 1 else f"{count} replicas"


def crash_rate(frame: Frame, workload: Workload) -> Rate:
    """Crashes, hangs and evictions of one pod as one alternating renewal: outages add, and so do their lengths.

    A hang lasts until a liveness probe ends it, else until a person notices; a container without a memory request is
    the first to be evicted when its node runs short.
    """
    crash, hang = frame.rate("container"), frame.rate("container.hang")
    probed = all(container.body.get("livenessProbe") for container in workload.containers)
    bounded = all(container.request("memory") and container.limit("memory") for container in workload.containers)
    hang_hours = hours("probe.restart") if probed else hours("person.notices")
    causes = [(crash.frequency, crash.mttr), (hang.frequency, hang_hours)]
    if not bounded:
        evicted = frame.rate("container.evicted")
        causes.append((evicted.frequency, evicted.mttr))
    frequency = sum(each for each, _ in causes)
    down = sum(each * length for each, length in causes) / frequency
    return Rate(1 / frequency - down, down, crash.error_factor, "crashes, hangs and evictions together")
