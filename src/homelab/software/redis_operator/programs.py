"""Redis by the operator of OpsTree: what it makes of each of its kinds, and what is missed while it is away."""

from __future__ import annotations

from homelab.software.seen import both, elected, role
from homelab.software.software import ImageTruth

WHY = "it moves the label by which a master's Service selects: a running master serves on, a failed one is not replaced"

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "redis-operator",
        both(elected("--leader-elect: a lease of 15 s, further replicas wait for it"), role("change", WHY)),
    ),
)
"""What is true of its programs, however they were installed."""
