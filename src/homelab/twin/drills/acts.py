"""Acts: what a drill does to a twin: silence nodes and their etcd members, bring them back, drain, delete a pod.

A dead machine is one whose nodes KWOK no longer speaks for, and whose etcd members are killed. The API server of a twin is
one program; it goes on listening when its machine is dead, and takes no write when no majority of etcd is left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from homelab.cluster.api import Api, ApiRefused, ApiSilent, Object
from homelab.errors import HomelabError
from homelab.twin.control_plane import ALIVE, WAIT
from homelab.twin.drills.etcd import step_down
from homelab.twin.drills.looks import WRITTEN, WRITTEN_IN, Look, finished, look, maker
from homelab.twin.drills.scene import Record, Rehearsed, Target
from homelab.twin.drills.watch import Watch

PATIENCE = 8.0
"""Seconds of this machine in which a write must be taken: a new leader of etcd is there after about one."""
STALLED = 10.0
"""Seconds of this machine without any pod leaving, after which a drain is given up."""
SETTLED = 20.0
"""Seconds of this machine for which a drill waits until the one before has left no trace."""
UNPLACED = 10.0
"""Seconds of this machine after which a pod without a node has none for good: the longest back-off of the scheduler is as long
(`podMaxBackoffSeconds`)."""
TRY = 0.3
BUDGET = re.compile(r"The disruption budget (\S+) ")
POKE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "twin-drill", "namespace": "kube-system"}}
"""What is written to see whether a write is taken."""


def writes(api: Api, patience: float = PATIENCE) -> bool:
    """Whether the API takes a write within `patience` seconds, asked by somebody who does not wait for long."""
    late = time.monotonic() + patience
    hasty = Api(api.host, api.port, api.authority, api.certificate, api.key, timeout=3)
    try:
        while not _taken(hasty):
            if time.monotonic() > late:
                return False
            time.sleep(TRY)
    finally:
        hasty.close()
    return True


def _taken(api: Api) -> bool:
    try:
        api.apply({**POKE, "data": {"at": f"{time.monotonic():.3f}"}}, "twin-drill")
    except (ApiRefused, ApiSilent):
        return False
    return True


def seen(twin: Rehearsed, watch: Watch, name: str) -> Look:
    """Look at everything; only that no write is taken, where that is so."""
    if not writes(twin.api):
        return Look(name, watch.now, writes=False)
    return look(twin.api, name, watch.now)


def settled(twin: Rehearsed, watch: Watch, name: str) -> Look:
    """Look when the lab rests: nodes speak, pods with a node are ready, and pods without one have had their time.

    After `SETTLED` seconds it is looked at as it is then.
    """
    begun = time.monotonic()
    while True:
        found, waited = seen(twin, watch, name), time.monotonic() - begun
        well = all(node.ready == "True" for node in found.nodes) and all(pod.ready for pod in found.pods if pod.node)
        if (well and (waited > UNPLACED or all(pod.node for pod in found.pods))) or waited > SETTLED:
            return found
        time.sleep(TRY)


def write(api: Api, name: str) -> None:
    """Write something that a later look finds, or does not."""
    meta = {"name": name, "namespace": WRITTEN_IN, "labels": {WRITTEN: "yes"}}
    api.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta}, "twin-drill")


def forget(api: Api) -> None:
    """Take away what steps wrote."""
    for body in api.list("v1", "ConfigMap", WRITTEN_IN, labelSelector=WRITTEN):
        api.delete(body)


def lose(twin: Rehearsed, target: Target) -> None:
    """Kill members of etcd for good."""
    for number in target.members:
        twin.services.kill(f"etcd-{number}")


def kill(twin: Rehearsed, target: Target) -> None:
    """Silence a target's nodes first: without etcd that could not be said any more."""
    members = twin.control_plane.etcd
    if target.members and len(members) - len(target.members) > len(members) // 2:
        step_down(members, target.members)
    for name in target.nodes:
        _label(twin.api, name, None)
    for number in target.members:
        twin.services.kill(f"etcd-{number}")


def revive(twin: Rehearsed, target: Target) -> None:
    """Start a target's members of etcd, wait for the API, and let its nodes speak."""
    for number in target.members:
        if twin.services.code(f"etcd-{number}") is not None:
            twin.services.again(f"etcd-{number}")
    twin.services.ready("kube-apiserver", lambda: writes(twin.api, 0), WAIT)
    for name in target.nodes:
        _label(twin.api, name, "true")


def _label(api: Api, node: str, value: str | None) -> None:
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}}
    api.merge(body, {"metadata": {"labels": {ALIVE: value}}})


def cordon(api: Api, nodes: Iterable[str], *, closed: bool) -> None:
    """Close nodes for new pods, or open them."""
    for node in nodes:
        body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node}}
        api.merge(body, {"spec": {"unschedulable": True if closed else None}})


def drain(twin: Rehearsed, record: Record) -> None:
    """Close the target's nodes and evict their pods, node agents apart, until all are gone or nothing moves any more."""
    cordon(twin.api, record.target.nodes, closed=True)
    moved = time.monotonic()
    left = 1 << 30
    while time.monotonic() < moved + STALLED:
        pods = _drainable(twin.api, record.target.nodes)
        if not pods:
            record.drained, record.blocked = True, {}
            return
        if len(pods) < left:
            left, moved = len(pods), time.monotonic()
        record.blocked = dict(refused for pod in pods for refused in _evict(twin.api, pod))
        time.sleep(TRY)
    record.drained = False


def _drainable(api: Api, nodes: Iterable[str]) -> list[Object]:
    found = [pod for node in nodes for pod in api.list("v1", "Pod", fieldSelector=f"spec.nodeName={node}")]
    return [pod for pod in found if not finished(pod) and maker(pod["metadata"]).kind != "DaemonSet"]


def _evict(api: Api, pod: Object) -> list[tuple[str, str]]:
    """Ask a pod to go; the budget that refuses, and what the API says of it."""
    meta = pod["metadata"]
    if "deletionTimestamp" in meta:
        return []
    name = {"name": meta["name"], "namespace": meta["namespace"]}
    try:
        api.call(
            "POST", f"{api.address(pod)}/eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": name}
        )
    except ApiRefused as refused:
        if refused.reason == "NotFound":
            return []
        said = " ".join((str(refused), *refused.causes))
        budget = BUDGET.search(said)
        return [(f"{meta['namespace']}/{budget[1] if budget else meta['name']}", said)]
    return []


def delete(twin: Rehearsed, target: Target) -> None:
    """End a pod at once, as a crash that its node notices."""
    space, _, name = target.pod.partition("/")
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": space, "name": name}}
    try:
        twin.api.delete(body, grace=0)
    except ApiSilent as silent:
        raise HomelabError(f"{target.pod} could not be deleted: {silent.message}") from None
