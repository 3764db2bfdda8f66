"""cert-manager: issues and renews certificates; what it issued serves on without it.

Sources: cert-manager docs, `--leader-elect` and its lease of 60 s (cmd/controller/app/options).
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.kube.facts import Fact, Standby
from homelab.software.seen import Around, both, role
from homelab.software.software import ImageTruth

LEASE = 60.0
"""Seconds until a waiting controller may take an abandoned lease: cert-manager's default."""
WAITS = role("change", "issued certificates serve on; new and renewed ones wait")


def _elected(around: Around) -> Iterable[Fact]:
    off = "--leader-elect=false" in around.words
    return () if off else (Standby(around.subject, LEASE, "cert-manager leader election"),)


PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth("jetstack/cert-manager-controller", both(WAITS, _elected)),
    ImageTruth("jetstack/cert-manager-cainjector", both(WAITS, _elected)),
    ImageTruth("jetstack/cert-manager-webhook", WAITS),
)
"""What is true of its programs, however they were installed."""
