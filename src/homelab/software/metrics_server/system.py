"""metrics-server: what `kubectl top` and autoscalers read, behind the aggregated API.

Sources: chart metrics-server 3.13.1 (as recorded a little after its release; ClusterRoles of the release itself are
called `system:metrics-server` whatever the release is called); README of kubernetes-sigs/metrics-server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Role
from homelab.kube.resource import Manifest
from homelab.software.shapes import (
    Draft,
    budget,
    container,
    port,
    service,
    service_monitor,
    template,
    thing,
    workload,
)
from homelab.software.software import ChartTruth, Release, Software, Support
from homelab.software.values import over, paths, unmodelled, whole

NAME = "metrics-server"
APP_VERSION = "v0.8.1"
DEFAULTS: dict[str, Any] = {
    "fullnameOverride": "",
    "image": {"repository": "registry.k8s.io/metrics-server/metrics-server", "tag": ""},
    "serviceAccount": {"create": True, "name": ""},
    "rbac": {"create": True},
    "apiService": {"create": True},
    "podLabels": {},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
        "capabilities": {"drop": ["ALL"]},
    },
    "podSecurityContext": {},
    "priorityClassName": "system-cluster-critical",
    "containerPort": 10250,
    "hostNetwork": {"enabled": False},
    "replicas": 1,
    "updateStrategy": {},
    "podDisruptionBudget": {
        "enabled": False,
        "minAvailable": None,
        "maxUnavailable": None,
        "unhealthyPodEvictionPolicy": None,
    },
    "livenessProbe": {"httpGet": {"path": "/livez", "port": "https", "scheme": "HTTPS"}},
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "https", "scheme": "HTTPS"}},
    "service": {"type": "ClusterIP", "port": 443},
    "metrics": {"enabled": False},
    "serviceMonitor": {"enabled": False},
    "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}},
    "nodeSelector": {},
    "tolerations": [],
    "affinity": {},
    "topologySpreadConstraints": [],
    "tls": {"type": "metrics-server", "clusterDomain": "cluster.local"},
}
PASSED = (
    "args", "defaultArgs", "livenessProbe", "readinessProbe", "serviceMonitor", "podAnnotations", "resources",
    "deploymentAnnotations", "apiService", "securityContext", "podSecurityContext", "updateStrategy", "nodeSelector",
)  # fmt: skip
"""Values that are passed on whole, or that change no field judgement looks at."""


def expand(release: Release) -> Expansion:
    """What the chart makes; the certificate types `helm` and `existingSecret` and the resizer are not modelled."""
    draft = Draft(unknown=list(unmodelled(release.values, (*paths(DEFAULTS), *PASSED))))
    values = whole(over(DEFAULTS, release.values), DEFAULTS)
    full = str(values["fullnameOverride"] or (release.name if NAME in release.name else f"{release.name}-{NAME}"))[:63]
    space = release.namespace
    selector = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": release.name}
    account = values["serviceAccount"]["name"] or (full if values["serviceAccount"]["create"] else "default")
    if values["tls"]["type"] not in {"metrics-server", "cert-manager"}:
        draft.unknown.append(f"values key tls.type: {values['tls']['type']} is not modelled")
    draft.add(_deployment(values, full, space, selector, account))
    front = port("https", values["service"]["port"], "https")
    draft.add(_labelled(service(full, space, selector, [front], type=values["service"]["type"]), selector), "service")
    if values["serviceAccount"]["create"]:
        draft.names("ServiceAccount", [account], space, "serviceAccount")
    if values["rbac"]["create"]:
        draft.names("ClusterRole", [f"system:{full}", f"system:{full}-aggregated-reader"], key="rbac")
        draft.names("ClusterRoleBinding", [f"system:{full}", f"{full}:system:auth-delegator"], key="rbac")
        draft.names("RoleBinding", [f"{full}-auth-reader"], "kube-system", "rbac")
    if values["apiService"]["create"]:
        asked = {"name": full, "namespace": space, "port": values["service"]["port"]}
        draft.add(thing("APIService", "v1beta1.metrics.k8s.io", spec={"service": asked}), "apiService")
    bound = dict(values["podDisruptionBudget"])
    if bound.pop("enabled"):
        said = {key: value for key, value in bound.items() if value}
        draft.add(budget(full, space, selector, **said), "podDisruptionBudget")
    if values["serviceMonitor"]["enabled"] and values["metrics"]["enabled"]:
        made = service_monitor(full, space, selector, ["https"], namespaceSelector={"matchNames": [space]})
        draft.add(made, "serviceMonitor")
    if values["tls"]["type"] == "cert-manager":
        _add_certificate(draft, values, full, space)
    who = Subject("Deployment", full, space)
    draft.facts.append(Role(who, "change", "autoscalers hold still and `kubectl top` is silent; nothing stops"))
    return draft.expansion()


def _labelled(body: Manifest, labels: Mapping[str, str]) -> Manifest:
    body["metadata"]["labels"] = dict(labels)
    return body


def _deployment(
    values: Mapping[str, Any], full: str, namespace: str, selector: Mapping[str, str], account: str
) -> Manifest:
    main = container(
        NAME,
        f"{values['image']['repository']}:{values['image']['tag'] or APP_VERSION}",
        ports={"https": values["containerPort"]},
        resources=values["resources"] or None,
        securityContext=values["securityContext"] or None,
        livenessProbe=values["livenessProbe"] or None,
        readinessProbe=values["readinessProbe"] or None,
    )
    volumes: list[Manifest] = [{"name": "tmp", "emptyDir": {}}]
    if values["tls"]["type"] == "cert-manager":
        volumes.append({"name": "certs", "secret": {"secretName": full}})
    keys = ("priorityClassName", "nodeSelector", "tolerations", "affinity", "topologySpreadConstraints")
    made = template(
        {**selector, **values["podLabels"]},
        [main],
        volumes=volumes,
        serviceAccountName=account,
        securityContext=values["podSecurityContext"] or None,
        hostNetwork=True if values["hostNetwork"]["enabled"] else None,
        **{key: values[key] or None for key in keys},
    )
    rolled = values["updateStrategy"] or None
    count = values["replicas"]
    return _labelled(workload("Deployment", full, namespace, made, selector, replicas=count, strategy=rolled), selector)


def _add_certificate(draft: Draft, values: Mapping[str, Any], full: str, namespace: str) -> None:
    api, issuer = "cert-manager.io/v1", f"{full}-issuer"
    draft.add(thing("Issuer", issuer, namespace, api, spec={"selfSigned": {}}), "tls")
    inside = f"{full}.{namespace}"
    spec = {
        "commonName": full,
        "dnsNames": [inside, f"{inside}.svc", f"{inside}.svc.{values['tls']['clusterDomain']}"],
        "secretName": full,
        "usages": ["server auth", "client auth"],
        "privateKey": {"algorithm": "RSA", "size": 2048},
        "issuerRef": {"name": issuer, "kind": "Issuer", "group": "cert-manager.io"},
    }
    draft.add(thing("Certificate", full, namespace, api, spec=spec), "tls")


def _since(minor: int) -> tuple[str, ...]:
    return tuple(f"1.{each}" for each in range(minor, 37))


README = "kubernetes-sigs/metrics-server README.md, Compatibility Matrix"
METRICS_SERVER = Software(
    name=NAME,
    charts=(
        ChartTruth(
            chart=NAME,
            repositories=("kubernetes-sigs.github.io/metrics-server",),
            stamped=frozenset({"3.13.1"}),
            expand=expand,
        ),
    ),
    support=(
        Support(line="0.8", runs=_since(31), supported=_since(31), source=README, chart="3.13"),
        Support(line="0.9", runs=_since(34), supported=_since(34), source=README),
    ),
)
