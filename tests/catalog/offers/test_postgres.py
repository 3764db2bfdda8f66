"""PostgreSQL clusters as components ask for them, in labs of one node, two hosts and three hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.expanded import Expanded, expanded, strangers
from catalog.plans import EVERYTHING_OFF, METRICS, lab, own, plan, stub
from homelab.capabilities import Capability
from homelab.catalog.component import Area, Component, Part, Settings
from homelab.catalog.offers.postgres import (
    Postgres,
    archive_target,
    postgres_cluster,
    postgres_flows,
    postgres_needs,
    postgres_secrets,
    postgres_uncopied,
)
from homelab.catalog.plan import Plan, secrets
from homelab.findings import Subject
from homelab.kube.facts import Backup, Database, Failover, Produces
from homelab.kube.schemas.validate import Schemas

CEPH = stub("rook-ceph", Capability.STORAGE_BLOCK, Capability.STORAGE_OBJECT)
OPERATOR = stub("cloudnative-pg", Capability.DATABASE_POSTGRES)
LOCAL = {"targets": {"local": {"kind": "ceph"}}}
BOTH = {"targets": {"local": {"kind": "ceph"}, "offsite": {"kind": "s3", "endpoint": "https://s3.example.net"}}}
NAS = {"targets": {"box": {"kind": "nas", "endpoint": "http://192.168.1.5:9000"}}}


def user(instances: int) -> Component:
    """A component that asks for a database."""
    wanted = Postgres("shop-postgres", "shop", "shop", instances)
    return Component(
        "shop",
        Area.APPS,
        "asks for a database",
        Settings,
        parts=(Part("shop", "shop", resources=lambda p, s: postgres_cluster(p, s, wanted)),),
        flows=lambda p, s: postgres_flows(p, s, wanted),
        secrets=lambda p, s: postgres_secrets(p, s, wanted),
        needs=postgres_needs,
    )


def made(shape: str, instances: int, **more: Any) -> Plan:
    return plan(lab(shape, **more), METRICS, CEPH, OPERATOR, user(instances))


LABS = {
    "three": made("three", 3, backup=BOTH),
    "three on two hosts": made("two", 3, backup=LOCAL),
    "two": made("two", 2, backup=LOCAL),
    "one": made("one", 1, backup=NAS),
    "off": made("two", 2, backup=LOCAL, practices=EVERYTHING_OFF),
    "no target": made("two", 2),
    "second": made("three", 3, backup={**BOTH, "generation": 2}),
    "again": made("three", 3, backup={**BOTH, "generation": 3, "recover": True}),
}


def facts(found: Expanded, kind: type) -> list[Any]:
    return [fact for fact in found.facts if isinstance(fact, kind)]


def cluster(name: str) -> Any:
    return expanded(LABS[name], "shop").of("Cluster")["shop-postgres"]["spec"]


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Cluster, archive, schedule and monitor are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "shop"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches the instances that the operator makes."""
    assert strangers(LABS[name], "shop") == []


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("three", "required", "topology.kubernetes.io/zone"),
        ("two", "required", "topology.kubernetes.io/zone"),
        ("three on two hosts", "required", "kubernetes.io/hostname"),
    ],
)
def test_instances_stand_apart(name: str, kind: str, key: str) -> None:
    """Instances stand on different hosts where there are enough of them, else on different nodes."""
    affinity = cluster(name)["affinity"]
    assert (affinity["podAntiAffinityType"], affinity["topologyKey"]) == (kind, key)
    pod = expanded(LABS[name], "shop").of("Pod")["shop-postgres-1"]["spec"]
    (term,) = pod["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == key


def test_a_single_instance_never_blocks_a_drain() -> None:
    """The operator's budget over one instance would hold up every drain: it is switched off."""
    assert cluster("one")["enablePDB"] is False
    assert not expanded(LABS["one"], "shop").of("PodDisruptionBudget")
    assert set(expanded(LABS["three"], "shop").of("PodDisruptionBudget")) == {"shop-postgres-primary", "shop-postgres"}
    assert set(expanded(LABS["two"], "shop").of("PodDisruptionBudget")) == {"shop-postgres-primary"}


def test_the_archive_leaves_the_house_where_it_can() -> None:
    """With an off-site target the log goes there; its keys are asked for, those of the lab's own store are made."""
    (backup,) = facts(expanded(LABS["three"], "shop"), Backup)
    assert (backup.destination.endpoint, backup.fields, backup.archive) == ("https://s3.example.net", 6, 300.0)
    assert backup.schedule == "0 0 4 * * *"
    assert backup.retention == 28 * 86400
    assert [request.name for _choice, request in secrets(LABS["three"])] == ["backup-offsite"]
    (inside,) = facts(expanded(LABS["two"], "shop"), Backup)
    assert "rook-ceph-rgw" in inside.destination.endpoint
    assert secrets(LABS["two"]) == ()
    assert "shop-postgres-local" in expanded(LABS["two"], "shop").of("ObjectBucketClaim")


def test_practices_off_describe_a_lab_without_them() -> None:
    """With every practice off there is no archive, schedule, monitor and size; budget and spread are the operator's own."""
    assert [body["kind"] for body in own(LABS["off"], "shop")] == ["Cluster"]
    spec = cluster("off")
    assert not {"affinity", "resources", "plugins", "enablePDB"} & set(spec)
    (database,) = facts(expanded(LABS["off"], "shop"), Database)
    assert (database.instances, database.archive) == (2, False)


def test_what_the_operator_makes_is_known() -> None:
    """Claims, Services and Secrets appear by the operator's naming, and a second instance takes over."""
    found = expanded(LABS["two"], "shop")
    assert {"shop-postgres-rw", "shop-postgres-ro", "shop-postgres-r"} <= set(found.of("Service"))
    claim = found.of("PersistentVolumeClaim")["shop-postgres-2"]["spec"]
    assert claim["storageClassName"] == "ceph-block-retain"
    made_by = {each for fact in facts(found, Produces) for each in fact.objects}
    assert Subject("Secret", "shop-postgres-app", "shop") in made_by
    assert len(facts(found, Failover)) == 1
    assert not facts(expanded(LABS["one"], "shop"), Failover)


def test_the_sidecar_is_bounded() -> None:
    """With the practice on every container of an instance has a memory request, the archiver's among them."""
    pod = expanded(LABS["three"], "shop").of("Pod")["shop-postgres-1"]["spec"]
    for container in [*pod["containers"], *pod["initContainers"]]:
        assert container["resources"]["requests"]["memory"], container["name"]


def test_a_database_is_made_from_the_generation_before():
    """A rebuilt lab's database is recovered from the last folder of the archive and writes into the next one."""
    parameters = {"barmanObjectName": "shop-postgres-offsite"}
    first, second, again = (cluster(name) for name in ("three", "second", "again"))
    assert first["plugins"][0]["parameters"] == parameters
    assert second["plugins"][0]["parameters"] == {**parameters, "serverName": "shop-postgres-2"}
    assert "initdb" in first["bootstrap"]
    assert "initdb" in second["bootstrap"]
    assert "externalClusters" not in second
    assert again["plugins"][0]["parameters"] == {**parameters, "serverName": "shop-postgres-3"}
    assert again["bootstrap"] == {"recovery": {"source": "before", "database": "shop", "owner": "shop"}}
    (source,) = again["externalClusters"]
    assert source["name"] == "before"
    assert source["plugin"]["parameters"] == {**parameters, "serverName": "shop-postgres-2"}


@pytest.mark.parametrize(("name", "left"), [("three", True), ("off", False), ("no target", False)])
def test_files_of_an_archived_database_are_not_copied(name, left):
    """What the archive holds is left out of the copies of volumes; a database without an archive is not."""
    wanted = Postgres("shop-postgres", "shop", "shop", 1)
    found = postgres_uncopied(LABS[name], Settings(), wanted)
    assert [item.labels for item in found] == [{"cnpg.io/cluster": "shop-postgres"}] * left


@pytest.mark.parametrize(("targets", "chosen"), [
    ({"own": {"kind": "ceph"}, "box": NAS["targets"]["box"]}, "box"),
    ({"box": NAS["targets"]["box"], **BOTH["targets"]}, "offsite"),
    ({"own": {"kind": "ceph"}}, "own"),
])  # fmt: skip
def test_the_archive_goes_as_far_away_as_it_can(targets, chosen):
    """Off-site before a box at home, and a box at home before the disks that the database itself stands on."""
    found = archive_target(made("two", 2, backup={"targets": targets}))
    assert found is not None
    assert found[0] == chosen
