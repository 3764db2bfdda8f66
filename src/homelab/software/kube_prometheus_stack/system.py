"""kube-prometheus-stack: Prometheus, Alertmanager, their operator and the exporters, as one chart."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.findings import Subject
from homelab.kube.alerting import receivers
from homelab.kube.facts import Routed
from homelab.software.kube_prometheus_stack.kinds import KINDS
from homelab.software.kube_prometheus_stack.programs import PROGRAMS
from homelab.software.software import ChartSource, Release, Software, Support

MINORS = tuple(f"1.{minor}" for minor in range(25, 37))

SILENT = "null"
"""The receiver without an address that the chart's own values.yaml has under `alertmanager.config`, alone."""


def routed(release: Release) -> Iterator[Routed]:
    """Whom Alertmanager tells: the chart keeps its configuration in a Secret."""
    given = release.values.get("alertmanager")
    given = given if isinstance(given, dict) else {}
    own, spec = given.get("config"), given.get("alertmanagerSpec")
    spec = spec if isinstance(spec, dict) else {}
    subject = Subject("Release", release.name, release.namespace)
    if given.get("stringConfig") or given.get("tplConfig") or spec.get("useExistingSecret") or spec.get("configSecret"):
        yield Routed(subject, None)
    elif own is None or isinstance(own, dict):
        own = own or {}
        route = {"receiver": SILENT, **own["route"]} if isinstance(own.get("route"), dict) else {"receiver": SILENT}
        yield Routed(subject, receivers({"route": route, "receivers": own.get("receivers", [{"name": SILENT}])}))


KUBE_PROMETHEUS_STACK = Software(
    name="kube-prometheus-stack",
    programs=PROGRAMS,
    charts=(
        ChartSource(
            "kube-prometheus-stack",
            ("prometheus-community.github.io/helm-charts", "ghcr.io/prometheus-community/charts"),
            routed,
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
