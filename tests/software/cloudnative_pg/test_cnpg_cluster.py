"""What CloudNativePG's operator makes of strangers' Clusters, backups and poolers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.findings import Subject
from homelab.kube.facts import Backup, Calls, Database, Failover, Produces
from homelab.software.cloudnative_pg.backup import archiver, scheduled_backup
from homelab.software.cloudnative_pg.cluster import cluster
from homelab.software.cloudnative_pg.pooler import pooler

PLUGIN = {"name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": True, "parameters": {"barmanObjectName": "store"}}
STORE = {
    "spec": {
        "retentionPolicy": "2w",
        "configuration": {"destinationPath": "s3://copies/db", "endpointURL": "http://rgw.rook-ceph.svc:80"},
        "instanceSidecarConfiguration": {"resources": {"requests": {"memory": "64Mi"}}},
    }
}


def db(**spec):
    return {"kind": "Cluster", "metadata": {"name": "db", "namespace": "shop"}, "spec": spec}


def schedule(**spec):
    base = {"schedule": "0 4 * * *", "cluster": {"name": "db"}}
    return {"kind": "ScheduledBackup", "metadata": {"name": "daily", "namespace": "shop"}, "spec": {**base, **spec}}


def among(*bodies):
    known = {(kind, "shop", name): body for kind, name, body in bodies}
    return lambda *key: known.get(key)


def of(expansion, kind):
    return {body["metadata"]["name"]: body for body in expansion.objects if body["kind"] == kind}


def facts(expansion, kind):
    return [fact for fact in expansion.facts if isinstance(fact, kind)]


NOTHING = among()


@given(st.integers(1, 9), st.booleans())
def test_budgets_leave_room_for_one(instances, guarded):
    """For any size the primary has a budget of its own, replicas one that lets exactly one of them go."""
    made = of(cluster(db(instances=instances, enablePDB=guarded), NOTHING), "PodDisruptionBudget")
    assert ("db-primary" in made) is guarded
    assert ("db" in made) is (guarded and instances > 2)
    if "db" in made:
        assert made["db"]["spec"]["minAvailable"] == instances - 2


@given(st.integers(1, 9))
def test_each_instance_has_pod_and_claim(instances):
    """Each instance is a bare pod with a claim of its own name, and exactly one of them is primary."""
    made = cluster(db(instances=instances, storage={"size": "1Gi", "storageClass": "fast"}), NOTHING)
    assert set(of(made, "Pod")) == set(of(made, "PersistentVolumeClaim")) == {f"db-{n + 1}" for n in range(instances)}
    roles = [pod["metadata"]["labels"]["cnpg.io/instanceRole"] for pod in of(made, "Pod").values()]
    assert roles.count("primary") == 1
    assert bool(facts(made, Failover)) is (instances > 1)


def test_services_find_pods_or_are_not_objects():
    """Each Service selects an instance by labels that it has; a Service for replicas that are not there is only produced."""
    for count in (1, 2):
        made = cluster(db(instances=count), NOTHING)
        labels = [pod["metadata"]["labels"] for pod in of(made, "Pod").values()]
        for body in of(made, "Service").values():
            assert any(body["spec"]["selector"].items() <= each.items() for each in labels)
        assert ("db-ro" in of(made, "Service")) is (count > 1)
        produced = {each for fact in facts(made, Produces) for each in fact.objects}
        assert (Subject("Service", "db-ro", "shop") in produced) is (count == 1)
    off = {"services": {"disabledDefaultServices": ["ro", "r"]}}
    assert set(of(cluster(db(instances=2, managed=off), NOTHING), "Service")) == {"db-rw"}


def test_anti_affinity_is_preferred_over_nodes_unless_said():
    """Without a word instances avoid each other's node if they can; off, nothing keeps them apart; own terms are added."""

    def rules(**placing):
        pod = of(cluster(db(affinity=placing), NOTHING), "Pod")["db-1"]
        return pod["spec"].get("affinity", {}).get("podAntiAffinity", {})

    (soft,) = rules()["preferredDuringSchedulingIgnoredDuringExecution"]
    assert soft["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
    assert rules(enablePodAntiAffinity=False) == {}
    own = {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "rack"}]}
    assert len(rules(podAntiAffinityType="required", additionalPodAntiAffinity=own)[next(iter(own))]) == 2


def test_the_archiver_stays_beside_the_database():
    """With the plugin a sidecar runs in each pod, sized by its ObjectStore; a log volume has a claim of its own."""
    made = cluster(db(plugins=[PLUGIN], walStorage={"size": "2Gi"}), among(("ObjectStore", "store", STORE)))
    first = of(made, "Pod")["db-1"]["spec"]["initContainers"][1]
    assert (first["restartPolicy"], first["resources"]["requests"]["memory"]) == ("Always", "64Mi")
    assert "db-1-wal" in of(made, "PersistentVolumeClaim")
    assert facts(made, Database)[0].archive is True
    (call,) = facts(made, Calls)
    assert (call.host, call.port, call.phase) == ("rgw.rook-ceph.svc", 80, "change")
    assert archiver({"plugins": [{**PLUGIN, "enabled": False}]}) is None


@pytest.mark.parametrize(("method", "spec"), [("barmanObjectStore", {"plugins": [PLUGIN]}), ("plugin", {})])
def test_a_schedule_whose_method_does_not_fit_copies_nothing(method, spec):
    """A method for which the Cluster has no configuration makes no backup, as in the reference lab."""
    made = scheduled_backup(
        schedule(method=method), among(("Cluster", "db", db(**spec)), ("ObjectStore", "store", STORE))
    )
    assert made.facts == ()


def test_backups_know_where_they_go():
    """By plugin the destination and retention are the ObjectStore's, built in they are the Cluster's."""
    lookup = among(("Cluster", "db", db(plugins=[PLUGIN])), ("ObjectStore", "store", STORE))
    (backup,) = facts(scheduled_backup(schedule(method="plugin"), lookup), Backup)
    assert (backup.destination.bucket, backup.retention, backup.fields) == ("copies", 14 * 86400, 6)
    assert backup.database == Subject("Cluster", "db", "shop")
    inside = {
        "barmanObjectStore": {"destinationPath": "s3://old/", "endpointURL": "https://s3"},
        "retentionPolicy": "30d",
    }
    (backup,) = facts(scheduled_backup(schedule(), among(("Cluster", "db", db(backup=inside)))), Backup)
    assert (backup.destination.bucket, backup.retention) == ("old", 30 * 86400)
    suspended = scheduled_backup(schedule(method="plugin", suspend=True), lookup)
    assert suspended.facts == ()


def test_what_cannot_be_known_is_said():
    """A schedule of a Cluster that nobody declares, and snapshots, are unknown, never judged."""
    assert scheduled_backup(schedule(), NOTHING).unknown == ("its Cluster shop/db is not declared",)
    snapshots = scheduled_backup(schedule(method="volumeSnapshot"), among(("Cluster", "db", db())))
    assert "snapshot" in snapshots.unknown[0]


def test_a_pooler_calls_its_cluster():
    """A Pooler is a Deployment that cannot do without its Cluster's Service."""
    body = {
        "kind": "Pooler",
        "metadata": {"name": "pool", "namespace": "shop"},
        "spec": {"cluster": {"name": "db"}, "instances": 2, "type": "ro"},
    }
    made = pooler(body, NOTHING)
    assert of(made, "Deployment")["pool"]["spec"]["replicas"] == 2
    (call,) = facts(made, Calls)
    assert (call.host, call.phase) == ("db-ro", "run")
