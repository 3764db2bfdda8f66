"""kube-prometheus-stack: the Prometheus and Alertmanager that its chart asks the operator for, field by field.

Source: chart kube-prometheus-stack 88.5.3, templates/{prometheus/prometheus,alertmanager/alertmanager}.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

POD_SECURITY = {
    "runAsGroup": 2000,
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "fsGroup": 2000,
    "seccompProfile": {"type": "RuntimeDefault"},
}

PROMETHEUS_DEFAULTS: dict[str, Any] = {
    "automountServiceAccountToken": True,
    "listenLocal": False,
    "enableOTLPReceiver": False,
    "enableAdminAPI": False,
    "version": "",
    "image": {
        "registry": "quay.io",
        "repository": "prometheus/prometheus",
        "tag": "v3.14.0-distroless",
        "sha": "",
        "pullPolicy": "IfNotPresent",
    },
    "disableAlerting": False,
    "externalUrl": "",
    "ruleSelectorNilUsesHelmValues": True,
    "ruleSelector": {},
    "ruleNamespaceSelector": {},
    "serviceMonitorSelectorNilUsesHelmValues": True,
    "serviceMonitorSelector": {},
    "serviceMonitorNamespaceSelector": {},
    "podMonitorSelectorNilUsesHelmValues": True,
    "podMonitorSelector": {},
    "podMonitorNamespaceSelector": {},
    "probeSelectorNilUsesHelmValues": True,
    "probeSelector": {},
    "probeNamespaceSelector": {},
    "scrapeConfigSelectorNilUsesHelmValues": True,
    "scrapeConfigSelector": {},
    "scrapeConfigNamespaceSelector": {},
    "retention": "10d",
    "tsdb": {"outOfOrderTimeWindow": "0s"},
    "walCompression": True,
    "paused": False,
    "replicas": 1,
    "shards": 1,
    "logLevel": "info",
    "logFormat": "logfmt",
    "routePrefix": "/",
    "podAntiAffinity": "soft",
    "podAntiAffinityTopologyKey": "kubernetes.io/hostname",
    "affinity": {},
    "storageSpec": {},
    "securityContext": POD_SECURITY,
    "portName": "http-web",
    "hostNetwork": False,
}
PROMETHEUS_PASSED = (
    "apiserverConfig", "additionalArgs", "externalLabels", "replicaExternalLabelName", "prometheusExternalLabelName",
    "enableRemoteWriteReceiver", "nodeSelector", "web", "exemplars", "enableFeatures", "otlp", "scrapeClasses",
    "podTargetLabels", "scrapeInterval", "scrapeProtocols", "scrapeTimeout", "evaluationInterval", "resources",
    "retentionSize", "secrets", "configMaps", "serviceName", "remoteRead", "remoteWrite", "securityContext",
    "dnsConfig", "dnsPolicy", "persistentVolumeClaimRetentionPolicy", "podMetadata", "query", "tolerations",
    "topologySpreadConstraints", "containers", "initContainers", "priorityClassName", "disableCompaction", "volumes",
    "volumeMounts", "overrideHonorLabels", "overrideHonorTimestamps", "sampleLimit", "targetLimit", "labelLimit",
    "keepDroppedTargets", "bodySizeLimit", "enforcedSampleLimit", "minReadySeconds", "podManagementPolicy",
    "updateStrategy", "terminationGracePeriodSeconds", "hostAliases", "tracingConfig", "reloadStrategy",
    "ruleQueryOffset", "runtime", "routePrefix", "maximumStartupDurationSeconds",
)  # fmt: skip
"""Fields that the chart writes as they are, where they say something."""

ALERTMANAGER_DEFAULTS: dict[str, Any] = {
    "image": {
        "registry": "quay.io",
        "repository": "prometheus/alertmanager",
        "tag": "v0.34.0",
        "sha": "",
        "pullPolicy": "IfNotPresent",
    },
    "version": "",
    "useExistingSecret": False,
    "automountServiceAccountToken": True,
    "alertmanagerConfigSelector": {},
    "alertmanagerConfigNamespaceSelector": {},
    "logFormat": "logfmt",
    "logLevel": "info",
    "replicas": 1,
    "retention": "120h",
    "externalUrl": None,
    "routePrefix": "/",
    "scheme": "",
    "paused": False,
    "podAntiAffinity": "soft",
    "podAntiAffinityTopologyKey": "kubernetes.io/hostname",
    "affinity": {},
    "securityContext": POD_SECURITY,
    "hostNetwork": False,
    "listenLocal": False,
    "portName": "http-web",
}
ALERTMANAGER_PASSED = (
    "serviceName", "nodeSelector", "secrets", "configSecret", "configMaps", "web", "alertmanagerConfiguration",
    "alertmanagerConfigMatcherStrategy", "resources", "routePrefix", "securityContext", "dnsConfig", "dnsPolicy",
    "storage", "persistentVolumeClaimRetentionPolicy", "podMetadata", "tolerations", "topologySpreadConstraints",
    "containers", "initContainers", "priorityClassName", "additionalPeers", "volumes", "volumeMounts",
    "clusterAdvertiseAddress", "clusterGossipInterval", "clusterPeerTimeout", "clusterPushpullInterval",
    "clusterLabel", "forceEnableClusterMode", "minReadySeconds", "podManagementPolicy", "updateStrategy",
    "terminationGracePeriodSeconds", "hostAliases", "limits", "clusterTLS", "additionalArgs",
)  # fmt: skip
"""Fields that the chart writes as they are, where they say something."""


def image(values: Mapping[str, Any]) -> str:
    """An image of the chart's form: registry, repository, tag, digest."""
    tag = f":{values['tag']}" if values["tag"] else ""
    digest = f"@sha256:{values['sha']}" if values.get("sha") else ""
    return f"{values['registry']}/{values['repository']}{tag}{digest}"


