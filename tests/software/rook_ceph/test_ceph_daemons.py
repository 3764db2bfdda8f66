"""What Rook's operator makes of a Ceph cluster, its pools, filesystems and stores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.findings import Subject
from homelab.kube.facts import Failover, Pool, Produces, Quorum, Singleton
from homelab.kube.selector import matches
from homelab.software.rook_ceph import daemons as ceph_daemons
from homelab.software.rook_ceph import pools as ceph_pools

SPACE = "rook-ceph"


def custom(kind, name, **spec):
    return {"apiVersion": "ceph.rook.io/v1", "kind": kind, "metadata": {"name": name, "namespace": SPACE}, "spec": spec}


def cluster(**more):
    nodes = [
        {"name": "w1", "devices": [{"name": "sdb"}, {"name": "sdc"}]},
        {"name": "w2", "devices": [{"name": "sdb"}]},
    ]
    spec = {
        "cephVersion": {"image": "quay.io/ceph/ceph:v20"},
        "mon": {"count": 3},
        "mgr": {"count": 2},
        "storage": {"nodes": nodes},
        "disruptionManagement": {"managePodBudgets": True},
        "monitoring": {"enabled": True},
        "logCollector": {"enabled": True},
        "resources": {"osd": {"limits": {"memory": "4Gi"}}},
        **more,
    }
    return custom("CephCluster", SPACE, **spec)


def world(*bodies):
    known = {(body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]): body for body in bodies}
    return lambda kind, namespace, name: known.get((kind, namespace, name))


def named(expansion, kind):
    return [body["metadata"]["name"] for body in expansion.objects if body["kind"] == kind]


def test_daemons_of_a_cluster():
    """Three monitors, two managers and one OSD for each named disk, each a Deployment, with a majority as quorum."""
    made = ceph_daemons.expand(cluster(), world())
    deployments = named(made, "Deployment")
    assert [d for d in deployments if "-mon-" in d] == ["rook-ceph-mon-a", "rook-ceph-mon-b", "rook-ceph-mon-c"]
    assert [d for d in deployments if "-osd-" in d] == ["rook-ceph-osd-0", "rook-ceph-osd-1", "rook-ceph-osd-2"]
    assert named(made, "PodDisruptionBudget") == ["rook-ceph-mon-pdb", "rook-ceph-mgr-pdb", "rook-ceph-osd"]
    (quorum,) = [fact for fact in made.facts if isinstance(fact, Quorum)]
    assert (quorum.need, quorum.size, len(quorum.members)) == (2, 3, 3)
    assert len([fact for fact in made.facts if isinstance(fact, Singleton)]) == len(deployments)
    assert len(made.keys) == len(made.objects)
    assert made.unknown == ()


def test_services_and_budgets_select_the_pods_they_are_for():
    """Every Service and every budget that the operator makes selects at least one pod it makes."""
    store = custom("CephObjectStore", "store", gateway={"port": 80, "instances": 2})
    files = custom("CephFilesystem", "files", metadataServer={"activeCount": 1, "activeStandby": True})
    find = world(cluster())
    objects = [
        *ceph_daemons.expand(cluster(), find).objects,
        *ceph_pools.object_store(store, find).objects,
        *ceph_pools.filesystem(files, find).objects,
    ]
    pods = [body["spec"]["template"]["metadata"]["labels"] for body in objects if body["kind"] == "Deployment"]
    selecting = [body for body in objects if body["kind"] in {"Service", "PodDisruptionBudget"}]
    assert len(selecting) == 3 + 3 + 3 + 2
    for body in selecting:
        chosen = (
            body["spec"]["selector"]
            if body["kind"] == "PodDisruptionBudget"
            else {"matchLabels": body["spec"]["selector"]}
        )
        assert any(matches(chosen, labels) for labels in pods), body["metadata"]["name"]


def test_what_the_nodes_decide_is_unknown():
    """With `useAllNodes` nobody can say which disks become OSDs, and the expansion says so."""
    made = ceph_daemons.expand(cluster(storage={"useAllNodes": True}, mon={"count": 1}, mgr={"count": 1}), world())
    assert "which disks" in made.unknown[0]
    assert named(made, "PodDisruptionBudget") == ["rook-ceph-osd"]
    assert ceph_daemons.expand(cluster(external={"enable": True}), world()).unknown


def test_probes_and_budgets_follow_their_switches():
    """A disabled probe is not there, and without managed budgets there are none."""
    health = {"livenessProbe": {"mon": {"disabled": True}}, "startupProbe": {"mon": {"disabled": True}}}
    made = ceph_daemons.expand(
        cluster(healthCheck=health, disruptionManagement={}, crashCollector={"disable": True}), world()
    )
    mon = made.objects[0]["spec"]["template"]["spec"]["containers"][0]
    assert "livenessProbe" not in mon
    assert "startupProbe" not in mon
    assert not named(made, "PodDisruptionBudget")
    assert not [name for name in named(made, "Deployment") if "crashcollector" in name]


@pytest.mark.parametrize(
    ("pool", "sizes"),
    [
        ({"replicated": {"size": 3}}, (3, 2)),
        ({"replicated": {"size": 2}}, (2, 1)),
        ({"replicated": {"size": 1}}, (1, 1)),
        ({"erasureCoded": {"dataChunks": 2, "codingChunks": 1}}, (3, 3)),
        ({"replicated": {"size": 3}, "parameters": {"min_size": "1"}}, (3, 1)),
    ],
)
def test_how_many_copies_must_be_up(pool, sizes):
    """A pool of three serves with two copies, of two with one, k+m with k+1, unless it says so itself."""
    (fact,) = ceph_pools.block_pool(custom("CephBlockPool", "p", failureDomain="zone", **pool), world(cluster())).facts
    assert (fact.size, fact.min_size) == sizes
    assert fact.domain == "topology.kubernetes.io/zone"
    assert fact.nodes == ("w1", "w2")
    assert fact.cluster == Subject("CephCluster", SPACE, SPACE)


@given(st.integers(1, 5))
def test_metadata_servers_come_in_pairs(active):
    """There are always two metadata servers for each active one."""
    files = custom("CephFilesystem", "f", metadataServer={"activeCount": active}, metadataPool={}, dataPools=[{}])
    made = ceph_pools.filesystem(files, world())
    assert len(named(made, "Deployment")) == 2 * active
    assert any(isinstance(fact, Failover) for fact in made.facts)


def klass(name, provisioner, **parameters):
    return {"kind": "StorageClass", "metadata": {"name": name}, "provisioner": provisioner, "parameters": parameters}


def test_classes_name_their_pools():
    """A class says which pool it stands on; a missing pool is unknown, and foreign classes say nothing."""
    pool = custom("CephBlockPool", "ssd-pool", replicated={"size": 3})
    store = custom(
        "CephObjectStore", "store", metadataPool={"replicated": {"size": 3}}, dataPool={"replicated": {"size": 2}}
    )
    files = custom(
        "CephFilesystem", "files", metadataPool={"replicated": {"size": 3}}, dataPools=[{"replicated": {"size": 3}}]
    )
    find = world(pool, store, files)
    block = klass("fast", "rook-ceph.rbd.csi.ceph.com", pool="ssd-pool", clusterID=SPACE)
    bucket = klass("bucket", "rook-ceph.ceph.rook.io/bucket", objectStoreName="store", objectStoreNamespace=SPACE)
    file = klass("file", "rook-ceph.cephfs.csi.ceph.com", fsName="files", clusterID=SPACE)
    facts = [ceph_pools.storage_class(body, find).facts[0] for body in (block, bucket, file)]
    assert [(fact.classes, fact.kind, fact.size) for fact in facts] == [
        (("fast",), "block", 3),
        (("bucket",), "object", 2),
        (("file",), "file", 3),
    ]
    assert all(isinstance(fact, Pool) for fact in facts)
    assert ceph_pools.storage_class(block, world()).unknown
    assert not ceph_pools.storage_class(klass("x", "rancher.io/local-path"), world()).facts


def test_claims_and_users_produce_secrets():
    """The Secret of a user is named after its store; a claim's Secret and ConfigMap carry its own name."""
    (user,) = ceph_pools.object_user(custom("CephObjectStoreUser", "velero", store="store"), world()).facts
    (claim,) = ceph_pools.bucket_claim(custom("ObjectBucketClaim", "logs"), world()).facts
    assert isinstance(user, Produces)
    assert user.objects == (Subject("Secret", "rook-ceph-object-user-store-velero", SPACE),)
    assert claim.objects == (Subject("Secret", "logs", SPACE), Subject("ConfigMap", "logs", SPACE))


