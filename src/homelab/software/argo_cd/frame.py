"""Argo CD's chart: what all its parts share: names, labels, images, where their pods may run, budgets and monitors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from homelab.kube.resource import Manifest
from homelab.software.shapes import Draft, budget, container, kept, service, template, thing
from homelab.software.software import Release

APP_VERSION = "v3.4.4"
PROBE_KINDS = ("livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True)
class Piece:
    """One part of Argo CD: `key` in the values, and `name`, by which its objects and labels are called."""

    key: str
    name: str
    probes: Mapping[str, Any]
    """The handler of its probes."""
    ports: Mapping[str, int]


@dataclass(frozen=True)
class Frame:
    """A release with its merged values; `draft` collects."""

    release: Release
    values: Mapping[str, Any]
    draft: Draft

    @property
    def namespace(self) -> str:
        """Where the chart puts everything."""
        return str(self.values["namespaceOverride"] or self.release.namespace)

    @property
    def full(self) -> str:
        """Prefix of the objects' names."""
        base = str(self.values["nameOverride"] or "argo-cd")
        release = self.release.name
        return str(self.values["fullnameOverride"] or (release if base in release else f"{release}-{base}"))[:63]

    def of(self, piece: Piece) -> Mapping[str, Any]:
        """The values of a part."""
        found: Mapping[str, Any] = self.values[piece.key]
        return found

    def named(self, name: str) -> str:
        """The name of a part's objects."""
        return f"{self.full}-{name}"

    def selector(self, name: str, component: str = "") -> dict[str, str]:
        """The labels by which a part is selected."""
        base = self.values["nameOverride"] or "argo-cd"
        labels = {"app.kubernetes.io/name": f"{base}-{name}", "app.kubernetes.io/instance": self.release.name}
        return {**labels, **({"app.kubernetes.io/component": component} if component else {})}

    def labels(self, name: str, component: str) -> dict[str, str]:
        """The labels of a part's objects."""
        tag = str(self.values["global"]["image"]["tag"] or APP_VERSION)
        return {
            "helm.sh/chart": f"argo-cd-{self.release.version}",
            **self.selector(name, component),
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/part-of": "argocd",
            "app.kubernetes.io/version": re.sub(r"[^-A-Za-z0-9_.]", "-", tag)[:63].strip("-_."),
            **self.values["global"]["additionalLabels"],
        }

    def image(self, values: Mapping[str, Any]) -> str:
        """The image of a part: its own, else Argo CD's."""
        common = self.values["global"]["image"]
        own = values["image"]
        return f"{own['repository'] or common['repository']}:{own['tag'] or common['tag'] or APP_VERSION}"

    def account(self, values: Mapping[str, Any], name: str) -> str:
        """The ServiceAccount of a part."""
        own = values["serviceAccount"]
        return str(own["name"] or (self.named(name) if own["create"] else "default"))

    @property
    def monitors(self) -> bool:
        """Whether the chart makes monitors at all: it asks whether the kinds exist."""
        return "monitoring.coreos.com/v1" in self.release.api_versions


def affinity(frame: Frame, values: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A part's own affinity, else the preset of the chart: soft, hard or none."""
    if values["affinity"]:
        return dict(values["affinity"])
    preset = frame.values["global"]["affinity"]
    pods = {"matchLabels": {"app.kubernetes.io/name": frame.selector(name)["app.kubernetes.io/name"]}}
    found: dict[str, Any] = {}
    if preset["podAntiAffinity"] in {"soft", "hard"}:
        hard = preset["podAntiAffinity"] == "hard"
        key = "topology.kubernetes.io/zone" if hard else "kubernetes.io/hostname"
        term = {"weight": 100, "podAffinityTerm": {"labelSelector": pods, "topologyKey": key}}
        rules: dict[str, Any] = {"preferredDuringSchedulingIgnoredDuringExecution": [term]}
        if hard:
            required = {"labelSelector": pods, "topologyKey": "kubernetes.io/hostname"}
            rules["requiredDuringSchedulingIgnoredDuringExecution"] = [required]
        found["podAntiAffinity"] = rules
    return {**found, **_node_affinity(preset["nodeAffinity"])} or None


def _node_affinity(preset: Mapping[str, Any]) -> dict[str, Any]:
    expressions = {"matchExpressions": preset["matchExpressions"]}
    if not preset["matchExpressions"] or preset["type"] not in {"soft", "hard"}:
        return {}
    if preset["type"] == "soft":
        preferred = [{"weight": 1, "preference": expressions}]
        return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [expressions]}}}


