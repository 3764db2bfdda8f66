"""metrics-server: what `kubectl top` and autoscalers read, behind the aggregated API.

Source: README of kubernetes-sigs/metrics-server.
"""

from __future__ import annotations

from homelab.software.seen import role
from homelab.software.software import ImageTruth

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "metrics-server/metrics-server",
        role("change", "autoscalers hold still and `kubectl top` is silent; nothing stops"),
    ),
)
"""What is true of its programs, however they were installed."""
