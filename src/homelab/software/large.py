"""Definitions that are larger than an annotation may be, where only their names are known of a chart.

Measured as compact JSON from the releases named; what is nearer to the bound than an earlier release may have been is left out.
"""

from __future__ import annotations

LARGE: dict[str, tuple[int, str]] = {
    "alertmanagers.monitoring.coreos.com": (351_238, "kube-prometheus-stack 88.5.3"),
    "applicationsets.argoproj.io": (343_248, "Argo CD 3.5.1"),
    "clusterpolicies.kyverno.io": (651_763, "Kyverno 1.19.0"),
    "envoyproxies.gateway.envoyproxy.io": (638_089, "Envoy Gateway 1.9.0"),
    "istiorevisions.sailoperator.io": (384_866, "Sail operator 1.30.3"),
    "istios.sailoperator.io": (388_120, "Sail operator 1.30.3"),
    "policies.kyverno.io": (651_945, "Kyverno 1.19.0"),
    "poolers.postgresql.cnpg.io": (338_779, "CloudNativePG 1.30.0"),
    "prometheusagents.monitoring.coreos.com": (412_580, "kube-prometheus-stack 88.5.3"),
    "prometheuses.monitoring.coreos.com": (483_496, "kube-prometheus-stack 88.5.3"),
    "scrapeconfigs.monitoring.coreos.com": (375_826, "kube-prometheus-stack 88.5.3"),
    "thanosrulers.monitoring.coreos.com": (345_612, "kube-prometheus-stack 88.5.3"),
}
"""Name of the definition to its bytes, and the release in which it has them."""
