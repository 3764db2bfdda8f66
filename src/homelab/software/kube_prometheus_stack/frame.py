"""kube-prometheus-stack: names, labels and default values that the parts of its expansion share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homelab.kube.resource import Manifest
from homelab.software.kube_prometheus_stack.rules import RULES
from homelab.software.kube_prometheus_stack.spec import (
    ALERTMANAGER_DEFAULTS,
    ALERTMANAGER_PASSED,
    PROMETHEUS_DEFAULTS,
    PROMETHEUS_PASSED,
)
from homelab.software.shapes import Draft
from homelab.software.software import Release
from homelab.software.values import paths

CHART = "kube-prometheus-stack"
OPERATOR_VERSION = "v0.93.1"
BOUND = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
BUDGET: dict[str, Any] = {"enabled": False, "minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
ACCOUNT: dict[str, Any] = {"create": True, "name": ""}


def _static(port: int | None, **more: Any) -> dict[str, Any]:
    service: dict[str, Any] = {"enabled": True, "port": port, "targetPort": port, "selector": {}}
    return {"enabled": True, "endpoints": [], "service": service, "serviceMonitor": {"enabled": True}, **more}


DEFAULTS: dict[str, Any] = {
    "fullnameOverride": "",
    "namespaceOverride": "",
    "cleanPrometheusOperatorObjectNames": False,
    "crds": {"enabled": True, "upgradeJob": {"enabled": False}},
    "global": {"rbac": {"create": True}},
    "defaultRules": {"create": True, "rules": {switch: True for _, switch, _ in RULES}, "disabled": {}},
    "additionalPrometheusRulesMap": {},
    "grafana": {"enabled": True},
    "kubernetesServiceMonitors": {"enabled": True},
    "kubeApiServer": {"enabled": True, "serviceMonitor": {"enabled": True}},
    "kubelet": {
        "enabled": True,
        "namespace": "kube-system",
        "serviceMonitor": {
            "enabled": True, "kubelet": True, "cAdvisor": True, "probes": True, "resource": False, "https": True,
        },
    },
    "kubeControllerManager": _static(None),
    "coreDns": _static(9153),
    "kubeEtcd": _static(2381),
    "kubeScheduler": _static(None),
    "kubeProxy": _static(10249),
    "kubeStateMetrics": {"enabled": True},
    "kube-state-metrics": {
        "replicas": 1,
        "updateStrategy": "",
        "resources": {},
        "podLabels": {},
        "podDisruptionBudget": {},
        "priorityClassName": "",
        "nodeSelector": {},
        "tolerations": [],
        "affinity": {},
        "topologySpreadConstraints": [],
        "containerSecurityContext": BOUND,
        "containers": [],
        "initContainers": [],
        "volumes": [],
        "startupProbe": {"enabled": False},
        "selfMonitor": {"enabled": False},
        "prometheus": {"monitor": {"enabled": True}},
    },
    "nodeExporter": {"enabled": True},
    "prometheus-node-exporter": {
        "resources": {},
        "podLabels": {"jobLabel": "node-exporter"},
        "priorityClassName": "",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"effect": "NoSchedule", "operator": "Exists"}],
        "affinity": {},
        "hostNetwork": True,
        "securityContext": {"fsGroup": 65534, "runAsGroup": 65534, "runAsNonRoot": True, "runAsUser": 65534},
        "containerSecurityContext": {"readOnlyRootFilesystem": True},
        "image": {"distroless": True},
        "hostRootFsMount": {"enabled": True},
        "extraHostVolumeMounts": [],
        "prometheus": {"monitor": {"enabled": True}},
    },
    "prometheusOperator": {
        "enabled": True,
        "strategy": {},
        "tls": {"enabled": True},
        "livenessProbe": {"enabled": True},
        "readinessProbe": {"enabled": True},
        "serviceAccount": ACCOUNT,
        "service": {"type": "ClusterIP"},
        "podLabels": {},
        "podDisruptionBudget": BUDGET,
        "serviceMonitor": {"selfMonitor": True},
        "resources": {},
        "priorityClassName": "",
        "hostNetwork": False,
        "nodeSelector": {},
        "tolerations": [],
        "affinity": {},
        "containerSecurityContext": BOUND,
        "image": {"registry": "quay.io", "repository": "prometheus-operator/prometheus-operator", "tag": "", "sha": ""},
        "prometheusConfigReloader": {
            "image": {
                "registry": "quay.io",
                "repository": "prometheus-operator/prometheus-config-reloader",
                "tag": "",
                "sha": "",
            },
            "enableProbe": False,
            "resources": {},
        },
        "kubeletService": {"enabled": True, "namespace": "kube-system", "name": ""},
        "admissionWebhooks": {
            "enabled": True,
            "failurePolicy": "",
            "patch": {
                "enabled": True,
                "image": {"registry": "ghcr.io", "repository": "jkroepke/kube-webhook-certgen", "tag": "1.8.7", "sha": ""},
                "resources": {},
                "priorityClassName": "",
                "nodeSelector": {},
                "tolerations": [],
                "affinity": {},
                "serviceAccount": {"create": True},
            },
            "createSecretJob": {"securityContext": BOUND},
            "patchWebhookJob": {"securityContext": BOUND},
            "certManager": {
                "enabled": False,
                "issuerRef": {},
                "rootCert": {"duration": ""},
                "admissionCert": {"duration": ""},
            },
        },
    },
    "prometheus": {
        "enabled": True,
        "serviceAccount": ACCOUNT,
        "service": {"enabled": True, "type": "ClusterIP", "port": 9090, "targetPort": 9090},
        "podDisruptionBudget": BUDGET,
        "serviceMonitor": {"selfMonitor": True},
        "prometheusSpec": PROMETHEUS_DEFAULTS,
    },
    "alertmanager": {
        "enabled": True,
        "apiVersion": "v2",
        "serviceAccount": ACCOUNT,
        "service": {"enabled": True, "type": "ClusterIP", "port": 9093, "targetPort": 9093},
        "podDisruptionBudget": BUDGET,
        "serviceMonitor": {"selfMonitor": True},
        "alertmanagerSpec": ALERTMANAGER_DEFAULTS,
    },
}  # fmt: skip

WITHOUT_EFFECT: tuple[str, ...] = (
    *(f"prometheus.prometheusSpec.{name}" for name in PROMETHEUS_PASSED),
    *(f"alertmanager.alertmanagerSpec.{name}" for name in ALERTMANAGER_PASSED),
    *(f"{name}.podDisruptionBudget" for name in ("prometheus", "alertmanager", "prometheusOperator")),
    *(f"alertmanager.{name}" for name in ("config", "stringConfig", "tplConfig", "templateFiles", "annotations")),
    *(f"defaultRules.{name}" for name in ("disabled", "labels", "annotations", "runbookUrl", "additionalRuleLabels")),
    *("kubelet.serviceMonitor", "kubeApiServer.serviceMonitor", "kubeApiServer.tlsConfig", "prometheus.annotations"),
    *(f"{name}.serviceMonitor" for name in ("kubeControllerManager", "coreDns", "kubeEtcd", "kubeScheduler")),
    *(f"prometheus-node-exporter.{name}" for name in ("extraArgs", "podAnnotations", "nodeSelector")),
    *("prometheus-node-exporter.podLabels", "prometheus-node-exporter.securityContext"),
    *(
        "prometheus-node-exporter.containerSecurityContext",
        "kube-state-metrics.extraArgs",
        "kube-state-metrics.podAnnotations",
    ),
    *(f"kube-state-metrics.{name}" for name in ("metricLabelsAllowlist", "metricAnnotationsAllowList", "rbac")),
    *(
        f"kube-state-metrics.{name}"
        for name in ("customResourceState", "collectors", "livenessProbe", "readinessProbe")
    ),
    *("kube-state-metrics.startupProbe", "prometheusOperator.livenessProbe", "prometheusOperator.readinessProbe"),
    *("prometheusOperator.env", "prometheusOperator.logLevel", "prometheusOperator.extraArgs", "grafana"),
    *("prometheusOperator.securityContext", "kube-state-metrics.securityContext", "crds"),
    *("additionalPrometheusRulesMap", "prometheus.serviceMonitor", "alertmanager.serviceMonitor"),
)
"""Values that are passed on whole, or that change no field judgement looks at."""


@dataclass(frozen=True)
class Frame:
    """A release with its merged values; `draft` collects."""

    release: Release
    values: Mapping[str, Any]
    draft: Draft

    @property
    def namespace(self) -> str:
        """Where the chart puts what has no place of its own."""
        return str(self.values["namespaceOverride"] or self.release.namespace)

    @property
    def full(self) -> str:
        """Prefix of the objects' names, cut at 26."""
        name = self.release.name
        found = self.values["fullnameOverride"] or (name if CHART in name else f"{name}-{CHART}")
        return str(found)[:26].rstrip("-")

    def sub(self, chart: str) -> str:
        """The name of a subchart's objects."""
        name = self.release.name
        return (name if chart in name else f"{name}-{chart}")[:63].rstrip("-")

    def custom(self, kind: str) -> str:
        """The name of the Prometheus or the Alertmanager."""
        return self.full if self.values["cleanPrometheusOperatorObjectNames"] else f"{self.full}-{kind}"

    def labels(self, app: str, **more: str) -> dict[str, str]:
        """The labels of the chart's own objects."""
        return {
            "app": f"{CHART}-{app}",
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/instance": self.release.name,
            "app.kubernetes.io/version": self.release.version,
            "app.kubernetes.io/part-of": CHART,
            "chart": f"{CHART}-{self.release.version}",
            "release": self.release.name,
            "heritage": "Helm",
            **more,
        }

    def account(self, section: str, name: str) -> str:
        """The ServiceAccount of a section of the values."""
        own = self.values[section]["serviceAccount"]
        return str(own["name"] or (f"{self.full}-{name}" if own["create"] else "default"))

    def add(self, body: Manifest, key: str, labels: Mapping[str, str] | None = None) -> None:
        """Add an object with its labels."""
        if labels:
            body["metadata"]["labels"] = dict(labels)
        self.draft.add(body, key)


def known() -> frozenset[str]:
    """Every values path an expansion reads or may ignore."""
    return frozenset((*paths(DEFAULTS), *WITHOUT_EFFECT))
