"""Cilium: the pod network, network policies, Service addresses on the LAN, and Hubble, which shows who talks to whom."""

from __future__ import annotations

from homelab.software.cilium.programs import PROGRAMS
from homelab.software.software import ChartSource, Software, Support

CILIUM = Software(
    name="cilium",
    programs=PROGRAMS,
    charts=(ChartSource("cilium", ("helm.cilium.io", "quay.io/cilium")),),
    support=(
        Support(
            "1.18",
            ("1.30", "1.31", "1.32", "1.33"),
            ("1.30", "1.31", "1.32", "1.33"),
            source="https://raw.githubusercontent.com/cilium/cilium/v1.18.14/Documentation/network/kubernetes/compatibility.rst",
        ),
    ),
)
