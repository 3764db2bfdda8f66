"""Networks and ranges: readable, apart from each other, large enough for what lives in them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import chain, combinations
from typing import TYPE_CHECKING

from homelab.spec.rules.ip import address, network, span
from homelab.spec.source import Problem
from homelab.spec.words import show

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab

PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))
"""Networks that nobody has on the Internet (RFC 1918)."""
USUAL = {"pods": IPv4Network("10.244.0.0/16"), "services": IPv4Network("10.96.0.0/12")}
"""Networks that most clusters have."""
KEYS = ("nodes", "pods", "services")


def malformed(homelab: Homelab) -> Iterator[Problem]:
    """Networks are written as `192.168.1.0/24`, without host bits; the pod network has room for every node."""
    for key in KEYS:
        text = getattr(homelab.network, key)
        if network(text) is None:
            yield Problem(f"network.{key}", f"is {show(text)}, expected a network such as {_example(text)}")
    pods = network(homelab.network.pods)
    if pods and 2 ** max(0, 24 - pods.prefixlen) < len(homelab.nodes):
        message = f"{pods} has room for {2 ** max(0, 24 - pods.prefixlen)} nodes (a /24 each), the lab has {len(homelab.nodes)}"
        yield Problem("network.pods", message, "a /16 has room for 256")


def _example(text: str) -> str:
    """The network somebody meant who gave an address in it, else any."""
    from ipaddress import IPv4Interface

    try:
        return str(IPv4Interface(text).network) if "/" in text else f"{IPv4Interface(text).ip}/24"
    except ValueError:
        return "192.168.1.0/24"


def overlapping(homelab: Homelab) -> Iterator[Problem]:
    """Node, pod and service networks do not overlap: one of them would be unreachable."""
    known = [found for key in KEYS if (found := network(getattr(homelab.network, key)))]
    for first, second in combinations(KEYS, 2):
        one, other = network(getattr(homelab.network, first)), network(getattr(homelab.network, second))
        if one and other and one.overlaps(other):
            free = _free(known, USUAL[second])
            known += [free] if free else []  # the next proposal keeps away from this one
            hint = "choose a private network that nothing else uses" + (f", as {free}" if free else "")
            yield Problem(f"network.{second}", f"{other} overlaps {one}, which is", hint, also=f"network.{first}")


def _free(taken: list[IPv4Network], usual: IPv4Network) -> IPv4Network | None:
    """The usual network where it is free, else a private /16 beside those that are taken."""
    candidates = (usual, *chain.from_iterable(block.subnets(new_prefix=16) for block in PRIVATE))
    return next((found for found in candidates if not any(found.overlaps(other) for other in taken)), None)


def ranges(homelab: Homelab) -> Iterator[Problem]:
    """Ranges are readable, in order, inside the node network, and apart from each other."""
    lan = network(homelab.network.nodes)
    for key in ("load_balancers", "dhcp"):
        text = getattr(homelab.network, key)
        ends = span(text)
        option = f"network.{key}"
        if text is None:
            continue
        if ends is None:
            yield Problem(option, f"is {show(text)}, expected a range such as 192.168.1.150-192.168.1.170")
        elif ends[0] > ends[1]:
            yield Problem(option, f"begins at {ends[0]} and ends before it, at {ends[1]}", f"{ends[1]}-{ends[0]}")
        elif lan and not (ends[0] in lan and ends[1] in lan):
            outside = ends[0] if ends[0] not in lan else ends[1]
            yield Problem(option, f"{outside} lies outside {lan}, which is", also="network.nodes")
    pool, dhcp = span(homelab.network.load_balancers), span(homelab.network.dhcp)
    if pool and dhcp and pool[0] <= dhcp[1] and dhcp[0] <= pool[1]:
        hint = "shorten the DHCP range in the router, or move the load balancers"
        message = f"{homelab.network.load_balancers} overlaps {homelab.network.dhcp}, which is"
        yield Problem("network.load_balancers", message, hint, also="network.dhcp")


def servers(homelab: Homelab) -> Iterator[Problem]:
    """Name servers are addresses."""
    for index, text in enumerate(homelab.network.name_servers):
        if address(text) is None:
            yield Problem(f"network.name_servers.{index}", f"is {show(text)}, expected an IPv4 address such as 1.1.1.1")
