"""Redis as components ask for it, in labs of one node, two hosts and three hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catalog.expanded import expanded, strangers
from catalog.plans import EVERYTHING_OFF, lab, own, plan, stub
from homelab.capabilities import Capability
from homelab.catalog.component import Area, Component, Part, Settings
from homelab.catalog.offers.redis import Redis, redis, redis_flows, redis_secrets
from homelab.catalog.plan import Plan
from homelab.kube.facts import Failover, Quorum
from homelab.kube.schemas.validate import Schemas

CEPH = stub("rook-ceph", Capability.STORAGE_BLOCK)


def made(shape: str, replicas: int, **more: Any) -> Plan:
    wanted = Redis("shop-redis", "shop", replicas)
    user = Component(
        "shop",
        Area.APPS,
        "asks for a queue",
        Settings,
        parts=(Part("shop", "shop", resources=lambda p, s: redis(p, s, wanted)),),
        flows=lambda _p, _s: redis_flows(wanted),
        secrets=lambda _p, _s: redis_secrets(wanted),
    )
    return plan(lab(shape, **more), CEPH, user)


LABS = {
    "three": made("three", 3),
    "two": made("two", 2),
    "one": made("one", 1),
    "off": made("two", 2, practices=EVERYTHING_OFF),
}


@pytest.mark.parametrize("name", LABS)
def test_resources_pass_their_schemas(name: str, test_data: Path) -> None:
    """Replication and Sentinels are what their kinds allow."""
    schemas = Schemas("1.35").with_folder(test_data / "schemas")
    for body in own(LABS[name], "shop"):
        assert schemas.validate(body) == [], body["metadata"]["name"]


@pytest.mark.parametrize("name", LABS)
def test_flows_end_at_pods_that_exist(name: str) -> None:
    """Each end of a declared flow matches pods that the operator makes."""
    assert strangers(LABS[name], "shop") == []


@pytest.mark.parametrize("replicas", [1, 2, 3])
def test_clients_call_a_service_that_exists(replicas: int) -> None:
    """The host that clients are told is a Service the operator makes; with replicas it follows the master."""
    wanted = Redis("shop-redis", "shop", replicas)
    services = expanded(made("three", replicas), "shop").of("Service")
    chosen = services[wanted.host]["spec"]["selector"]
    assert ("redis-role" in chosen) is (replicas > 1)


def test_sentinels_come_with_replicas() -> None:
    """A single Redis has nobody to promote and no Sentinel; replicas come with three."""
    assert not [fact for fact in expanded(LABS["one"], "shop").facts if isinstance(fact, (Quorum, Failover))]
    (quorum,) = [fact for fact in expanded(LABS["two"], "shop").facts if isinstance(fact, Quorum)]
    assert (quorum.need, quorum.size) == (2, 3)
    takeovers = [fact for fact in expanded(LABS["two"], "shop").facts if isinstance(fact, Failover)]
    quickest = min(takeovers, key=lambda fact: fact.seconds)
    assert (len({fact.subject for fact in takeovers}), quickest.by) == (1, (quorum.subject,))


def test_every_pod_is_bounded_spread_and_probed() -> None:
    """With practices on each container has a size and probes, and copies are spread and have a budget."""
    found = expanded(LABS["three"], "shop")
    for body in found.of("StatefulSet").values():
        pod = body["spec"]["template"]["spec"]
        keys = [each["topologyKey"] for each in pod["topologySpreadConstraints"]]
        assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
        for container in pod["containers"]:
            assert container["resources"]["limits"]["memory"]
            assert container["livenessProbe"]
            assert container["readinessProbe"]
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert len(found.of("PodDisruptionBudget")) == 2


def test_practices_off_leave_no_trace() -> None:
    """With every practice off there are no budget, spread, sizes and contexts of ours."""
    found = expanded(LABS["off"], "shop")
    assert not found.of("PodDisruptionBudget")
    for body in found.of("StatefulSet").values():
        pod = body["spec"]["template"]["spec"]
        assert not {"topologySpreadConstraints", "securityContext"} & set(pod)
        assert "resources" not in pod["containers"][0]


def test_the_password_is_generated_once() -> None:
    """The password is a Secret by reference, asked for under the name that the resources use."""
    (request,) = redis_secrets(Redis("shop-redis", "shop", 2))
    for body in own(LABS["two"], "shop"):
        assert body["spec"]["kubernetesConfig"]["redisSecret"]["name"] == request.name
    assert request.keys == {"redis-password": "generate:32"}
