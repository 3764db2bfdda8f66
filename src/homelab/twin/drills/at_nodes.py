"""What a drill shows of the control plane and its nodes: who is noticed to be silent, whether writes are taken, how a drain ends."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.findings import Subject
from homelab.kube.budgets import allowed, expected, moved_by_operator
from homelab.kube.resource import Resource
from homelab.twin.drills.fates import fates
from homelab.twin.drills.naming import OTHERS, about, key
from homelab.twin.drills.rows import By, Form, Row, Seen
from homelab.twin.drills.scenario import Expectation
from homelab.twin.drills.scene import WHOLE, Record, Scene


def writes(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Whether a majority of the control planes is left."""
    planes = sum(node.control_plane for node in scene.ground.nodes)
    gone = 0 if expectation.at in WHOLE else len(scene.target.members)
    because = f"{planes - gone} of {planes} control planes stand, {planes // 2 + 1} are a majority"
    yield Row(key(expectation), "the API takes a write", scene.answers(expectation.at), By.ETCD, because=because)


def writes_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Whether a write was taken at the look."""
    yield Seen(key(expectation), record.looks[expectation.at].writes)


def noticed(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """The grace period of Kubernetes, where a majority stands to run it down."""
    after = scene.clock.grace if scene.api_stands else None
    by = By.CONTROLLERS if scene.api_stands else By.ETCD
    because = "node-monitor-grace-period" if scene.api_stands else "without a majority nothing is written down"
    for node in scene.target.nodes:
        says = f"node {node} is called silent after"
        slack = scene.clock.slack(expectation.tolerance)
        yield Row(key(expectation, node), says, after, by, Form.ABOUT, slack, because)


def noticed_seen(record: Record, _expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """When each node was first called silent."""
    first: dict[str, float] = {}
    for each in record.events("node silent"):
        first.setdefault(each.name, record.clock.lab(each.at - record.struck))
    yield from (Seen(row.id, first.get(about(row)), late=record.late) for row in rows)


def others(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Nodes that were not struck go on; else the clock is too fast for this machine, and the drill says nothing."""
    because = f"a heartbeat every second keeps the clock of {scene.clock.fast:g} times within its grace"
    yield Row(key(expectation), "nodes that were not struck and are called silent", [], By.CONTROLLERS, because=because)


def others_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Which other nodes were called silent."""
    silent = {each.name for each in record.events("node silent")} - set(record.target.nodes)
    note = f"a clock of {record.clock.fast:g} times is too fast for this machine" if silent else ""
    yield Seen(key(expectation), sorted(silent), note=note)


def drain(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """The budgets that refuse to the end; those that an operator moves out of the way are its business, which stands in."""
    blocking: dict[bool, list[str]] = {True: [], False: []}
    for budget in scene.inventory.of("PodDisruptionBudget"):
        if _blocks(scene, budget):
            blocking[moved_by_operator(scene.inventory, budget)].append(f"{budget.namespace}/{budget.name}")
    because = (
        "it lets fewer pods go than stand on the node"
        if blocking[False]
        else "every budget lets them go, one after another"
    )
    says = "budgets that keep the drain from ending"
    yield Row(key(expectation, OTHERS), says, sorted(blocking[False]), By.CONTROLLERS, because=because)
    for name in sorted(blocking[True]):
        says = f"the operator moves the role that {name} guards, so that the drain ends"
        yield Row(key(expectation, name), says, value=True, by=By.STOOD_IN)


def _blocks(scene: Scene, budget: Resource) -> bool:
    """Whether a budget refuses the last of the pods that stand on the node."""
    guarded = {workload.subject for workload in scene.inventory.workloads_of_budget(budget)}
    here = [fate for fate in fates(scene) if fate.workload.subject in guarded and not fate.workload.daemon]
    lost = sum(fate.lost for fate in here)
    pods = expected(scene.inventory, budget)
    if not lost or pods is None:
        return False
    least = allowed(budget, pods)
    return least == 0 or sum(fate.lost - fate.placed for fate in here) > least


def drain_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Which budgets refused until the drain was given up."""
    apart = {about(row) for row in rows} - {OTHERS}
    said = "; ".join(record.blocked[name] for name in sorted(record.blocked))
    yield Seen(key(expectation, OTHERS), sorted(set(record.blocked) - apart), note=said)
    for name in sorted(apart):
        yield Seen(key(expectation, name), name not in record.blocked, By.STOOD_IN)


def emptied(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Pods that the drain leaves on the node: those that a budget of the lab's own keeps there."""
    blocked = {
        str(workload.subject)
        for budget in scene.inventory.of("PodDisruptionBudget")
        if _blocks(scene, budget)
        for workload in scene.inventory.workloads_of_budget(budget)
        if scene.lost(workload.subject)
    }
    says = "workloads of which a pod is left on the node, those of node agents apart"
    yield Row(key(expectation), says, sorted(blocked), By.CONTROLLERS)


def emptied_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Workloads with pods on the drained node."""
    pods = record.looks[expectation.at].pods
    left = {str(pod.of) for pod in pods if pod.node in record.target.nodes and stays(pod.of)}
    yield Seen(key(expectation), sorted(left))


def stays(of: Subject) -> bool:
    """Whether a drain asks a workload's pods to go: node agents stay."""
    return of.kind != "DaemonSet"
