"""cert-manager: its chart and its programs."""

from __future__ import annotations

from homelab.software.cert_manager.kinds import KINDS, annotated
from homelab.software.cert_manager.programs import PROGRAMS
from homelab.software.software import ChartSource, Software

CERT_MANAGER = Software(
    name="cert-manager",
    programs=PROGRAMS,
    charts=(ChartSource("cert-manager", ("charts.jetstack.io", "quay.io/jetstack/charts")),),
    kinds=KINDS,
    annotated=annotated,
    quiet=("acme.cert-manager.io", "trust.cert-manager.io"),
    images={"cert-manager-controller": "cert-manager"},
)
