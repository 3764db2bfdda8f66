"""Spread: what keeps the replicas of a workload apart, whichever mechanism says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.kube.selector import matches
from homelab.kube.workload import Workload

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"


ALIKE = frozenset({"kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os"})
"""Labels that many nodes share: a spread over their values keeps nothing apart."""


def keys(workload: Workload, replicas: int | None = None) -> frozenset[str]:
    """Topology keys over which a workload's own replicas are spread, by constraints or anti-affinity, hard or soft.

    With `replicas`, a hard constraint that lets all of them stand together, by its skew, is none.
    """
    return frozenset(_keys(workload, replicas)) - ALIKE


def _keys(workload: Workload, replicas: int | None) -> Iterator[str]:
    for term, _required in workload.anti_affinity:
        if matches(term.get("labelSelector"), workload.labels) and _own(workload, term):
            yield str(term.get("topologyKey"))
    for entry in workload.spread:
        skew = entry.get("maxSkew") or 1
        loose = entry.get("whenUnsatisfiable") != "ScheduleAnyway" and replicas is not None and skew >= replicas > 1
        if matches(entry.get("labelSelector"), workload.labels) and not loose:
            yield str(entry.get("topologyKey"))


def _own(workload: Workload, term: Mapping[str, Any]) -> bool:
    """Whether a term speaks of pods of the workload's own namespace and kind (core/v1 PodAffinityTerm).

    Without namespaces it means its own; `mismatchLabelKeys` leaves out pods with the same value, as its own have.
    """
    named, chosen = term.get("namespaces") or (), term.get("namespaceSelector")
    if any(key in workload.labels for key in term.get("mismatchLabelKeys") or ()):
        return False
    if not named and chosen is None:
        return True
    if workload.namespace in named:
        return True
    labels = {"kubernetes.io/metadata.name": workload.namespace}
    asked = {str(key) for key in (chosen or {}).get("matchLabels") or ()} - labels.keys()
    return chosen is not None and (bool(asked) or matches(chosen, labels))


def constraint(workload: Workload, key: str) -> dict[str, Any]:
    """A soft constraint that spreads a workload's pods over the values of a node label."""
    return {
        "topologyKey": key,
        "maxSkew": 1,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": workload.resource.get("spec.selector", {"matchLabels": dict(workload.labels)}),
    }
