"""Reading addresses, networks and ranges without raising: a rule that cannot read one leaves it to the rule that can say so."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab

Range = tuple[IPv4Address, IPv4Address]
"""First and last address."""


def address(text: str | None) -> IPv4Address | None:
    """An IPv4 address, None for anything else."""
    try:
        return IPv4Address(text) if text else None
    except AddressValueError:
        return None


def network(text: str) -> IPv4Network | None:
    """An IPv4 network with its prefix length, without host bits; None for anything else."""
    try:
        return IPv4Network(text) if "/" in text else None
    except (AddressValueError, NetmaskValueError, ValueError):
        return None


def span(text: str | None) -> Range | None:
    """A range as `192.168.1.150-192.168.1.170`, None for anything else."""
    first, dash, last = (text or "").partition("-")
    start, end = address(first.strip()), address(last.strip())
    return (start, end) if dash and start and end else None


def fixed(homelab: Homelab) -> Iterator[tuple[str, str]]:
    """Every fixed address with its option path: gateway, virtual address, nodes."""
    yield "network.gateway", homelab.network.gateway
    if homelab.network.api:
        yield "network.api", homelab.network.api
    for name, node in homelab.nodes.items():
        yield f"nodes.{name}.address", node.address
