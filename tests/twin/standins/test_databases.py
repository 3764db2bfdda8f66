"""Databases and caches: their pods come one after the other, their master moves, and their secrets have the keys that are read."""

from __future__ import annotations

import pytest

from homelab.twin.standins.cloudnative_pg import CLOUDNATIVE_PG, HEALTHY, ROLE, SETTING_UP
from homelab.twin.standins.redis import REDIS
from homelab.twin.standins.world import MOOD, decoded
from twin.standins.scenes import Cluster, thing

CNPG, OPS = "postgresql.cnpg.io/v1", "redis.redis.opstreelabs.in/v1beta2"


def database(instances=3, **spec):
    """A Cluster of CloudNativePG."""
    return thing("Cluster", "db", "shop", CNPG, spec={"instances": instances, "storage": {"size": "1Gi"}, **spec})


def cache(size=3):
    """A RedisReplication."""
    spec = {"clusterSize": size, "kubernetesConfig": {"image": "quay.io/opstree/redis:v8"}}
    return thing("RedisReplication", "cache", "shop", OPS, spec=spec)


def names(cluster, kind):
    """The names of the objects of a kind in the namespace."""
    group = {"PodDisruptionBudget": "policy", "StatefulSet": "apps"}.get(kind, "")
    return [each["metadata"]["name"] for each in cluster.world().of(group, kind, "shop")]


def roles(cluster, label=ROLE):
    """Pod to role."""
    return {p["metadata"]["name"]: p["metadata"]["labels"].get(label) for p in cluster.world().of("", "Pod", "shop")}


def lost(cluster, name):
    """A pod is no longer ready."""
    cluster.get("Pod", name, "shop")["status"] = {"conditions": [{"type": "Ready", "status": "False"}]}


def test_a_database_comes_up_whole():
    """A database of three has three pods and claims of its own, its Services, its budgets, and one primary."""
    cluster = Cluster(database()).settle(CLOUDNATIVE_PG)
    assert names(cluster, "Pod") == names(cluster, "PersistentVolumeClaim") == ["db-1", "db-2", "db-3"]
    assert names(cluster, "Service") == ["db-r", "db-ro", "db-rw"]
    assert names(cluster, "PodDisruptionBudget") == ["db", "db-primary"]
    assert roles(cluster) == {"db-1": "primary", "db-2": "replica", "db-3": "replica"}
    status = cluster.get("Cluster", "db", "shop")["status"]
    assert (status["phase"], status["readyInstances"], status["currentPrimary"]) == (HEALTHY, 3, "db-1")


def test_what_is_made_belongs_to_the_database():
    """Everything that is made for a database names it as its owner, so that it goes with it."""
    cluster = Cluster(database()).settle(CLOUDNATIVE_PG)
    made = [body for found in cluster.objects.values() for body in found.values() if body["kind"] != "Cluster"]
    assert {body["metadata"]["ownerReferences"][0]["uid"] for body in made} == {"uid-Cluster-shop-db"}


def test_the_first_instance_comes_first():
    """While the first instance does not run, no second is made, and the database says that it is set up."""
    cluster = Cluster(database()).settle(CLOUDNATIVE_PG, pods=False)
    assert names(cluster, "Pod") == ["db-1"]
    assert cluster.get("Cluster", "db", "shop")["status"]["phase"] == SETTING_UP


def test_the_primary_moves():
    """When the primary is no longer ready another is, and stays it when the first one is back."""
    cluster = Cluster(database()).settle(CLOUDNATIVE_PG)
    lost(cluster, "db-1")
    cluster.settle(CLOUDNATIVE_PG)
    assert roles(cluster) == {"db-1": "replica", "db-2": "primary", "db-3": "replica"}
    assert cluster.get("Cluster", "db", "shop")["status"]["phase"] != HEALTHY
    del cluster.get("Pod", "db-1", "shop")["status"]
    cluster.settle(CLOUDNATIVE_PG)
    assert roles(cluster)["db-2"] == "primary"


