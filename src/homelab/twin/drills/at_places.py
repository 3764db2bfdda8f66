"""What a drill shows of places: which pods find a node, which wait for one and why, and how far replicas stand apart."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.domains import demand, host_keys, host_of, supply
from homelab.documents.quantity import rounded_bytes
from homelab.ground import Node
from homelab.kube.spread import keys
from homelab.kube.workload import Workload
from homelab.twin.drills.fates import Fate, fates, fits
from homelab.twin.drills.looks import REAL, Look, PodSeen
from homelab.twin.drills.naming import OTHERS, about, key, subject
from homelab.twin.drills.rows import By, Form, Row, Seen
from homelab.twin.drills.scenario import Expectation
from homelab.twin.drills.scene import Record, Scene


def found(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """How many of the pods that are made in place of struck ones find a node on what is left."""
    exact = fits(scene)
    for fate in fates(scene):
        if fate.made:
            says = f"of {fate.made} new pods of {fate.workload.subject}, those with a node"
            form = Form.IS if exact and fate.sure else Form.MOST
            by = By.STOOD_IN if fate.staged else By.SCHEDULER
            yield Row(key(expectation, fate.workload.subject), says, fate.placed, by, form, because=fate.because)


def found_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """New pods that have a node."""
    before = record.looks["before"].uids
    for row in rows:
        new = [pod for pod in record.looks[expectation.at].of(subject(row)) if pod.uid not in before]
        yield Seen(row.id, sum(bool(pod.node) for pod in new), note=_said(new))


def _said(pods: list[PodSeen]) -> str:
    return next((pod.message for pod in pods if not pod.node), "")


def waiting(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """The workloads that wait for a node, with the scheduler's reason where the model knows it; and that no other waits.

    Pods that only an operator makes anew are left out: in a twin a stand-in may make them.
    """
    waits = [fate for fate in fates(scene) if fate.pending and fate.workload.kind in REAL]
    yield from (_reason(expectation, fate) for fate in waits if fate.reason or fate.staged)
    silent = {str(fate.workload.subject) for fate in waits if not (fate.reason or fate.staged)}
    already = {str(pod.of) for pod in scene.before.pods if pod.real and not pod.node}
    if fits(scene) or not scene.left.nodes:
        names: list[str] = sorted(already | silent)
        yield Row(key(expectation, OTHERS), "other workloads that wait for a node", names, By.SCHEDULER)


def _reason(expectation: Expectation, fate: Fate) -> Row:
    says = f"why {fate.pending} of {fate.workload.subject} wait for a node"
    by = By.STOOD_IN if fate.staged else By.SCHEDULER
    return Row(key(expectation, fate.workload.subject), says, fate.reason, by, Form.NAMES, because=fate.because)


def waiting_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Pods without a node, and what the scheduler says of them."""
    look = record.looks[expectation.at]
    waits = {str(pod.of) for pod in look.pods if pod.real and not pod.node and not pod.leaving}
    own = {about(row) for row in rows}
    for row in rows:
        if about(row) == OTHERS:
            yield Seen(row.id, sorted(waits - own))
            continue
        pods = [pod for pod in look.of(subject(row)) if not pod.node]
        words = list(dict.fromkeys(word for pod in pods for word in pod.reasons))
        yield Seen(row.id, words, note=_said(pods))


def room(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Whether what is left has the memory for everything."""
    wanted, there = demand(scene.inventory, scene.left.nodes), supply(scene.left.nodes)
    because = f"pods want {rounded_bytes(wanted)} of {rounded_bytes(there)}"
    if scene.left.nodes:
        yield Row(key(expectation), "nobody waits for room", fits(scene), By.SCHEDULER, because=because)


def room_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Whether a pod waits on a node that has too little of something, and on nothing else that would keep it away."""
    pods = record.looks[expectation.at].pods
    short = [pod for pod in pods if not pod.node and "room" in pod.reasons]
    for row in rows:
        yield Seen(row.id, not short, note=next((f"{pod.name}: {pod.message}" for pod in short), ""))


def apart(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """On how many machines the replicas stand that are told to stand apart: all, or those that lost a pod and have it again.

    Pods that were not struck stay where earlier drills left them; what is made anew is put where the fewest are.
    """
    for workload in scene.workloads:
        if workload.daemon or not keys(workload) & host_keys(scene.ground):
            continue
        if expectation.at == "before":
            yield _apart(expectation, workload, _machines(scene.whole_placement.homes.get(workload.subject, ())))
    if expectation.at != "before":
        yield from _apart_again(scene, expectation)


def _apart_again(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    for fate in fates(scene):
        workload = fate.workload
        if workload.daemon or fate.lost != fate.placed or not keys(workload) & host_keys(scene.ground):
            continue
        best = _machines(scene.left_placement.homes.get(workload.subject, ()))
        stay = {pod.node for pod in scene.before.of(workload.subject)} - set(scene.target.nodes)
        there = _machines(tuple(node for node in scene.ground.nodes if node.name in stay))
        yield _apart(expectation, workload, min(best, there + fate.placed))


def _machines(nodes: tuple[Node, ...]) -> int:
    return len({host_of(node) for node in nodes})


def _apart(expectation: Expectation, workload: Workload, machines: int) -> Row:
    says = f"machines on which the pods of {workload.subject} stand"
    because = f"spread over {', '.join(sorted(keys(workload)))}"
    return Row(key(expectation, workload.subject), says, machines, By.SCHEDULER, Form.LEAST, because=because)


def apart_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Machines that carry a workload's pods, as the nodes' own label says."""
    look = record.looks[expectation.at]
    for row in rows:
        pods = look.of(subject(row))
        yield Seen(row.id, len({_machine(record, pod.node) for pod in pods if pod.node}), note=_where(look, row))


def _machine(record: Record, node: str) -> str:
    return record.machines.get(node, node)


def _where(look: Look, row: Row) -> str:
    return ", ".join(sorted(pod.node or "nowhere" for pod in look.of(subject(row))))
