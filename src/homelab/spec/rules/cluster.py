"""The cluster: something runs the API server, something runs pods, and the API is found where it moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from homelab.spec.derived import control_planes as planes_of
from homelab.spec.derived import schedulable
from homelab.spec.source import Problem

if TYPE_CHECKING:
    from homelab.spec.homelab import Homelab


def control_planes(homelab: Homelab) -> Iterator[Problem]:
    """There is a control plane; more than one need a virtual address."""
    planes = planes_of(homelab)
    if not planes:
        yield Problem("nodes", "has no control plane", "give at least one node role: control-plane", at_key=True)
    if len(planes) > 1 and not homelab.network.api:
        message = f"is missing: {len(planes)} control planes need an address that moves between them"
        yield Problem("network.api", message, "choose a free address of network.nodes", at_key=True)


def schedulable_nodes(homelab: Homelab) -> Iterator[Problem]:
    """Pods can run somewhere."""
    if not schedulable(homelab):
        hint = "add a worker, or take schedulable: false from a node"
        yield Problem("nodes", "has no node that runs ordinary pods", hint, at_key=True)
