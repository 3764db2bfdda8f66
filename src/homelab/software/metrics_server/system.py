"""metrics-server: what `kubectl top` and autoscalers read, behind the aggregated API.

Source: README of kubernetes-sigs/metrics-server.
"""

from __future__ import annotations

from homelab.software.metrics_server.programs import PROGRAMS
from homelab.software.software import ChartSource, Software, Support

NAME = "metrics-server"


def _since(minor: int) -> tuple[str, ...]:
    return tuple(f"1.{each}" for each in range(minor, 37))


README = "kubernetes-sigs/metrics-server README.md, Compatibility Matrix"
METRICS_SERVER = Software(
    name=NAME,
    programs=PROGRAMS,
    charts=(ChartSource(NAME, ("kubernetes-sigs.github.io/metrics-server",)),),
    support=(
        Support(line="0.8", runs=_since(31), supported=_since(31), source=README, chart="3.13"),
        Support(line="0.9", runs=_since(34), supported=_since(34), source=README),
    ),
)
