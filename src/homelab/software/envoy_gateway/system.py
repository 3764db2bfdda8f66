"""Envoy Gateway: the controller that turns Gateways into proxies. What the proxies are stands in `proxies`.

The chart brings the controller only; requests go through Deployments of their own, one for each Gateway.
Source: its compatibility matrix for Kubernetes.
"""

from __future__ import annotations

from homelab.software.envoy_gateway.programs import PROGRAMS
from homelab.software.envoy_gateway.proxies import GATEWAY_KIND
from homelab.software.software import ChartSource, Software, Support

ENVOY_GATEWAY = Software(
    name="envoy-gateway",
    programs=PROGRAMS,
    charts=(ChartSource("gateway-helm", ("docker.io/envoyproxy",)),),
    kinds=(GATEWAY_KIND,),
    support=(
        Support(
            "1.9",
            ("1.33", "1.34", "1.35", "1.36"),
            ("1.33", "1.34", "1.35", "1.36"),
            ends="2027-02-14",
            source="https://gateway.envoyproxy.io/news/releases/matrix/",
        ),
    ),
    images={"envoyproxy/gateway": "envoy-gateway"},
)
