"""The Redis operator: what it makes of its custom resources."""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Failover, Quorum, Singleton
from homelab.software.redis_operator.others import cluster, standalone
from homelab.software.redis_operator.replication import TAKEOVER, UNWATCHED, replication, sentinel


def cache(**spec):
    meta = {"name": "queue", "namespace": "n8n-prod", "labels": {"team": "x"}}
    base = {"clusterSize": 2, "kubernetesConfig": {"image": "redis"}}
    return {"kind": "RedisReplication", "metadata": meta, "spec": {**base, **spec}}


def by_name(expansion):
    return {(body["kind"], body["metadata"]["name"]): body for body in expansion.objects}


def test_the_master_service_finds_its_pods():
    """The Service that follows the master selects the StatefulSet's pods, by labels that include the resource's own."""
    made = by_name(replication(cache(), None))
    pods = made["StatefulSet", "queue"]["spec"]["template"]["metadata"]["labels"]
    chosen = made["Service", "queue-master"]["spec"]["selector"]
    assert chosen["redis-role"] == "master"
    assert chosen.items() <= pods.items()
    assert chosen["team"] == "x"


def test_sentinels_make_takeover_quicker_and_need_a_majority():
    """With Sentinels a replica is promoted; without them the lost master must start again."""
    failovers = [
        fact.seconds
        for spec in ({}, {"sentinel": {"size": 3, "image": "sentinel"}})
        for fact in replication(cache(**spec), None).facts
        if isinstance(fact, Failover)
    ]
    assert failovers == [UNWATCHED, TAKEOVER]
    (quorum,) = [
        fact for fact in replication(cache(sentinel={"size": 3, "image": "s"}), None).facts if isinstance(fact, Quorum)
    ]
    assert (quorum.need, quorum.size, quorum.subject.name) == (2, 3, "queue-s")


def test_budgets_are_those_of_the_resource():
    """A budget exists only where the resource enables it, and asks for a majority where it says no bound."""
    assert not [body for body in replication(cache(), None).objects if body["kind"] == "PodDisruptionBudget"]
    made = by_name(replication(cache(clusterSize=3, pdb={"enabled": True}), None))
    assert made["PodDisruptionBudget", "queue-replication"]["spec"]["minAvailable"] == 2
    made = by_name(replication(cache(pdb={"enabled": True, "maxUnavailable": 1}), None))
    assert made["PodDisruptionBudget", "queue-replication"]["spec"]["maxUnavailable"] == 1


def test_separate_sentinels_are_named_after_their_resource():
    """A RedisSentinel's StatefulSet ends in -sentinel and calls the replication it watches."""
    body = {
        "kind": "RedisSentinel",
        "metadata": {"name": "watch", "namespace": "n8n-prod"},
        "spec": {
            "clusterSize": 3,
            "kubernetesConfig": {"image": "sentinel"},
            "redisSentinelConfig": {"redisReplicationName": "queue"},
            "pdb": {"enabled": True},
        },
    }
    expansion = sentinel(body, None)
    made = by_name(expansion)
    assert made["StatefulSet", "watch-sentinel"]["spec"]["replicas"] == 3
    assert made["PodDisruptionBudget", "watch-sentinel"]["spec"]["minAvailable"] == 2
    assert any(getattr(fact, "host", "") == "queue-headless" for fact in expansion.facts)
    (takeover,) = [fact for fact in expansion.facts if isinstance(fact, Failover)]
    own = Subject("StatefulSet", "watch-sentinel", "n8n-prod")
    assert (takeover.subject.name, takeover.seconds, takeover.by) == ("queue", TAKEOVER, (own,))
    assert {fact.subject for fact in expansion.facts} == {own, takeover.subject}


def test_a_standalone_redis_is_one_pod():
    """A standalone Redis is a StatefulSet of one with its exporter beside it, and a singleton."""
    body = cache(redisExporter={"enabled": True, "image": "exporter"}, storage={"volumeClaimTemplate": {"spec": {}}})
    expansion = standalone({**body, "kind": "Redis"}, None)
    spec = by_name(expansion)["StatefulSet", "queue"]["spec"]
    assert spec["replicas"] == 1
    assert [each["name"] for each in spec["template"]["spec"]["containers"]] == ["queue", "redis-exporter"]
    assert spec["volumeClaimTemplates"][0]["metadata"]["name"] == "queue"
    assert [fact.subject.name for fact in expansion.facts if isinstance(fact, Singleton)] == ["queue"]


def test_a_cluster_has_leaders_and_followers():
    """A RedisCluster has both roles with their own counts and budgets; followers may be left out."""
    spec = {"clusterSize": 3, "redisLeader": {"pdb": {"enabled": True, "maxUnavailable": 1}}}
    made = by_name(cluster({**cache(**spec), "kind": "RedisCluster"}, None))
    assert [made["StatefulSet", f"queue-{role}"]["spec"]["replicas"] for role in ("leader", "follower")] == [3, 3]
    assert made["PodDisruptionBudget", "queue-leader"]["spec"]["maxUnavailable"] == 1
    assert ("PodDisruptionBudget", "queue-follower") not in made
    made = by_name(cluster({**cache(redisFollower={"replicas": 0}), "kind": "RedisCluster"}, None))
    assert ("StatefulSet", "queue-follower") not in made
