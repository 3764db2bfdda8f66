"""cert-manager: its chart and its programs."""

from __future__ import annotations

from homelab.software.cert_manager.programs import PROGRAMS
from homelab.software.software import ChartSource, Software

CERT_MANAGER = Software(
    name="cert-manager",
    programs=PROGRAMS,
    charts=(ChartSource("cert-manager", ("charts.jetstack.io", "quay.io/jetstack/charts")),),
    images={"cert-manager-controller": "cert-manager"},
)
