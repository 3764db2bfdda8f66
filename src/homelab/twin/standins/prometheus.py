"""prometheus-operator, where it does not run itself: the StatefulSets of Prometheus and Alertmanager and what it says of them.

Words of the conditions: prometheus-operator 0.93.1 pkg/operator/statefulset_reporter.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.twin.standins import operated
from homelab.twin.standins.acts import Act, Say
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World, condition

GROUP = "monitoring.coreos.com"


def stateful(body: Object, world: World) -> Iterator[Act]:
    """A Prometheus or an Alertmanager: its StatefulSets, and how many of their pods are ready."""
    made = operated.expansion(body, world)
    yield from operated.acts(body, made)
    yield from operated.produced(body, made, world)
    names = [each["metadata"]["name"] for each in operated.objects(made) if each["kind"] == "StatefulSet"]
    shards = [world.get("apps", "StatefulSet", body["metadata"]["namespace"], name) for name in names]
    mood = world.mood(body)
    if mood == "progressing" and not dig(body, ["status", "conditions"]):
        return
    counts = [operated.copies(each) if each else (1, 0) for each in shards]
    wanted, ready = sum(each[0] for each in counts), sum(each[1] for each in counts)
    if mood == "degraded":
        ready = 0
    available = [condition(body, world, "Available", *_available(shards, wanted, ready), "")]
    reconciled = condition(body, world, "Reconciled", True, "", "")
    total = {
        "paused": False,
        "replicas": wanted,
        "updatedReplicas": wanted,
        "availableReplicas": ready,
        "unavailableReplicas": max(0, wanted - ready),
    }
    yield Say(body, {"conditions": [*available, reconciled], **total, **_shards(body, counts)})


def _available(shards: list[Object | None], wanted: int, ready: int) -> tuple[str, str]:
    if any(each is None for each in shards):
        return "False", "StatefulSetNotFound"
    if ready < wanted:
        return ("Degraded", "SomePodsNotReady") if ready else ("False", "NoPodReady")
    return "True", ""


def _shards(body: Object, counts: list[tuple[int, int]]) -> Object:
    """Of a Prometheus also each shard's."""
    if body["kind"] != "Prometheus":
        return {}
    listed = [
        {
            "shardID": str(number),
            "replicas": wanted,
            "updatedReplicas": wanted,
            "availableReplicas": ready,
            "unavailableReplicas": max(0, wanted - ready),
        }
        for number, (wanted, ready) in enumerate(counts)
    ]
    return {"shards": len(listed), "shardStatuses": listed}


PROMETHEUS = StandIn(
    "prometheus-operator",
    {(GROUP, "Prometheus"): stateful, (GROUP, "Alertmanager"): stateful},
    sees=operated.SEES,
    replaced="prometheus-operator",
    unsaid={
        (GROUP, kind): "the operator says nothing of it that Argo CD reads"
        for kind in ("ServiceMonitor", "PodMonitor", "Probe", "ScrapeConfig", "PrometheusRule", "AlertmanagerConfig")
    },
    operator=Program("prometheus-operator"),
)
