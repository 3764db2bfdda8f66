"""cert-manager: its chart and its programs."""

from __future__ import annotations

from homelab.software.cert_manager.kinds import KINDS, annotated
from homelab.software.cert_manager.programs import PROGRAMS
from homelab.software.software import ChartSource, Software, Support

_SOURCE = "https://cert-manager.io/docs/releases/"


def _supported(line: str, first: int, last: int, ends: str = "") -> Support:
    """A line with the minors that its makers support; it is not known to be bound to them."""
    return Support(line, (), tuple(f"1.{minor}" for minor in range(first, last + 1)), ends, _SOURCE)


CERT_MANAGER = Software(
    name="cert-manager",
    programs=PROGRAMS,
    charts=(ChartSource("cert-manager", ("charts.jetstack.io", "quay.io/jetstack/charts")),),
    kinds=KINDS,
    support=(
        _supported("1.18", 29, 33, ends="2026-03-10"),
        _supported("1.19", 31, 35),
        _supported("1.20", 32, 35),
        _supported("1.21", 33, 36),
    ),
    annotated=annotated,
    quiet=("acme.cert-manager.io", "trust.cert-manager.io"),
    images={"cert-manager-controller": "cert-manager"},
)
