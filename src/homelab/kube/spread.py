"""Spread: what keeps the replicas of a workload apart, whichever mechanism says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.kube.selector import matches
from homelab.kube.workload import Workload

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


def keys(workload: Workload) -> frozenset[str]:
    """Topology keys over which a workload's own replicas are spread, by constraints or anti-affinity, hard or soft."""
    return frozenset(_keys(workload))


def _keys(workload: Workload) -> Iterator[str]:
    for term, _required in workload.anti_affinity:
        if matches(term.get("labelSelector"), workload.labels):
            yield str(term.get("topologyKey"))
    for entry in workload.spread:
        if matches(entry.get("labelSelector"), workload.labels):
            yield str(entry.get("topologyKey"))


def constraint(workload: Workload, key: str) -> dict[str, Any]:
    """A soft constraint that spreads a workload's pods over the values of a node label."""
    return {
        "topologyKey": key,
        "maxSkew": 1,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": workload.resource.get("spec.selector", {"matchLabels": dict(workload.labels)}),
    }
