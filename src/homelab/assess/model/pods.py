"""Pods: when each pod of a workload serves, given where it may sit, what may move it, and what it calls."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from homelab.assess.model import crashes
from homelab.assess.model.evictions import evicting
from homelab.assess.model.frame import POD, Frame, Source
from homelab.assess.model.homes import Home, Homes
from homelab.assess.model.machines import Failure, failures_of, handover, host_of, outside
from homelab.assess.model.mobile import Mobility, classes_of, failover_of, mobility
from homelab.assess.model.rounds import Pattern, Step
from homelab.assess.model.storage import gate_of_pool, pools_by_class
from homelab.assess.model.timing import moved, tolerated
from homelab.availability.system import All, Any_, AtLeast, Gate, Up
from homelab.ground import Node
from homelab.kube.facts import Failover, Quorum
from homelab.kube.workload import Workload


def gate_of(frame: Frame, homes: Homes, workload: Workload) -> str:
    """Name the gate of a workload's own pods, their quorum, leader and volumes; calls are joined by `services`."""
    name = f"pods/{workload.subject}"
    if name in frame.gates:
        return name
    frame.gates[name] = All(())  # a cycle of definitions ends here
    home = homes.of(workload)
    pods = tuple(_pod(frame, homes, workload, number) for number in homes.pods_of(workload))
    gates: list[Gate | str] = [_enough(frame, workload, pods)]
    if len(home.members) == 1:
        gates += led(frame, homes, workload)
    pools = pools_by_class(frame.inventory)
    gates += [gate_of_pool(frame, pools[c]) for c in classes_of(frame, workload) if c in pools]
    return frame.every(name, gates)


def _enough(frame: Frame, workload: Workload, pods: tuple[str, ...]) -> Gate:
    needed = needed_of(frame, workload)
    return Any_(pods) if needed == 1 else AtLeast(needed, pods)


def needed_of(frame: Frame, workload: Workload) -> int:
    """How many of a workload's own pods have to be there."""
    return next((q.need for q in frame.inventory.facts_of(Quorum) if q.members == (workload.subject,)), 1)


def led(frame: Frame, homes: Homes, workload: Workload) -> list[Gate | str]:
    """What is asked of a set of pods as a whole: that one leads, and that no planned work has taken too many of them."""
    home = homes.of(workload)
    return [*leader(frame, homes, workload), *_spared(frame, homes, workload, home)]


def _spared(frame: Frame, homes: Homes, workload: Workload, home: Home) -> list[Gate]:
    """Pods that are drained are missing until they have started elsewhere; a budget lets them go one after the other."""
    if not home.moves:
        return []
    needed = needed_of(frame, workload)
    guarded = home.pods > needed and bool(frame.inventory.budgets_of(workload))
    return (
        []
        if guarded
        else homes.spared(home, lambda pattern, step: _left(pattern, step) < needed <= len(pattern), "pods", math.inf)
    )


def _left(pattern: Pattern, step: Step) -> int:
    """How many pods stay when the nodes of a step are emptied."""
    return sum(node not in step.nodes for node in pattern)


def _leads(pattern: Pattern, step: Step) -> bool:
    """Whether a step finds the leader, and somebody to take over."""
    return bool(pattern) and pattern[0] in step.nodes and _left(pattern, step) > 0


def leader(frame: Frame, homes: Homes, workload: Workload) -> list[Gate | str]:
    """That a leader serves, where the system has one: one of the pods, or another that was promoted.

    Promotion takes its time, and mostly the Kubernetes API: an operator decides, a label moves, an endpoint goes. It
    follows the loss of the leader's node and of its own container, and planned work that empties its node.
    """
    fact, home = failover_of(frame.inventory, workload), homes.of(workload)
    if fact is None or home.pods < 2:
        return []
    delay, through = takeover(frame, fact), acting(frame, homes, fact)
    gates = homes.where(home, (0,), lambda node: [f.borne(delay, *through) for f in failures_of(frame, node)])
    own = part_of(frame, Workload(frame.inventory.subject(home.members[0]) or workload.resource), 0)
    sooner = delay if fact.crash is None else frame.hours(fact.crashed, fact.crash)
    gates.append(Failure(own, brief=False).borne(sooner, *through))
    return [*gates, *homes.spared(home, _leads, "leader", handover(frame, fact))]


def acting(frame: Frame, homes: Homes, fact: Failover) -> tuple[str, ...]:
    """The gates of whoever has to act for a takeover: the API, the operator, a majority of those that elect."""
    inventory = frame.inventory
    found = ["api"] if fact.api else []
    for workload in inventory.workloads if fact.by or fact.operator else ():
        runs = bool(fact.operator) and any(fact.operator in container.image for container in workload.containers)
        if workload.long_running and not workload.daemon and (workload.subject in fact.by or runs):
            found.append(gate_of(frame, homes, workload))
    return tuple(found)


