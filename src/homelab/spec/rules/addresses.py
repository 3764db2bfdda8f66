"""Addresses: readable, inside the node network, one owner each, outside the ranges that others give away."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from homelab.spec.rules.ip import address, fixed, network, span
from homelab.spec.source import Problem
from homelab.spec.words import show

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab

OWN = {
    "network.gateway": "give the router's own address",
    "network.api": "choose an address that nothing else has; it moves between the control planes",
}


def malformed(homelab: Homelab) -> Iterator[Problem]:
    """Every fixed address is an IPv4 address."""
    for option, text in fixed(homelab):
        if address(text) is None:
            yield Problem(option, f"is {show(text)}, expected an IPv4 address such as 192.168.1.10")


def outside_network(homelab: Homelab) -> Iterator[Problem]:
    """Every fixed address lies in the node network, and is not the network's own or its broadcast address."""
    lan = network(homelab.network.nodes)
    if lan is None:
        return
    for option, text in fixed(homelab):
        at = address(text)
        if at and at not in lan:
            hint = f"an address between {lan[1]} and {lan[-2]}" if lan.num_addresses > 2 else None
            yield Problem(option, f"{at} lies outside {lan}, which is", hint, also="network.nodes")
        elif at and lan.num_addresses > 2 and at in {lan.network_address, lan.broadcast_address}:
            what = "the network's own address" if at == lan.network_address else "the broadcast address"
            yield Problem(option, f"{at} is {what} of {lan}, which nothing can have", f"take one from {lan[1]} on")


def taken_twice(homelab: Homelab) -> Iterator[Problem]:
    """No two have the same address. One exception: the API may answer at the address of a single control plane."""
    owners: dict[IPv4Address, str] = {}
    alone = len(homelab.nodes) == 1 or sum(n.role == "control-plane" for n in homelab.nodes.values()) == 1
    single = {f"nodes.{name}.address" for name, n in homelab.nodes.items() if alone and n.role == "control-plane"}
    for option, text in fixed(homelab):
        at = address(text)
        if at is None:
            continue
        first = owners.setdefault(at, option)
        if first != option and not (first == "network.api" and option in single):
            yield Problem(option, f"{at} is also", OWN.get(option, "give the node its own address"), also=first)


def inside_ranges(homelab: Homelab) -> Iterator[Problem]:
    """No fixed address lies where load balancers or the router's DHCP give addresses away."""
    for key, who in (("load_balancers", "load balancers take"), ("dhcp", "the router may give to anybody")):
        ends = span(getattr(homelab.network, key))
        for option, text in fixed(homelab):
            at = address(text)
            if ends and at and ends[0] <= at <= ends[1]:
                hint = f"move it out of {ends[0]}-{ends[1]}, or make the range smaller"
                yield Problem(option, f"{at} lies in the range that {who}:", hint, also=f"network.{key}")
