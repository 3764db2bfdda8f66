"""Load-balancer addresses: each Service of that type gets one of a pool, as Cilium gives them out.

Words of the conditions: cilium 1.19.5, operator/pkg/lbipam/lbipam.go. What is asked for is honoured; where a pool has none
left, the Service stays without one and says why.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import islice

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.kube.selector import matches
from homelab.twin.standins.acts import Act, Say
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World, condition

POOL = ("cilium.io", "CiliumLoadBalancerIPPool")
SATISFIED = "cilium.io/IPAMRequestSatisfied"
ASKED = ("lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips")
SHARED = ("lbipam.cilium.io/sharing-key", "io.cilium/lb-ipam-sharing-key")
CLASSES = ("", "io.cilium/l2-announcer", "io.cilium/bgp-control-plane", "io.cilium/node")
"""Load-balancer classes that Cilium serves (`LBIPAM`, `--default-lb-service-ipam`)."""
MOST = 4096
"""Addresses of a pool that are looked at."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def service(body: Object, world: World) -> Iterator[Act]:
    """A Service: its addresses, and whether what it asks for can be had."""
    if not _balanced(body) or world.mood(body) or body["metadata"].get("deletionTimestamp"):
        return
    pools = [pool for pool in world.of(*POOL) if not dig(pool, ["spec", "disabled"]) and _fits(pool, body)]
    taken = _taken(body, world)
    asked = _asked(body)
    reach = [address for pool in pools for address in addresses(pool)]
    if asked:
        got = tuple(each for each in asked if each in reach and each not in taken)
    else:
        free = [each for each in reach if each not in taken]
        got = tuple([*(each for each in _has(body) if each in free), *free][:1])
    missed = next((each for each in asked if each not in got), None)
    whole = bool(got) and missed is None
    reason, why = ("satisfied", "") if whole else _why(missed, there=missed in reach, pooled=bool(pools))
    said = condition(body, world, SATISFIED, whole, reason, why)
    others = [each for each in dig(body, ["status", "conditions"], []) if each.get("type") != SATISFIED]
    ingress = [{"ip": str(each), "ipMode": "VIP"} for each in got]
    yield Say(body, {"conditions": [*others, said], "loadBalancer": {"ingress": ingress or None}})


def _why(missed: Address | None, *, there: bool, pooled: bool) -> tuple[str, str]:
    """Reason and words of a Service that did not get what it asks for, or anything."""
    if missed is not None and there:
        return "already_allocated", f"The IP '{missed}' is already allocated to another service"
    if missed is not None:
        return "no_pool", f"No pool exists with a CIDR containing '{missed}'"
    if not pooled:
        return "no_pool", "There are no enabled CiliumLoadBalancerIPPools that match this service"
    return "out_of_ips", "All enabled CiliumLoadBalancerIPPools that match this service ran out of allocatable IPs"


def _balanced(body: Object) -> bool:
    spec = body["spec"]
    return spec.get("type") == "LoadBalancer" and spec.get("loadBalancerClass", "") in CLASSES


def _fits(pool: Object, body: Object) -> bool:
    chosen = dig(pool, ["spec", "serviceSelector"])
    if not chosen:
        return True
    meta = body["metadata"]
    own = {"io.kubernetes.service.namespace": meta["namespace"], "io.kubernetes.service.name": meta["name"]}
    return matches(chosen, {**(meta.get("labels") or {}), **own})


def _asked(body: Object) -> tuple[Address, ...]:
    """Addresses that a Service asks for; words that are none are left out."""
    marks = body["metadata"].get("annotations") or {}
    said = next((str(marks[each]) for each in ASKED if each in marks), str(body["spec"].get("loadBalancerIP") or ""))
    found = []
    for word in filter(None, (each.strip() for each in said.split(","))):
        try:
            found.append(ipaddress.ip_address(word))
        except ValueError:
            continue
    return tuple(found)


def _has(body: Object) -> list[Address]:
    listed = dig(body, ["status", "loadBalancer", "ingress"], [])
    return [ipaddress.ip_address(each["ip"]) for each in listed if each.get("ip")]


def _taken(body: Object, world: World) -> set[Address]:
    """Addresses that other Services have, except those that share theirs with this one."""
    mine = _key(body)
    found = set[Address]()
    for other in world.of("", "Service"):
        same = other["metadata"]["uid"] == body["metadata"]["uid"]
        if not same and _balanced(other) and not (mine and _key(other) == mine):
            found |= set(_has(other))
    return found


def _key(body: Object) -> str:
    marks = body["metadata"].get("annotations") or {}
    return next((str(marks[each]) for each in SHARED if each in marks), "")


def addresses(pool: Object) -> list[Address]:
    """The addresses of a pool, in order."""
    edges = dig(pool, ["spec", "allowFirstLastIPs"], "Yes") != "No"
    found: list[Address] = []
    for block in dig(pool, ["spec", "blocks"], []):
        if block.get("cidr"):
            network = ipaddress.ip_network(block["cidr"], strict=False)
            listed = iter(network) if edges else network.hosts()
            found += [ipaddress.ip_address(str(each)) for each in islice(listed, MOST)]
        elif block.get("start"):
            first, last = ipaddress.ip_address(block["start"]), ipaddress.ip_address(block.get("stop", block["start"]))
            count = min(MOST, int(last) - int(first) + 1)
            found += [ipaddress.ip_address(int(first) + step) for step in range(count)]
    return found


def pool(body: Object, world: World) -> Iterator[Act]:
    """A pool: how many addresses it has, how many are given out, and that it overlaps with no other."""
    own = set(addresses(body))
    used = own & {each for other in world.of("", "Service") if _balanced(other) for each in _has(other)}
    others = [other for other in world.of(*POOL) if other["metadata"]["name"] != body["metadata"]["name"]]
    clash = next((other["metadata"]["name"] for other in others if own & set(addresses(other))), "")
    counts = {"IPsTotal": len(own), "IPsAvailable": len(own - used), "IPsUsed": len(used)}
    said = [condition(body, world, f"cilium.io/{key}", "Unknown", "noreason", str(n)) for key, n in counts.items()]
    conflict = f"Pool conflicts with {clash}" if clash else ""
    said.append(condition(body, world, "cilium.io/PoolConflict", bool(clash), "cidr_overlap" if clash else "resolved", conflict))  # fmt: skip
    yield Say(body, {"conditions": said})


ADDRESSES = StandIn(
    "Cilium's load-balancer addresses", {("", "Service"): service, POOL: pool}, operator=Program("operator-generic")
)
