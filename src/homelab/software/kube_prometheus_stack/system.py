"""kube-prometheus-stack: Prometheus, Alertmanager, their operator and the exporters, as one chart."""

from __future__ import annotations

from homelab.software.kube_prometheus_stack.kinds import KINDS
from homelab.software.kube_prometheus_stack.programs import PROGRAMS
from homelab.software.software import ChartSource, Software, Support

MINORS = tuple(f"1.{minor}" for minor in range(25, 37))


KUBE_PROMETHEUS_STACK = Software(
    name="kube-prometheus-stack",
    programs=PROGRAMS,
    charts=(
        ChartSource(
            "kube-prometheus-stack",
            ("prometheus-community.github.io/helm-charts", "ghcr.io/prometheus-community/charts"),
        ),
    ),
    kinds=KINDS,
    support=(
        Support(
            line="0.93",
            runs=MINORS,
            supported=MINORS,
            source="chart kube-prometheus-stack 88.5.3, Chart.yaml: kubeVersion >=1.25.0-0",
            chart="88",
        ),
    ),
)
