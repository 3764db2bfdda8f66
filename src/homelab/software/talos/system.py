"""Talos: which Kubernetes minors each of its lines can run. There is no chart.

Source: siderolabs/talos `pkg/machinery/compatibility/talos<line>/*.go`, and `pkg/machinery/constants/constants.go`.
"""

from __future__ import annotations

from homelab.software.software import Software, Support

_SOURCE = "https://github.com/siderolabs/talos/tree/main/pkg/machinery/compatibility"


def _minors(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"1.{minor}" for minor in range(first, last + 1))


TALOS = Software(
    name="talos",
    support=(
        Support("1.10", _minors(28, 33), _minors(28, 33), source=_SOURCE),
        Support("1.11", _minors(29, 34), _minors(29, 34), source=_SOURCE),
        Support("1.12", _minors(30, 35), _minors(30, 35), source=_SOURCE),
        Support("1.13", _minors(31, 36), _minors(31, 36), source=_SOURCE),
    ),
)
