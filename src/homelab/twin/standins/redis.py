"""The Redis operator of OpsTree: StatefulSets by its kinds, and which pod is master, by the label that Services follow.

Source: OT-CONTAINER-KIT/redis-operator 0.26 internal/controller/redisreplication/redisreplication_controller.go: the label
`redis-role` of a replication's pods, and the status fields of each kind.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.facts import Produces
from homelab.software.shapes import port, service
from homelab.twin.standins import operated
from homelab.twin.standins.acts import Act, Change, Keep, Say
from homelab.twin.standins.operated import owned
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World, has

GROUP = "redis.redis.opstreelabs.in"
ROLE = "redis-role"
PORT = 6379


def replication(body: Object, world: World) -> Iterator[Act]:
    """A RedisReplication: its StatefulSet and Services, and its master: who was, while it is ready; else the first that is."""
    made = operated.expansion(body, world)
    for act in operated.acts(body, made):
        yield _unlabelled(act)
    name, space = body["metadata"]["name"], body["metadata"]["namespace"]
    yield from _beside(body, made.facts)
    pods = [each for each in world.of("", "Pod", space) if _of(each, name)]
    ready = [each["metadata"]["name"] for each in pods if has(each, "Ready")]
    had = (body.get("status") or {}).get("masterNode", "")
    master = had if had in ready or not ready else ready[0]
    for pod in pods:
        role = "master" if pod["metadata"]["name"] == master else "slave"
        yield Change(pod, {"metadata": {"labels": {ROLE: role}}})
    if master and world.mood(body) != "progressing":
        where = {"host": f"{name}-master.{space}.svc", "port": PORT}
        yield Say(body, {"masterNode": master, "connectionInfo": where})


def _of(pod: Object, name: str) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return labels.get("app") == name and labels.get("role") == "replication"


def _unlabelled(act: Act) -> Act:
    """A template without the label that only running pods carry: `software` shows where it can appear."""
    if not isinstance(act, Keep) or act.body["kind"] != "StatefulSet":
        return act
    found = copy.deepcopy(act.body)
    found["spec"]["template"]["metadata"]["labels"].pop(ROLE, None)
    return Keep(found)


def _beside(body: Object, facts: tuple[object, ...]) -> Iterator[Act]:
    """The Services that `software` only names: of the replicas, and of all."""
    name, space = body["metadata"]["name"], body["metadata"]["namespace"]
    own = {"app": name, "redis_setup_type": "replication", "role": "replication"}
    for fact in facts:
        for each in fact.objects if isinstance(fact, Produces) else ():
            if each.kind == "Service":
                role = {ROLE: "slave"} if each.name.endswith("-replica") else {}
                ends = [port("redis-client", PORT, PORT)]
                yield Keep(owned(service(each.name, space, {**own, **role}, ends, type="ClusterIP"), body))


def plain(body: Object, world: World) -> Iterator[Act]:
    """A Redis or a RedisSentinel: its StatefulSet and Services; the operator says no status."""
    yield from operated.acts(body, operated.expansion(body, world))


def cluster(body: Object, world: World) -> Iterator[Act]:
    """A RedisCluster: its StatefulSets, ready once all of them are."""
    made = operated.expansion(body, world)
    yield from operated.acts(body, made)
    name, space = body["metadata"]["name"], body["metadata"]["namespace"]
    counts = {}
    for role in ("Leader", "Follower"):
        found = world.get("apps", "StatefulSet", space, f"{name}-{role.lower()}")
        counts[f"ready{role}Replicas"] = operated.copies(found)[1] if found else 0
    mood = world.mood(body)
    whole = operated.running(body, made, world) and not mood
    state = "Ready" if whole else "Failed" if mood == "degraded" else "Initializing"
    yield Say(body, {"state": state, "reason": "RedisCluster is ready" if whole else "", **counts})


REDIS = StandIn(
    "the Redis operator",
    {
        (GROUP, "RedisReplication"): replication,
        (GROUP, "RedisSentinel"): plain,
        (GROUP, "Redis"): plain,
        (GROUP, "RedisCluster"): cluster,
    },
    sees=operated.SEES,
    operator=Program("redis-operator"),
)
