"""Cilium: the pod network, network policies, Service addresses on the LAN, and Hubble, which shows who talks to whom."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.findings import Subject
from homelab.kube.facts import Announces
from homelab.kube.resource import dig
from homelab.software.cilium.programs import PROGRAMS
from homelab.software.software import ChartSource, Release, Software, Support


def announces(release: Release) -> Iterator[Announces]:
    """Whether addresses are announced; off by the chart's own values.yaml (`l2announcements.enabled`)."""
    yield Announces(
        Subject("Release", release.name, release.namespace), bool(dig(release.values, ["l2announcements", "enabled"]))
    )


CILIUM = Software(
    name="cilium",
    programs=PROGRAMS,
    charts=(ChartSource("cilium", ("helm.cilium.io", "quay.io/cilium"), announces),),
    support=(
        Support(
            "1.18",
            ("1.30", "1.31", "1.32", "1.33"),
            ("1.30", "1.31", "1.32", "1.33"),
            source="https://raw.githubusercontent.com/cilium/cilium/v1.18.14/Documentation/network/kubernetes/compatibility.rst",
        ),
    ),
)
