"""The Gateway API: the kinds Gateway, HTTPRoute and their like, and the policy that keeps an old copy from replacing them."""

from __future__ import annotations

from homelab.software.software import ChartSource, Software

GATEWAY_API = Software(
    name="gateway-api",
    charts=(ChartSource("gateway-crds-helm", ("docker.io/envoyproxy",)),),
)
