"""Addresses of Services: what is asked for, what a pool has, and what is said where it has none."""

from __future__ import annotations

import pytest

from homelab.twin.standins.addresses import ADDRESSES, SATISFIED, addresses
from twin.standins.scenes import Cluster, thing

POOL = "cilium.io/v2"


def pool(*blocks, name="lan", **spec):
    """A pool of these blocks."""
    return thing("CiliumLoadBalancerIPPool", name, "", POOL, spec={"blocks": list(blocks), **spec})


def service(name, annotations=None, **spec):
    """A Service that wants an address from outside."""
    meta = {"annotations": annotations or {}}
    return thing("Service", name, "shop", metadata=meta, spec={"type": "LoadBalancer", **spec})


def given(cluster, name):
    """The addresses that a Service has, and why it has none."""
    status = cluster.get("Service", name, "shop").get("status", {})
    listed = [each["ip"] for each in (status.get("loadBalancer") or {}).get("ingress") or ()]
    said = next((each for each in status.get("conditions", ()) if each["type"] == SATISFIED), {})
    return listed, said.get("reason")


TWO = {"start": "192.0.2.1", "stop": "192.0.2.2"}


def test_each_service_gets_an_address_of_its_own():
    """Two Services of type LoadBalancer get two different addresses of the pool."""
    cluster = Cluster(pool(TWO), service("a"), service("b")).settle(ADDRESSES)
    assert given(cluster, "a") == (["192.0.2.1"], "satisfied")
    assert given(cluster, "b") == (["192.0.2.2"], "satisfied")


def test_an_exhausted_pool_leaves_a_service_without():
    """A Service for which no address is left stays without one and says that the pools ran out."""
    cluster = Cluster(pool(TWO), service("a"), service("b"), service("c")).settle(ADDRESSES)
    assert given(cluster, "c") == ([], "out_of_ips")


def test_what_is_asked_for_is_given():
    """A Service that asks for an address by annotation gets that one, and others go around it."""
    asked = service("b", {"lbipam.cilium.io/ips": "192.0.2.2"})
    cluster = Cluster(pool(TWO), asked, service("c")).settle(ADDRESSES)
    assert given(cluster, "b") == (["192.0.2.2"], "satisfied")
    assert given(cluster, "c") == (["192.0.2.1"], "satisfied")


@pytest.mark.parametrize(
    ("wanted", "reason"), [("198.51.100.1", "no_pool"), ("192.0.2.1", "already_allocated")], ids=["outside", "taken"]
)
def test_what_cannot_be_given_is_said(wanted, reason):
    """An address outside of all pools, or one that another has, is refused with Cilium's own reason."""
    first = service("a", {"lbipam.cilium.io/ips": "192.0.2.1"})
    cluster = Cluster(pool(TWO), first, service("b", {"lbipam.cilium.io/ips": wanted})).settle(ADDRESSES)
    assert given(cluster, "b") == ([], reason)


def test_two_that_share_a_key_share_an_address():
    """Services with the same sharing key may have the same address."""
    marks = {"lbipam.cilium.io/ips": "192.0.2.1", "lbipam.cilium.io/sharing-key": "web"}
    cluster = Cluster(pool(TWO), service("a", marks), service("b", marks)).settle(ADDRESSES)
    assert given(cluster, "a")[0] == given(cluster, "b")[0] == ["192.0.2.1"]


def test_a_pool_serves_whom_it_selects():
    """A pool whose selector does not match a Service gives it nothing."""
    chosen = {"serviceSelector": {"matchLabels": {"io.kubernetes.service.namespace": "elsewhere"}}}
    cluster = Cluster(pool(TWO, **chosen), service("a")).settle(ADDRESSES)
    assert given(cluster, "a") == ([], "no_pool")


def test_what_is_not_cilium_s_is_left_alone():
    """A Service inside of the cluster, or one of another class, is not touched."""
    inside = thing("Service", "inside", "shop", spec={"type": "ClusterIP"})
    cluster = Cluster(pool(TWO), inside, service("other", loadBalancerClass="example.org/lb")).settle(ADDRESSES)
    assert [given(cluster, name) for name in ("inside", "other")] == [([], None), ([], None)]


def test_a_pool_counts():
    """A pool says how many addresses it has and how many are given out, and with which pool it overlaps."""
    cluster = Cluster(pool(TWO), pool({"cidr": "192.0.2.0/30"}, name="wide"), service("a")).settle(ADDRESSES)
    said = {each["type"]: each for each in cluster.get("CiliumLoadBalancerIPPool", "lan")["status"]["conditions"]}
    assert [said[f"cilium.io/IPs{word}"]["message"] for word in ("Total", "Available", "Used")] == ["2", "1", "1"]
    assert said["cilium.io/PoolConflict"]["status"] == "True"
    assert "wide" in said["cilium.io/PoolConflict"]["message"]


def test_the_edges_of_a_block_can_be_kept_back():
    """The first and last address of a network are given out unless the pool says otherwise."""
    block = {"cidr": "192.0.2.0/30"}
    assert [str(each) for each in addresses(pool(block))] == [f"192.0.2.{n}" for n in range(4)]
    assert [str(each) for each in addresses(pool(block, allowFirstLastIPs="No"))] == ["192.0.2.1", "192.0.2.2"]
