"""cloudflared: the tunnel through which public hostnames come in."""

from __future__ import annotations

from collections.abc import Iterable

from homelab.kube.facts import Calls, Fact
from homelab.software.seen import Around, both, role
from homelab.software.software import ImageTruth

EDGE = ("region1.v2.argotunnel.com", 7844)


def _edge(around: Around) -> Iterable[Fact]:
    yield Calls(around.subject, *EDGE, "run", "the tunnel's edge")


PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth("cloudflare/cloudflared", both(role("run", "every public hostname comes in through it"), _edge)),
)
"""What is true of its programs, however they were installed."""
