"""Argo CD: its chart, its programs, and the Kubernetes versions that its lines are tested on."""

from __future__ import annotations

from homelab.software.argo_cd.programs import PROGRAMS
from homelab.software.software import ChartSource, Software, Support

TESTED = "argo-cd docs/operator-manual/tested-kubernetes-versions.md"


ARGO_CD = Software(
    name="argo-cd",
    programs=PROGRAMS,
    charts=(ChartSource("argo-cd", ("argoproj.github.io/argo-helm", "ghcr.io/argoproj/argo-helm")),),
    support=(
        Support(
            line="3.4",
            runs=("1.31", "1.32", "1.33", "1.34", "1.35", "1.36"),
            supported=("1.32", "1.33", "1.34", "1.35"),
            source=TESTED,
            chart="10.1",
        ),
        Support(
            line="3.5",
            runs=("1.32", "1.33", "1.34", "1.35", "1.36"),
            supported=("1.33", "1.34", "1.35", "1.36"),
            source=TESTED,
            chart="10.2",
        ),
    ),
)
