"""Every rule about a Homelab that types alone cannot say, one line each: what cannot be built is rejected here.

A rule is a function of a Homelab that yields a Problem for each thing that cannot be built. What is merely worse is a
check, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from homelab.spec.rules import addresses, backup, cluster, machines, networks
from homelab.spec.source import Problem

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab

RULES: tuple[Callable[[Homelab], Iterator[Problem]], ...] = (
    addresses.malformed,
    addresses.outside_network,
    addresses.taken_twice,
    addresses.inside_ranges,
    backup.targets,
    backup.one_bucket,
    backup.recover_from_something,
    backup.schedules,
    cluster.control_planes,
    cluster.schedulable_nodes,
    machines.unknown_host,
    machines.without_host,
    machines.identities,
    machines.only_virtual,
    machines.install_disks,
    machines.ports,
    machines.memory,
    machines.disks,
    machines.processors,
    networks.malformed,
    networks.overlapping,
    networks.ranges,
    networks.servers,
)


def broken(homelab: Homelab) -> Iterator[Problem]:
    """Every rule that a Homelab breaks."""
    for rule in RULES:
        yield from rule(homelab)
