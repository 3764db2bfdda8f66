"""Sealed Secrets as its chart makes it: one controller by template, which only opens what is new or changed.

Source: the chart 2.19.1 of https://bitnami.github.io/sealed-secrets (`templates/deployment.yaml`: `replicas: 1`).
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces, Role, Singleton
from homelab.kube.resource import Manifest
from homelab.software.shapes import Draft, budget, container, http_probe, port, service, template, thing, workload
from homelab.software.software import ChartTruth, KindTruth, Release, Software
from homelab.software.values import over, unmodelled

DEFAULTS: dict[str, Any] = {
    "createController": True,
    "image": {"registry": "docker.io", "repository": "bitnami/sealed-secrets-controller", "tag": "0.38.4"},
    "livenessProbe": {"enabled": True},
    "readinessProbe": {"enabled": True},
    "startupProbe": {"enabled": False},
    "resources": {"limits": {}, "requests": {}},
    "podSecurityContext": {"enabled": True, "fsGroup": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
    "containerSecurityContext": {
        "enabled": True,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": 1001,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    },
    "metrics": {"serviceMonitor": {"enabled": False}},
    "pdb": {"create": False, "minAvailable": 1},
}
INERT = (
    "keyrenewperiod", "keyttl", "keycutofftime", "rateLimit", "rateLimitBurst", "updateStatus", "skipRecreate",
    "logLevel", "logFormat", "logInfoStdout", "maxRetries", "watchForSecrets", "secretName", "podAnnotations",
    "commonAnnotations", "revisionHistoryLimit", "metrics.serviceMonitor.interval",
)  # fmt: skip
"""Keys that change arguments and annotations, and nothing that judgement looks at."""
MODELLED = (
    "createController", "image", "fullnameOverride", "livenessProbe", "readinessProbe", "startupProbe", "resources",
    "podSecurityContext", "containerSecurityContext", "podLabels", "priorityClassName", "affinity", "nodeSelector",
    "tolerations", "metrics.serviceMonitor.enabled", "pdb",
)  # fmt: skip


def expand(release: Release) -> Expansion:
    """What the chart makes with these values."""
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    name = values.get("fullnameOverride") or (
        release.name if "sealed-secrets" in release.name else f"{release.name}-sealed-secrets"
    )
    selector = {"app.kubernetes.io/name": "sealed-secrets", "app.kubernetes.io/instance": release.name}
    space = release.namespace
    draft.names("CustomResourceDefinition", ("sealedsecrets.bitnami.com",))
    _access(draft, name, space)
    if values["createController"]:
        _controller(draft, release, values, name)
        draft.add(service(name, space, selector, [port("http", 8080, "http")], type="ClusterIP"))
        metrics = [port("metrics", 8081, "metrics")]
        draft.add(service(f"{name}-metrics", space, selector, metrics, type="ClusterIP"))
    if values["metrics"]["serviceMonitor"]["enabled"]:
        spec = {
            "namespaceSelector": {"matchNames": [space]},
            "selector": {"matchLabels": {**selector, "app.kubernetes.io/component": "metrics"}},
            "endpoints": [{"port": "metrics"}],
        }
        draft.add(thing("ServiceMonitor", name, space, spec=spec), "metrics.serviceMonitor")
    if values["pdb"]["create"]:
        bound = {key: values["pdb"].get(key) for key in ("minAvailable", "maxUnavailable")}
        bound = {key: value for key, value in bound.items() if isinstance(value, int)}
        draft.add(budget(name, space, selector, **bound), "pdb")
    return draft.expansion()


def _controller(draft: Draft, release: Release, values: dict[str, Any], name: str) -> None:
    image = values["image"]
    health = http_probe("/healthz", "http")
    security = dict(values["containerSecurityContext"])
    pod_security = dict(values["podSecurityContext"])
    controller = container(
        "controller",
        f"{image['registry']}/{image['repository']}:{image['tag']}",
        ports={"http": 8080, "metrics": 8081},
        livenessProbe=health if values["livenessProbe"]["enabled"] else None,
        readinessProbe=health if values["readinessProbe"]["enabled"] else None,
        startupProbe={"tcpSocket": {"port": "http"}} if values["startupProbe"]["enabled"] else None,
        resources=values["resources"],
        securityContext=security if security.pop("enabled") else None,
    )
    labels = {"app.kubernetes.io/name": "sealed-secrets", "app.kubernetes.io/instance": release.name}
    pod = template(
        {**labels, **(values.get("podLabels") or {})},
        [controller],
        serviceAccountName=name,
        securityContext=pod_security if pod_security.pop("enabled") else None,
        priorityClassName=values.get("priorityClassName") or None,
        affinity=values.get("affinity") or None,
        nodeSelector=values.get("nodeSelector") or None,
        tolerations=values.get("tolerations") or None,
        volumes=[{"name": "tmp", "emptyDir": {}}],
    )
    draft.add(workload("Deployment", name, release.namespace, pod, labels, replicas=1))
    subject = Subject("Deployment", name, release.namespace)
    draft.facts += [
        Singleton(subject, "the chart writes one replica, and open Secrets do not need it", "sealed-secrets chart"),
        Role(subject, "change", "it opens new and changed SealedSecrets; Secrets that exist stay"),
    ]


def _access(draft: Draft, name: str, space: str) -> None:
    draft.names("ServiceAccount", (name,), space)
    draft.names("ClusterRole", ("secrets-unsealer",))
    draft.names("ClusterRoleBinding", (name,))
    for ending in ("key-admin", "service-proxier"):
        draft.names("Role", (f"{name}-{ending}",), space)
        draft.names("RoleBinding", (f"{name}-{ending}",), space)


def opened(body: Manifest, _lookup: object) -> Expansion:
    """A SealedSecret becomes the Secret of its own name and namespace."""
    meta = body["metadata"]
    space = meta.get("namespace", "")
    secret = Subject("Secret", meta["name"], space)
    return Expansion(facts=(Produces(Subject("SealedSecret", meta["name"], space), (secret,)),))


SEALED_SECRETS = Software(
    name="sealed-secrets",
    charts=(
        ChartTruth(
            "sealed-secrets",
            ("bitnami.github.io/sealed-secrets", "bitnami-labs.github.io/sealed-secrets"),
            frozenset({"2.19.1"}),
            expand,
        ),
    ),
    kinds=(KindTruth("bitnami.com", "SealedSecret", opened),),
    images={"sealed-secrets-controller": "sealed-secrets"},
)