def test_one_gateway_has_no_budget():
    """A budget over a single gateway would block every drain, so the operator makes none."""
    single = custom(
        "CephObjectStore", "s", gateway={"securePort": 443, "instances": 1, "placement": {"podAffinity": {"x": 1}}}
    )
    made = ceph_pools.object_store(single, world(cluster()))
    assert not named(made, "PodDisruptionBudget")
    assert made.objects[1]["spec"]["ports"] == [{"name": "https", "port": 443, "targetPort": 443}]


def test_several_daemons_may_share_a_node_where_it_is_allowed():
    """Without the rule that keeps them apart, and without dashboard and monitoring, what hangs on these is gone."""
    made = ceph_daemons.expand(
        cluster(
            mon={"count": 5, "allowMultiplePerNode": True},
            mgr={"count": 1, "allowMultiplePerNode": True},
            monitoring={},
            dashboard={"enabled": True, "ssl": False},
        ),
        world(),
    )
    pods = {
        body["metadata"]["name"]: body["spec"]["template"]["spec"]
        for body in made.objects
        if body["kind"] == "Deployment"
    }
    assert "affinity" not in pods["rook-ceph-mon-a"]
    assert "affinity" not in pods["rook-ceph-mgr-a"]
    assert not named(made, "ServiceMonitor")
    budgets = {body["metadata"]["name"]: body["spec"] for body in made.objects if body["kind"] == "PodDisruptionBudget"}
    assert budgets["rook-ceph-mon-pdb"]["maxUnavailable"] == 2
    (dashboard,) = [body for body in made.objects if body["metadata"]["name"] == "rook-ceph-mgr-dashboard"]
    assert dashboard["spec"]["ports"][0]["port"] == 7000
