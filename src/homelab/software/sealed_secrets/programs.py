"""Sealed Secrets: a controller that opens what only it can open; Secrets that exist stay without it."""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces
from homelab.kube.resource import Manifest
from homelab.software.seen import both, role, single
from homelab.software.software import ImageTruth


def opened(body: Manifest, _lookup: object) -> Expansion:
    """A SealedSecret becomes the Secret of its own name and namespace."""
    meta = body["metadata"]
    space = meta.get("namespace", "")
    secret = Subject("Secret", meta["name"], space)
    return Expansion(facts=(Produces(Subject("SealedSecret", meta["name"], space), (secret,)),))


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