def takeover(frame: Frame, fact: Failover) -> float:
    """Hours until another leads: the owner's, where the rate table's knob was set, else the system's own."""
    return frame.hours(fact.knob, fact.seconds)


def started_again(frame: Frame, homes: Homes, workload: Workload, patience: float | None) -> list[Gate | str]:
    """That a caller runs again which ended itself, because a leader was replaced later than it waits."""
    fact, home = failover_of(frame.inventory, workload), homes.of(workload)
    if fact is None or patience is None or home.pods < 2 or takeover(frame, fact) * 3600 <= patience:
        return []
    later, through = takeover(frame, fact) + frame.hours("kubernetes.start"), acting(frame, homes, fact)
    return homes.where(home, (0,), lambda node: [f.borne(later, *through) for f in failures_of(frame, node)])


def endpoints(frame: Frame, homes: Homes, workloads: Iterable[Workload]) -> Iterator[Gate | str]:
    """That no dead pod is among those that requests are sent to.

    A dead node's endpoint is taken out by controllers behind the API: while that is away, requests go there and are
    lost. The seconds until the node's silence is noticed are not counted; other pods answer most requests meanwhile.
    """
    for workload in workloads:
        home = homes.of(workload)
        if home.pods > 1 or len({w.subject for w in workloads}) > 1:
            yield from homes.where(home, homes.pods_of(workload), lambda node: _noticed(frame, node))


def _noticed(frame: Frame, node: Node) -> list[Gate | str]:
    return [Any_((failure.over, "api")) for failure in failures_of(frame, node) if not failure.brief]


def part_of(frame: Frame, workload: Workload, number: int) -> str:
    """The part of a pod's own crashes, hangs and evictions."""
    own = f"pod/{workload.subject}/{number}"
    if own in frame.parts:
        return own
    source = Source(
        str(workload.subject),
        (workload.subject,),
        _because(workload, frame.inventory.least_replicas(workload)),
        workload.resource,
        workload.resource.origin.option,
    )
    return frame.part(own, crashes.rate_of(frame, workload), source, POD)


def _pod(frame: Frame, homes: Homes, workload: Workload, number: int) -> str:
    home = homes.of(workload)
    own = part_of(frame, workload, number if len(home.members) == 1 else 0)
    gates = homes.where(home, (number,), lambda node: survived(frame, home, workload, node))
    return frame.every(f"pod {workload.subject} {number}", [Up(own), *gates])


def survived(frame: Frame, home: Home, workload: Workload, node: Node) -> list[Gate | str]:
    """That a pod runs although its node may be gone: the node is there, or the pod was made elsewhere by now."""
    kind, delay = mobility(frame, workload), _delay(frame, workload)
    if kind is Mobility.PINNED or delay is None:
        alive = (failure.over for failure in failures_of(frame, node))
        return [*alive, *outside(frame, node, ("drain", "reboot"))]
    terms: list[Gate | str] = []
    others = [each for n in home.possible if (each := frame.ground.nodes[n]).name != node.name]
    for failure in failures_of(frame, node):
        places = {host_of(each) for each in others if not failure.machine or host_of(each) != host_of(node)}
        if not places:
            terms.append(failure.over)
            continue
        stops = evicting(frame, node) if failure.machine and kind is not Mobility.STUCK else None
        terms.append(failure.borne(delay, "elsewhere", *_open(frame, node, places), *([stops] if stops else ())))
    return terms


def _open(frame: Frame, node: Node, places: set[str]) -> list[Gate]:
    """That a machine stands which may take the pod; all machines of the lab are counted by `elsewhere`."""
    every = {host_of(each) for each in frame.ground.nodes if each.schedulable} - {host_of(node)}
    return [] if every <= places else [Any_(tuple(Up(f"host/{host}") for host in sorted(places)))]


def _delay(frame: Frame, workload: Workload) -> float | None:
    """Hours until a pod of a dead node runs elsewhere; None for never."""
    kind = mobility(frame, workload)
    if kind is Mobility.STUCK:
        return frame.hours("person.frees")
    wait = tolerated(workload)
    return None if wait is None else moved(frame, workload, attached=kind is Mobility.ATTACHED, toleration=wait)


def _because(workload: Workload, count: int | None) -> str:
    if workload.daemon:
        return "one pod a node"
    return "1 replica" if count == 1 else f"{count} replicas"
