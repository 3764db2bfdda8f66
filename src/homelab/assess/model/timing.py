"""How long things take, in hours: the delays of the availability room put together as Kubernetes strings them."""

from __future__ import annotations

from typing import Any

from homelab.assess.model.frame import Frame
from homelab.kube.workload import Workload

HOUR = 3600.0
MINOR = 35
"""Kubernetes minor that is taken where a repository does not say."""
UNREACHABLE = "node.kubernetes.io/unreachable"
EVICTION = "kubernetes.eviction"


def moved(frame: Frame, workload: Workload | None = None, *, attached: bool, toleration: float = -1.0) -> float:
    """Until a pod of a dead node runs elsewhere: noticed, evicted, detached where it had a volume, scheduled, started.

    `toleration` in seconds, where the pod has one of its own; negative for what admission gives.
    """
    grace = "kubernetes.node-grace" if minor_of(frame.ground.kubernetes) >= 32 else "kubernetes.node-grace.before-1.32"
    borne = frame.hours(EVICTION) if toleration < 0 else toleration / HOUR
    detach = frame.hours("kubernetes.detach") if attached else 0.0
    return frame.hours(grace) + borne + detach + frame.hours("kubernetes.schedule") + started(frame, workload)


def started(frame: Frame, workload: Workload | None) -> float:
    """Until a pod that has a node serves: pulled and started, and no earlier than its probes may say so."""
    usual = frame.hours("kubernetes.start")
    waits = (
        [_first(c.body.get("startupProbe") or c.body.get("readinessProbe")) for c in workload.containers]
        if workload
        else []
    )
    return max([usual, *(usual + wait / HOUR for wait in waits)])


def _first(probe: Any) -> float:
    """Seconds from the start of a container until a probe can succeed for the first time."""
    found = probe.get("initialDelaySeconds", 0) if isinstance(probe, dict) else 0
    return float(found) if isinstance(found, int | float) and found > 0 else 0.0


def tolerated(workload: Workload) -> float | None:
    """Seconds that a pod stays on a silent node: its own, negative for what admission gives, None for ever."""
    said = [each for each in workload.pod.get("tolerations") or () if isinstance(each, dict) and _bears(each)]
    if not said:
        return -1.0
    limits = [each.get("tolerationSeconds") for each in said]
    known = [float(limit) for limit in limits if isinstance(limit, int | float)]
    return max(min(known), 0.0) if known else None


def _bears(toleration: dict[str, Any]) -> bool:
    """Whether a toleration is about nodes that do not answer."""
    if toleration.get("effect") not in {None, "", "NoExecute"}:
        return False
    key = toleration.get("key")
    return key == UNREACHABLE or (not key and toleration.get("operator") == "Exists")


def minor_of(kubernetes: str) -> int:
    """The minor of a version as `1.35.2`."""
    parts = kubernetes.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isascii() and parts[1].isdigit() else MINOR
