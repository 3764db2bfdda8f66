"""kube-prometheus-stack: the names of the PrometheusRules of its chart, and the switches each hangs on.

Source: chart kube-prometheus-stack 88.5.3, templates/prometheus/rules-1.14. The rules themselves are 3 MB that nobody
judges; who needs an expression reads it in the chart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

RULES: tuple[tuple[str, str, str], ...] = (
    ("alertmanager.rules", "alertmanager", ""),
    ("config-reloaders", "configReloaders", ""),
    ("etcd", "etcd", "kubeEtcd"),
    ("general.rules", "general", ""),
    ("k8s.rules.container-cpu-usage-seconds-total", "k8sContainerCpuUsageSecondsTotal", ""),
    ("k8s.rules.container-memory-cache", "k8sContainerMemoryCache", ""),
    ("k8s.rules.container-memory-rss", "k8sContainerMemoryRss", ""),
    ("k8s.rules.container-memory-swap", "k8sContainerMemorySwap", ""),
    ("k8s.rules.container-memory-working-set-bytes", "k8sContainerMemoryWorkingSetBytes", ""),
    ("k8s.rules.container-resource", "k8sContainerResource", ""),
    ("k8s.rules.pod-owner", "k8sPodOwner", ""),
    ("kube-apiserver-availability.rules", "kubeApiserverAvailability", "kubeApiServer"),
    ("kube-apiserver-burnrate.rules", "kubeApiserverBurnrate", "kubeApiServer"),
    ("kube-apiserver-histogram.rules", "kubeApiserverHistogram", "kubeApiServer"),
    ("kube-apiserver-slos", "kubeApiserverSlos", "kubeApiServer"),
    ("kube-prometheus-general.rules", "kubePrometheusGeneral", ""),
    ("kube-prometheus-node-recording.rules", "kubePrometheusNodeRecording", ""),
    ("kube-scheduler.rules", "kubeSchedulerRecording", "kubeScheduler"),
    ("kube-state-metrics", "kubeStateMetrics", ""),
    ("kubelet.rules", "kubelet", "kubelet"),
    ("kubernetes-apps", "kubernetesApps", ""),
    ("kubernetes-resources", "kubernetesResources", ""),
    ("kubernetes-storage", "kubernetesStorage", ""),
    ("kubernetes-system", "kubernetesSystem", ""),
    ("kubernetes-system-apiserver", "kubernetesSystem", ""),
    ("kubernetes-system-controller-manager", "kubeControllerManager", "kubeControllerManager"),
    ("kubernetes-system-kube-proxy", "kubeProxy", "kubeProxy"),
    ("kubernetes-system-kubelet", "kubernetesSystem", ""),
    ("kubernetes-system-scheduler", "kubeSchedulerAlerting", "kubeScheduler"),
    ("node-exporter", "nodeExporterAlerting", ""),
    ("node-exporter.rules", "nodeExporterRecording", ""),
    ("node-network", "network", ""),
    ("node.rules", "node", ""),
    ("prometheus", "prometheus", ""),
    ("prometheus-operator", "prometheusOperator", ""),
)
"""Name, switch below `defaultRules.rules`, and the exporter whose absence leaves the rule out (empty for none)."""

ALONE = {
    "kubernetes-system-controller-manager": "KubeControllerManagerDown",
    "kubernetes-system-kube-proxy": "KubeProxyDown",
    "kubernetes-system-scheduler": "KubeSchedulerDown",
}
"""Rules that vanish with the one alert they are for."""


def rule_names(values: Mapping[str, Any], full: str) -> Iterator[str]:
    """The PrometheusRules of a release whose objects are named after `full`."""
    wanted = values["defaultRules"]
    if not wanted["create"]:
        return
    for name, switch, exporter in RULES:
        if not wanted["rules"][switch] or (exporter and not values[exporter]["enabled"]):
            continue
        if not (name in ALONE and (wanted["disabled"] or {}).get(ALONE[name])):
            yield f"{full}-{name}"[:63].rstrip("-")