def placed(frame: Frame, values: Mapping[str, Any], name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Where a part's pods may run; spread constraints without a selector get `labels`."""
    common = frame.values["global"]
    constraints = values.get("topologySpreadConstraints") or common["topologySpreadConstraints"]
    spread = [
        rule if rule.get("labelSelector") else {**rule, "labelSelector": {"matchLabels": dict(labels)}}
        for rule in constraints
    ]
    return {
        "affinity": affinity(frame, values, name),
        "nodeSelector": values["nodeSelector"] or common["nodeSelector"] or None,
        "tolerations": values["tolerations"] or common["tolerations"] or None,
        "topologySpreadConstraints": spread or None,
        "priorityClassName": values["priorityClassName"] or common["priorityClassName"] or None,
    }


def probes(values: Mapping[str, Any], handler: Mapping[str, Any], kinds: Sequence[str] = PROBE_KINDS) -> dict[str, Any]:
    """The probes that are on, all with one handler."""
    return {kind: dict(handler) for kind in kinds if (values.get(kind) or {}).get("enabled")}


def pod(
    frame: Frame, piece: Piece, volumes: Sequence[Manifest], *, init: Sequence[Manifest] = (), **more: Any
) -> dict[str, Any]:
    """The pod template of a part; `more` are further fields of its main container."""
    values = frame.of(piece)
    main = container(
        piece.name,
        frame.image(values),
        ports=piece.ports,
        env=[REDIS_PASSWORD],
        resources=values["resources"] or {},
        securityContext=values["containerSecurityContext"] or None,
        **{**probes(values, piece.probes), **more},
    )
    return template(
        {
            **frame.labels(piece.name, piece.name),
            **frame.values["global"]["podLabels"],
            **values["podLabels"],
        },
        [main, *values["extraContainers"]],
        initContainers=[*init, *values["initContainers"]] or None,
        volumes=[*(values.get("volumes") or values.get("extraVolumes") or ()), *volumes],
        securityContext=frame.values["global"]["securityContext"] or None,
        serviceAccountName=frame.account(values, piece.name),
        **placed(frame, values, piece.name, frame.selector(piece.name)),
    )


REDIS_PASSWORD = {
    "name": "REDIS_PASSWORD",
    "valueFrom": {"secretKeyRef": {"name": "argocd-redis", "key": "auth"}},
}
REPO_TLS = {"name": "argocd-repo-server-tls", "secret": {"secretName": "argocd-repo-server-tls", "optional": True}}
DEX_TLS = {"name": "argocd-dex-server-tls", "secret": {"secretName": "argocd-dex-server-tls", "optional": True}}
PARAMS = {"name": "argocd-cmd-params-cm", "configMap": {"name": "argocd-cmd-params-cm", "optional": True}}
SSH = {"name": "ssh-known-hosts", "configMap": {"name": "argocd-ssh-known-hosts-cm"}}
TLS = {"name": "tls-certs", "configMap": {"name": "argocd-tls-certs-cm"}}
GPG = {"name": "gpg-keys", "configMap": {"name": "argocd-gpg-keys-cm"}}
STYLES = {"name": "styles", "configMap": {"name": "argocd-styles-cm", "optional": True}}
TMP = {"name": "tmp", "emptyDir": {}}


def strategy(frame: Frame, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """How a Deployment is rolled: the chart's own word where there is one."""
    merged = {**frame.values["global"]["deploymentStrategy"], **values["deploymentStrategy"]}
    if merged.get("type") == "Recreate":
        return {"type": "Recreate"}
    return merged if merged.get("type") == "RollingUpdate" else None


def add_budget(frame: Frame, key: str, name: str, selector: Mapping[str, str] | None = None) -> None:
    """The disruption budget of a part, where it is switched on; `selector` where it is not the part's own."""
    wanted = frame.values[key]["pdb"]
    if wanted["enabled"]:
        least = None if wanted["maxUnavailable"] else wanted["minAvailable"] or 0
        bound = kept(maxUnavailable=wanted["maxUnavailable"] or None, minAvailable=least)
        frame.draft.add(
            budget(frame.named(name), frame.namespace, selector or frame.selector(name), **bound), f"{key}.pdb"
        )


def add_monitor(frame: Frame, key: str, name: str, *, service_name: str = "metrics", number: int = 0) -> None:
    """The metrics Service of a part and the ServiceMonitor that selects it, where they are switched on."""
    metrics = frame.values[key]["metrics"]
    if not metrics["enabled"]:
        return
    labels = frame.labels(service_name, name)
    ports = [{"name": metrics["service"]["portName"], "port": number, "targetPort": "metrics"}]
    made = service(frame.named(f"{name}-metrics"), frame.namespace, frame.selector(name), ports, type="ClusterIP")
    made["metadata"]["labels"] = labels
    frame.draft.add(made, f"{key}.metrics")
    add_service_monitor(frame, key, name, service_name)


def add_service_monitor(frame: Frame, key: str, name: str, service_name: str) -> None:
    """The ServiceMonitor of a part over the Service whose name label is `service_name`."""
    metrics = frame.values[key]["metrics"]
    wanted = metrics["serviceMonitor"]
    if not (frame.monitors and metrics["enabled"] and wanted["enabled"]):
        return
    spec = {
        "endpoints": [{"port": metrics["service"]["portName"], "path": "/metrics"}],
        "namespaceSelector": {"matchNames": [frame.namespace]},
        "selector": {"matchLabels": frame.selector(service_name, name)},
    }
    made = thing("ServiceMonitor", frame.named(name), wanted.get("namespace") or frame.namespace, spec=spec)
    made["metadata"]["labels"] = {
        **frame.labels(name, name), **(wanted.get("selector") or {}), **(wanted.get("additionalLabels") or {})
    }  # fmt: skip
    frame.draft.add(made, f"{key}.metrics.serviceMonitor")
