"""What a drill shows of the control plane and its nodes: who is noticed to be silent, whether writes are taken, how a drain ends."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.twin.drills.fates import holding
from homelab.twin.drills.naming import OTHERS, about, key
from homelab.twin.drills.rows import By, Form, Row, Seen
from homelab.twin.drills.scenario import Expectation
from homelab.twin.drills.scene import WHOLE, Record, Scene

EARLIER = "earlier"
"""The name of what scenarios write before they take a snapshot."""


def writes(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Whether a majority of the control planes is left."""
    planes = sum(node.control_plane for node in scene.ground.nodes)
    gone = 0 if expectation.at in WHOLE else len(scene.target.members)
    because = f"{planes - gone} of {planes} control planes stand, {planes // 2 + 1} are a majority"
    yield Row(key(expectation), "the API takes a write", scene.answers(expectation.at), By.ETCD, because=because)


def writes_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Whether a write was taken at the look."""
    yield Seen(key(expectation), record.looks[expectation.at].writes)


def remembers(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """What was written before the snapshot, or before the upgrade, is there, and nothing that was written after the former."""
    because = "etcd is the same" if scene.target.version else "a snapshot is all that is left of etcd"
    yield Row(key(expectation), "what steps wrote and is there", [EARLIER], By.ETCD, because=because)


def remembers_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """What is there at the look."""
    yield Seen(key(expectation), list(record.looks[expectation.at].written))


def version(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Who answers is the API server of the new version."""
    yield Row(key(expectation), "the version of Kubernetes", scene.target.version, By.API_SERVER)


def version_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """What the API server says of itself."""
    yield Seen(key(expectation), record.looks[expectation.at].version)


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
    names = sorted(each.name for each in holding(scene) if not each.operator)
    because = (
        "it lets fewer pods go than stand on the node" if names else "every budget lets them go, one after another"
    )
    says = "budgets that keep the drain from ending"
    yield Row(key(expectation, OTHERS), says, names, By.CONTROLLERS, because=because)
    for each in holding(scene):
        if each.operator:
            says = f"the operator moves the role that {each.name} guards, so that the drain ends"
            yield Row(key(expectation, each.name), says, value=True, by=By.STOOD_IN)


def drain_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Which budgets refused until the drain was given up."""
    apart = {about(row) for row in rows} - {OTHERS}
    said = "; ".join(record.blocked[name] for name in sorted(record.blocked))
    yield Seen(key(expectation, OTHERS), sorted(set(record.blocked) - apart), note=said)
    for name in sorted(apart):
        yield Seen(key(expectation, name), name not in record.blocked, By.STOOD_IN)


def emptied(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Pods that the drain leaves on the node: those that a budget of the lab's own keeps there."""
    kept = {str(of) for each in holding(scene) if not each.operator for of in each.subjects}
    says = "workloads of which a pod is left on the node, those of node agents apart"
    yield Row(key(expectation, OTHERS), says, sorted(kept), By.CONTROLLERS)
    for of in sorted({str(of) for each in holding(scene) if each.operator for of in each.subjects}):
        yield Row(
            key(expectation, of), f"{of} leaves the node when its operator moved its role", value=True, by=By.STOOD_IN
        )


def emptied_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Workloads with pods on the drained node."""
    pods = record.looks[expectation.at].pods
    left = {str(pod.of) for pod in pods if pod.node in record.target.nodes and pod.of.kind != "DaemonSet"}
    apart = {about(row) for row in rows} - {OTHERS}
    yield Seen(key(expectation, OTHERS), sorted(left - apart))
    for of in sorted(apart):
        yield Seen(key(expectation, of), of not in left, By.STOOD_IN)
