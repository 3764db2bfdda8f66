"""What a drill shows of pods: when they are given up, whether they are made anew, and who stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from homelab.assess.model.mobile import failover_of
from homelab.assess.model.timing import HOUR, moved
from homelab.findings import Subject
from homelab.twin.drills.fates import fates
from homelab.twin.drills.looks import REAL, Look, PodSeen
from homelab.twin.drills.naming import about, key, subject
from homelab.twin.drills.rows import By, Form, Row, Seen
from homelab.twin.drills.scenario import Expectation
from homelab.twin.drills.scene import Record, Scene

BARE = "pods without a controller"


def given_up(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """The grace of the node and what the pod tolerates; never for node agents and while nobody decides."""
    slack = scene.clock.slack(expectation.tolerance)
    for fate in fates(scene):
        by = By.CONTROLLERS if scene.api_stands else By.ETCD
        says = f"pods of {fate.workload.subject} are given up after"
        because = f"its own toleration of {fate.own:g} s" if fate.own is not None else fate.because
        yield Row(key(expectation, fate.workload.subject), says, fate.given_up, by, Form.ABOUT, slack, because)


def given_up_seen(record: Record, _expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """When the last of a workload's pods was deleted; one that is not deleted makes it never."""
    struck = _struck(record)
    gone = {each.uid: each.at - record.struck for each in record.events("pod given up")}
    for row in rows:
        pods = [pod for pod in struck if str(pod.of) == about(row)]
        at = [record.clock.given_up(gone[pod.uid], pod.borne or 0) for pod in pods if pod.uid in gone]
        some = f"{len(at)} of {len(pods)} pods" if 0 < len(at) < len(pods) else ""
        yield Seen(row.id, max(at) if at and not some else None, note=some, late=record.late)


def made(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """How many pods a controller makes in place of those that are struck."""
    for fate in fates(scene):
        if not fate.workload.daemon:
            says = f"pods made in place of {fate.lost} of {fate.workload.subject}"
            by = By.CONTROLLERS if fate.workload.kind in REAL else By.STOOD_IN
            form = Form.MOST if fate.slipped else Form.IS if fate.sure else Form.LEAST
            yield Row(
                key(expectation, fate.workload.subject), says, fate.made + fate.slipped, by, form, because=fate.because
            )


def made_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Pods that were not there before."""
    look = record.looks[expectation.at]
    for row in rows:
        yield Seen(row.id, sum(pod.uid not in record.looks["before"].uids for pod in look.of(subject(row))))


def others(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Pods that are not struck: nobody moves them."""
    says = "pods that were not struck and are gone"
    because = "nothing moves a pod that runs" if scene.api_stands else "without a majority nobody is evicted"
    by = By.CONTROLLERS if scene.api_stands else By.ETCD
    yield Row(key(expectation), says, [], by, because=because)


def others_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Pods of before that are there no more, or are being deleted."""
    there = {pod.uid for pod in record.looks[expectation.at].pods if not pod.leaving}
    nodes = record.target.nodes if all(look.writes for look in record.looks.values()) else ()
    before = [pod for pod in record.looks["before"].pods if pod.node not in nodes and pod.name != record.target.pod]
    yield Seen(key(expectation), sorted(pod.name for pod in before if pod.uid not in there and not pod.leaving))


def stays(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Kubernetes moves nobody back."""
    because = f"no controller of Kubernetes moves a pod that runs back to {scene.target.name}"
    yield Row(
        key(expectation), "pods that moved once more when the target was back", [], By.CONTROLLERS, because=because
    )


def stays_seen(record: Record, expectation: Expectation, _rows: list[Row]) -> Iterator[Seen]:
    """Pods that had a node that stands, and are not there any more."""
    now = {pod.uid: pod.node for pod in record.looks[expectation.at].pods if not pod.leaving}
    last = _while_away(record)
    went = [pod for pod in last.pods if pod.node and pod.node not in record.target.nodes and not pod.leaving]
    yield Seen(key(expectation), sorted(pod.name for pod in went if now.get(pod.uid) != pod.node))


def missing(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """Every workload has as many pods on nodes as before; what only an operator makes anew stands in."""
    because = "a pod that no node confirmed to be gone is gone now, and made anew"
    yield Row(key(expectation), "workloads with fewer pods on nodes than before", [], By.CONTROLLERS, because=because)
    if any(fate.workload.kind == "Pod" for fate in fates(scene)):
        says = "pods without a controller that are missing: their operator makes them anew"
        yield Row(key(expectation, BARE), says, [], By.STOOD_IN)


def missing_seen(record: Record, expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Workloads that had more pods before."""
    before, now = _placed(record.looks["before"]), _placed(record.looks[expectation.at])
    fewer = [of for of in before if now[of] < before[of]]
    yield Seen(key(expectation), sorted(str(of) for of in fewer if of.kind in REAL))
    if any(about(row) == BARE for row in rows):
        yield Seen(key(expectation, BARE), sorted(str(of) for of in fewer if of.kind not in REAL), By.STOOD_IN)


def serves(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """The model's time until a pod of a dead node serves elsewhere; that it starts is said by a stand-in for kubelets."""
    fate = next((each for each in fates(scene) if each.placed and each.own is None), None)
    if fate is not None:
        after = moved(scene.frame, attached=False) * HOUR
        says = f"a pod of {fate.workload.subject} serves elsewhere after"
        slack = scene.clock.slack(expectation.tolerance)
        yield Row(key(expectation, fate.workload.subject), says, after, By.STOOD_IN, Form.ABOUT, slack)


def serves_seen(record: Record, _expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """When the first pod in place of a struck one had a node."""
    before = record.looks["before"].uids
    for row in rows:
        at = [e.at for e in record.events("pod placed") if e.of == about(row) and e.uid not in before]
        value = record.clock.given_up(min(at) - record.struck, record.clock.toleration) if at else None
        yield Seen(row.id, value, By.STOOD_IN, "kubelets are played: only that it was placed is real")


def leads(scene: Scene, expectation: Expectation) -> Iterator[Row]:
    """The time until another leads; decided by the system itself, of which only the shape runs here."""
    for fate in fates(scene):
        fact = failover_of(scene.inventory, fate.workload)
        if fact is not None:
            says = f"another than {scene.target.pod} leads after"
            slack = scene.clock.slack(expectation.tolerance)
            yield Row(key(expectation), says, fact.seconds, By.STOOD_IN, Form.ABOUT, slack, fact.source)


def leads_seen(_record: Record, _expectation: Expectation, rows: list[Row]) -> Iterator[Seen]:
    """Nothing: no program in a twin elects it."""
    yield from (Seen(row.id, None, By.STOOD_IN, "its programs do not run here") for row in rows)


def _struck(record: Record) -> list[PodSeen]:
    """Pods that were struck."""
    pods = record.looks["before"].pods
    return [pod for pod in pods if pod.node in record.target.nodes or pod.name == record.target.pod]


def _placed(look: Look) -> Counter[Subject]:
    return Counter(pod.of for pod in look.pods if pod.node and not pod.leaving)


def _while_away(record: Record) -> Look:
    """The look before the last one."""
    return sorted(record.looks.values(), key=lambda each: each.at)[-2]