def _passed(spec: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: spec[name] for name in names if spec.get(name)}


def _apart(spec: Mapping[str, Any], expressions: list[tuple[str, str]]) -> dict[str, Any]:
    found = dict(spec["affinity"] or {})
    wanted = [{"key": key, "operator": "In", "values": [value]} for key, value in expressions]
    term = {"topologyKey": spec["podAntiAffinityTopologyKey"], "labelSelector": {"matchExpressions": wanted}}
    if spec["podAntiAffinity"] == "hard":
        found["podAntiAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    elif spec["podAntiAffinity"] == "soft":
        soft = [{"weight": 100, "podAffinityTerm": term}]
        found["podAntiAffinity"] = {"preferredDuringSchedulingIgnoredDuringExecution": soft}
    return found


def _selectors(spec: Mapping[str, Any], release: str) -> dict[str, Any]:
    """Which monitors and rules are read: without a word of the user, those of the same release only."""
    found: dict[str, Any] = {}
    for kind in ("serviceMonitor", "podMonitor", "probe", "rule", "scrapeConfig"):
        own = {"matchLabels": {"release": release}} if spec[f"{kind}SelectorNilUsesHelmValues"] else {}
        found[f"{kind}Selector"] = spec[f"{kind}Selector"] or own
        found[f"{kind}NamespaceSelector"] = spec[f"{kind}NamespaceSelector"] or {}
    return found


def prometheus_spec(spec: Mapping[str, Any], names: Mapping[str, str], alerting: Mapping[str, Any]) -> dict[str, Any]:
    """The spec of Prometheus; `names` are `release`, `name`, `account` and `url`, `alerting` empty for none."""
    found = {
        "automountServiceAccountToken": spec["automountServiceAccountToken"],
        **({"alerting": dict(alerting)} if alerting and not spec["disableAlerting"] else {}),
        "image": image(spec["image"]),
        "imagePullPolicy": spec["image"]["pullPolicy"],
        "version": spec["version"] or spec["image"]["tag"],
        "externalUrl": spec["externalUrl"] or names["url"],
        "serviceAccountName": names["account"],
        "tsdb": spec["tsdb"],
        **_selectors(spec, names["release"]),
    }
    same = ("paused", "replicas", "logLevel", "logFormat", "listenLocal", "enableOTLPReceiver", "enableAdminAPI")
    always = (*same, "retention", "walCompression", "portName", "hostNetwork")
    found |= {name: spec[name] for name in always}
    if spec["shards"] is not None:
        found["shards"] = spec["shards"]
    if spec["storageSpec"]:
        found["storage"] = spec["storageSpec"]
    labels = [("app.kubernetes.io/name", "prometheus"), ("app.kubernetes.io/instance", names["name"])]
    if spec["podAntiAffinity"] or spec["affinity"]:
        found["affinity"] = _apart(spec, labels)
    return {**found, **_passed(spec, PROMETHEUS_PASSED)}


def alertmanager_spec(spec: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The spec of Alertmanager; `names` are `name`, `account` and `url`."""
    found = {
        "image": image(spec["image"]),
        "imagePullPolicy": spec["image"]["pullPolicy"],
        "version": spec["version"] or spec["image"]["tag"],
        "serviceAccountName": names["account"],
        "externalUrl": spec["externalUrl"] or names["url"],
        "alertmanagerConfigSelector": spec["alertmanagerConfigSelector"] or {},
        "alertmanagerConfigNamespaceSelector": spec["alertmanagerConfigNamespaceSelector"],
    }
    same = ("replicas", "listenLocal", "automountServiceAccountToken", "paused", "logFormat", "logLevel", "retention")
    found |= {name: spec[name] for name in (*same, "portName", "hostNetwork")}
    if spec["podAntiAffinity"] or spec["affinity"]:
        labels = [("app.kubernetes.io/name", "alertmanager"), ("alertmanager", names["name"])]
        found["affinity"] = _apart(spec, labels)
    return {**found, **_passed(spec, ALERTMANAGER_PASSED)}