def test_the_primary_leaves_a_node_that_is_closed():
    """Before a drain comes to it the primary moves to an instance on another node; where there is none it stays."""
    cluster = Cluster(database()).settle(CLOUDNATIVE_PG)
    for number in (1, 2, 3):
        cluster.get("Pod", f"db-{number}", "shop")["spec"]["nodeName"] = f"box-{number}"
        cluster.put(thing("Node", f"box-{number}", "", "v1", spec={"unschedulable": number == 1}))
    assert roles(cluster.settle(CLOUDNATIVE_PG)) == {"db-1": "replica", "db-2": "primary", "db-3": "replica"}
    for number in (2, 3):
        cluster.get("Node", f"box-{number}")["spec"]["unschedulable"] = True
    assert roles(cluster.settle(CLOUDNATIVE_PG))["db-2"] == "primary"


def test_nobody_is_promoted_where_nobody_is_left():
    """A primary without a ready replica stays primary."""
    cluster = Cluster(database(1)).settle(CLOUDNATIVE_PG)
    lost(cluster, "db-1")
    assert roles(cluster.settle(CLOUDNATIVE_PG)) == {"db-1": "primary"}


def test_an_evicted_instance_is_made_again():
    """A pod that is gone is made again by its name, also when its elder is not ready."""
    cluster = Cluster(database()).settle(CLOUDNATIVE_PG)
    lost(cluster, "db-1")
    del cluster.objects["", "Pod"]["shop", "db-3"]
    cluster.settle(CLOUDNATIVE_PG, pods=False)
    assert "db-3" in names(cluster, "Pod")


def test_an_application_finds_its_login():
    """The Secret of a database's application has the keys that clients read, and a password that is the same again."""
    cluster = Cluster(database(bootstrap={"initdb": {"database": "n8n", "owner": "clerk"}})).settle(CLOUDNATIVE_PG)
    secret = cluster.get("Secret", "db-app", "shop")
    word = decoded(secret, "password").decode()
    assert decoded(secret, "uri").decode() == f"postgresql://clerk:{word}@db-rw.shop:5432/n8n"
    assert len(word) > 20


def test_a_login_that_is_brought_is_not_made():
    """Where a database's login is a Secret of the lab, none is made."""
    given = database(bootstrap={"initdb": {"secret": {"name": "own"}}})
    assert "db-app" not in names(Cluster(given).settle(CLOUDNATIVE_PG), "Secret")


def test_a_cache_has_one_master_and_it_moves():
    """One pod of a replication is its master, by label and status; when it is not ready another is."""
    cluster = Cluster(cache()).settle(REDIS)
    assert roles(cluster, "redis-role") == {"cache-0": "master", "cache-1": "slave", "cache-2": "slave"}
    assert cluster.get("RedisReplication", "cache", "shop")["status"]["masterNode"] == "cache-0"
    lost(cluster, "cache-0")
    assert roles(cluster.settle(REDIS), "redis-role")["cache-1"] == "master"


def test_a_cache_s_services_follow_roles():
    """The Services of a replication are those of its operator, and the template of its pods says no role."""
    cluster = Cluster(cache()).settle(REDIS)
    assert names(cluster, "Service") == ["cache", "cache-additional", "cache-headless", "cache-master", "cache-replica"]
    template = cluster.get("StatefulSet", "cache", "shop")["spec"]["template"]["metadata"]["labels"]
    assert "redis-role" not in template


@pytest.mark.parametrize(("mood", "phase"), [("", "completed"), ("degraded", "failed"), ("progressing", "pending")])
def test_a_backup_by_hand_fares_as_it_is_told(mood, phase):
    """A backup that somebody asks for is done where its database runs, unless a drill says otherwise."""
    asked = thing("Backup", "now", "shop", CNPG, metadata={"annotations": {MOOD: mood}}, spec={"cluster": {"name": "db"}})  # fmt: skip
    cluster = Cluster(database(1), asked).settle(CLOUDNATIVE_PG)
    assert cluster.get("Backup", "now", "shop")["status"]["phase"] == phase


def test_another_version_reaches_every_pod():
    """When a database's pods would be made otherwise they are made anew, one at a time, the primary last."""
    cluster = Cluster(database()).settle(CLOUDNATIVE_PG)
    cluster.get("Cluster", "db", "shop")["spec"]["imageName"] = "example.org/postgresql:19"
    cluster.settle(CLOUDNATIVE_PG)
    images = [pod["spec"]["containers"][0]["image"] for pod in cluster.world().of("", "Pod", "shop")]
    assert images == ["example.org/postgresql:19"] * 3
    assert cluster.removed == ["db-2", "db-3", "db-1"]
    assert cluster.get("Cluster", "db", "shop")["status"]["phase"] == HEALTHY
