"""What the Redis operator makes of a standalone Redis and of a RedisCluster.

Source: OT-CONTAINER-KIT/redis-operator 0.26 `internal/k8sutils/{redis-standalone,redis-cluster,poddisruption}.go`.
"""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Failover, Produces, Role, Singleton
from homelab.kube.resource import Manifest
from homelab.software.redis_operator.replication import (
    GROUP,
    PORT,
    Lookup,
    claims_of,
    containers,
    guard,
    labels_of,
    place,
    pod_of,
)
from homelab.software.shapes import Draft, port, service, workload
from homelab.software.software import KindTruth

SHARD_TAKEOVER = 15.0
"""Seconds until a follower leads its shard: `cluster-node-timeout` is 5 s, then its peers vote."""


def standalone(body: Manifest, _lookup: Lookup) -> Expansion:
    """A Redis: one pod that nothing replaces but itself."""
    draft = Draft()
    name, space, _spec = place(body)
    labels = labels_of(body, name, "standalone", "standalone")
    _set(draft, body, name, labels, 1)
    subject = Subject("Redis", name, space)
    draft.facts += [
        Singleton(
            Subject("StatefulSet", name, space), "a standalone Redis; a RedisReplication has replicas", "operator"
        ),
        Role(subject, "run", "it answers its clients"),
        Produces(subject, (Subject("Service", f"{name}-additional", space),)),
    ]
    return draft.expansion()


def cluster(body: Manifest, _lookup: Lookup) -> Expansion:
    """A RedisCluster: as many leaders and as many followers as `clusterSize`, unless either says otherwise."""
    draft = Draft()
    name, space, spec = place(body)
    size = int(spec.get("clusterSize", 3))
    subject = Subject("RedisCluster", name, space)
    made = []
    for role in ("leader", "follower"):
        own = spec.get(f"redis{role.capitalize()}") or {}
        count = int(own.get("replicas", size))
        if not count:
            continue
        labels = labels_of(body, f"{name}-{role}", "cluster", role)
        _set(draft, {**body, "spec": {**spec, **own}}, f"{name}-{role}", labels, count)
        chosen = {"app": f"{name}-{role}", "role": role}
        guard(draft, f"{name}-{role}", space, chosen, {"pdb": own.get("pdb"), "clusterSize": size})
        made.append(Subject("Service", f"{name}-{role}-additional", space))
    draft.facts += [
        Produces(subject, (*made, Subject("Service", f"{name}-master", space))),
        Role(subject, "run", "it answers its clients"),
        Failover(subject, SHARD_TAKEOVER, "a shard's follower is voted leader", api=False, knob="redis.shard"),
    ]
    return draft.expansion()


def _set(draft: Draft, body: Manifest, name: str, labels: dict[str, str], count: int) -> None:
    _name, space, spec = place(body)
    stable = {key: labels[key] for key in ("app", "redis_setup_type", "role")}
    pod = pod_of(labels, containers(name, spec), spec)
    claims = claims_of(name, spec)
    made = workload(
        "StatefulSet", name, space, pod, stable, replicas=count, serviceName=f"{name}-headless",
        volumeClaimTemplates=claims or None,
    )  # fmt: skip
    draft.add(made, "spec")
    end = [port("redis-client", PORT, PORT)]
    draft.add(service(name, space, labels, end, type="ClusterIP"), "spec")
    draft.add(service(f"{name}-headless", space, labels, end, type="ClusterIP", clusterIP="None"), "spec")


STANDALONE = KindTruth(GROUP, "Redis", standalone)
CLUSTER = KindTruth(GROUP, "RedisCluster", cluster)
