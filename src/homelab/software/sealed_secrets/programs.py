"""Sealed Secrets: a controller that opens what only it can open; Secrets that exist stay without it."""

from __future__ import annotations

from homelab.software.seen import both, role, single
from homelab.software.software import ImageTruth

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "sealed-secrets-controller",
        both(
            single("the controller has no leader election, and open Secrets do not need it", "sealed-secrets README"),
            role("change", "it opens new and changed SealedSecrets; Secrets that exist stay"),
        ),
    ),
)
"""What is true of its programs, however they were installed."""
