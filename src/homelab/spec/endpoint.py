"""Endpoints: the host and the port that an address of homelab.yaml leads to, whatever form the address has."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

PORTS = {"http": 80, "https": 443, "oci": 443, "ssh": 22}
"""Scheme to the port that it means where none is written."""
_COPIED = re.compile(r"[^@/:\s]+@([^:/\s\[\]]+):(?!//).*")
"""`git@host:path`, as scp writes it: what stands behind the colon is a path, never a port (git-clone(1), GIT URLS)."""


class Endpoint(NamedTuple):
    """Where somebody connects to: a name in lower case, or an address without brackets."""

    host: str
    port: int


def endpoint(address: str) -> Endpoint:
    """The endpoint of a URL (http, https, ssh, oci) or of `git@host:path`; ValueError for anything else."""
    if copied := _COPIED.fullmatch(address):
        return Endpoint(copied[1].lower(), PORTS["ssh"])
    parts = urlsplit(address)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"{address!r} is no address that names a host")
    found = literal(parts.hostname)
    return Endpoint(str(found) if found else parts.hostname, parts.port or PORTS[parts.scheme])


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """A host that is an address itself, None for a name; what IPv6 only wraps is the IPv4 address in it."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found


def network(host: str) -> IPv4Network | IPv6Network | None:
    """An address or a network with its prefix length as a network, None for a name."""
    try:
        return ip_network(host)
    except ValueError:
        return None
