"""How long things take, in hours: the delays of the availability room put together as Kubernetes strings them."""

from __future__ import annotations

from homelab.availability.delays import delay, rescheduling

HOUR = 3600.0
MINOR = 35
"""Kubernetes minor that is taken where a repository does not say."""


def moved(kubernetes: str, *, attached: bool) -> float:
    """Until a pod of a dead node runs elsewhere: noticed, evicted, detached where it had a volume, started."""
    return rescheduling(minor_of(kubernetes), detach=attached).seconds / HOUR


def minor_of(kubernetes: str) -> int:
    """The minor of a version as `1.35.2`."""
    parts = kubernetes.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isascii() and parts[1].isdigit() else MINOR


def hours(name: str) -> float:
    """One delay of the table."""
    return delay(name).seconds / HOUR
