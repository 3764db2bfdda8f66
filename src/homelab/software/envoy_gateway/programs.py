"""Envoy Gateway: a controller that tells proxies their routes; proxies go on with those they know.

Sources: Envoy Gateway API (LeaderElection is on by default), charts/gateway-helm (certgen).
"""

from __future__ import annotations

from homelab.software.seen import both, elected, only, produces, role
from homelab.software.software import ImageTruth

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(
        "envoyproxy/gateway",
        only(
            "Deployment",
            both(
                elected("leader election is on by default: Envoy Gateway API, LeaderElection"),
                role("change", "proxies go on with the routes they know; new routes and new proxies wait"),
            ),
        ),
    ),
    ImageTruth(
        "envoyproxy/gateway",
        only("Job", produces("envoy-gateway", "envoy", "envoy-rate-limit", "envoy-oidc-hmac")),
    ),
)
"""What is true of its programs, however they were installed."""
