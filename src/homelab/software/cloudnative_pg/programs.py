"""CloudNativePG: an operator that makes PostgreSQL clusters and promotes, and its plugin that archives."""

from __future__ import annotations

from homelab.software.seen import both, elected, produces, role
from homelab.software.software import ImageTruth

ELECTED = elected("--leader-elect: a lease of 15 s, further replicas wait for it")

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "cloudnative-pg/cloudnative-pg",
        both(
            ELECTED,
            role(
                "change",
                "it makes clusters and moves the primary when one fails; a running primary serves without it",
            ),
            produces("cnpg-ca-secret", "cnpg-webhook-cert"),
        ),
        word="controller",
    ),
    ImageTruth(
        "cloudnative-pg/plugin-barman-cloud",
        both(
            ELECTED,
            role(
                "change",
                "the operator asks it when it makes or changes pods; the archive runs beside each database",
            ),
        ),
    ),
)
"""What is true of its programs, however they were installed."""
