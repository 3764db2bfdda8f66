"""The Redis operator of OT-CONTAINER-KIT as its chart makes it: one Deployment that also moves the master's label.

It is in the way of a failover: Sentinel promotes a replica, but the Service that follows the master does so by a label
that only the operator moves, every ten seconds.
Source: chart redis-operator 0.26.1 of https://ot-container-kit.github.io/helm-charts.
"""

from __future__ import annotations

import re
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Role, Standby
from homelab.software.redis_operator.others import CLUSTER, STANDALONE
from homelab.software.redis_operator.replication import REPLICATION, SENTINEL
from homelab.software.shapes import Draft, container, http_probe, kept, service, template, thing, webhooks, workload
from homelab.software.software import ChartTruth, Release, Software
from homelab.software.values import over, unmodelled

DEFAULTS: dict[str, Any] = {
    "redisOperator": {
        "name": "redis-operator",
        "imageName": "quay.io/opstree/redis-operator",
        "imageTag": "",
        "strategy": {},
        "podLabels": {},
        "webhook": False,
        "pprof": {"enabled": False, "bindAddress": ":6060"},
        "metrics": {"enabled": True, "bindAddress": ":8080"},
    },
    "resources": {"limits": {"cpu": "500m", "memory": "500Mi"}, "requests": {"cpu": "500m", "memory": "500Mi"}},
    "replicas": 1,
    "rbac": {"enabled": True, "scope": "cluster"},
    "serviceAccountName": "redis-operator",
    "service": {"name": "webhook-service"},
    "certificate": {"name": "serving-cert", "secretName": "webhook-server-cert"},
    "issuer": {"create": True, "kind": "Issuer", "name": "redis-operator-issuer"},
    "certmanager": {"enabled": False},
    "podSecurityContext": {},
    "securityContext": {},
}
PLACEMENT = ("affinity", "nodeSelector", "tolerations", "priorityClassName")
MODELLED = (
    "redisOperator.name", "redisOperator.imageName", "redisOperator.imageTag", "redisOperator.strategy",
    "redisOperator.podLabels", "redisOperator.webhook", "redisOperator.pprof", "redisOperator.metrics", "resources",
    "replicas", "rbac", "serviceAccountName", "service.name", "certificate", "issuer.create", "issuer.name",
    "issuer.kind", "certmanager.enabled", "podSecurityContext", "securityContext", *PLACEMENT,
)  # fmt: skip
INERT = (
    "redisOperator.initContainerImageTag", "redisOperator.imagePullPolicy", "redisOperator.imagePullSecrets",
    "redisOperator.podAnnotations", "redisOperator.extraArgs", "redisOperator.watchNamespace",
    "redisOperator.serviceDNSDomain", "redisOperator.env", "redisOperator.automountServiceAccountToken",
    "serviceAccount", "service.namespace", "certmanager.apiVersion", "tolerateAllTaints", "featureGates", "manager",
)  # fmt: skip
"""Keys that change arguments and annotations, and nothing that judgement looks at; `tolerateAllTaints` is read nowhere."""
CRDS = ("redis", "redisclusters", "redisreplications", "redissentinels")


def expand(release: Release) -> Expansion:
    """What the chart `redis-operator` makes with these values."""
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    name, space = values["redisOperator"]["name"], release.namespace
    draft.names("CustomResourceDefinition", (f"{each}.redis.redis.opstreelabs.in" for each in CRDS))
    _operator(draft, release, values)
    if values["rbac"]["enabled"]:
        wide = (values["rbac"].get("scope") or "cluster") == "cluster"
        for kind in ("Role", "RoleBinding"):
            draft.names(f"Cluster{kind}" if wide else kind, (name,), "" if wide else space)
        draft.names("ServiceAccount", (values["serviceAccountName"],), space)
    if values["redisOperator"]["webhook"]:
        _webhook(draft, release, values)
    if values["certmanager"]["enabled"]:
        _certificate(draft, values, space)
    return draft.expansion()


def _port(address: str) -> int:
    found = re.search(r":(\d+)", address)
    return int(found[1]) if found else 0


def _operator(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    operator = values["redisOperator"]
    name, space = operator["name"], release.namespace
    ports = {"probe": 8081}
    for each in ("metrics", "pprof"):
        if operator[each]["enabled"]:
            ports[each] = _port(operator[each]["bindAddress"])
    hooked = bool(operator["webhook"])
    manager = container(
        name,
        f"{operator['imageName']}:{operator['imageTag'] or 'v0.26.0'}",
        ports={**ports, "webhook-server": 9443} if hooked else ports,
        livenessProbe=http_probe("/healthz", "probe"),
        readinessProbe=http_probe("/readyz", "probe"),
        resources=values.get("resources") or None,
        securityContext=values["securityContext"],
    )
    selector = {"name": name}
    pod = template(
        {**selector, **operator["podLabels"]},
        [manager],
        securityContext=values["podSecurityContext"],
        serviceAccountName=values["serviceAccountName"],
        volumes=[{"name": "cert", "secret": {"secretName": values["certificate"]["secretName"]}}] if hooked else None,
        **{key: values.get(key) or None for key in PLACEMENT},
    )
    spec = kept(replicas=values["replicas"], strategy=operator["strategy"] or None)
    draft.add(workload("Deployment", name, space, pod, selector, **spec))
    subject = Subject("Deployment", name, space)
    why = "it moves the label by which a master's Service selects: a running master serves on, a failed one is not replaced"
    draft.facts += [
        Standby(subject, 15.0, "--leader-elect: a lease of 15 s, further replicas wait for it"),
        Role(subject, "change", why),
    ]


def _webhook(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    space = release.namespace
    made = webhooks(
        "MutatingWebhookConfiguration", f"{release.name}-mutating-webhook-configuration",
        ["ot-mutate-pod.opstree.com"], values["service"]["name"], space,
    )  # fmt: skip
    draft.add(made, "redisOperator.webhook")
    ends = [{"port": 443, "targetPort": 9443}]
    draft.add(service(values["service"]["name"], space, {"name": values["redisOperator"]["name"]}, ends))
    if not values["certmanager"]["enabled"]:
        draft.names("Secret", (values["certificate"]["secretName"],), space)


def _certificate(draft: Draft, values: dict[str, Any], space: str) -> None:
    issuer, host, api = values["issuer"], values["service"]["name"], "cert-manager.io/v1"
    if issuer["create"]:
        at = space if issuer["kind"] == "Issuer" else ""
        draft.add(thing(issuer["kind"], issuer["name"], at, api, spec={"selfSigned": {}}), "issuer")
    inner = values["service"].get("namespace") or "redis-operator"
    domain = values["redisOperator"].get("serviceDNSDomain") or "cluster.local"
    spec = {
        "dnsNames": [f"{host}.{inner}.svc", f"{host}.{inner}.svc.{domain}"],
        "issuerRef": {"kind": issuer["kind"], "name": issuer["name"]},
        "secretName": values["certificate"]["secretName"],
    }
    draft.add(thing("Certificate", values["certificate"]["name"], space, api, spec=spec), "certificate")


REDIS_OPERATOR = Software(
    name="redis-operator",
    charts=(ChartTruth("redis-operator", ("ot-container-kit.github.io/helm-charts",), frozenset({"0.26.1"}), expand),),
    kinds=(STANDALONE, REPLICATION, SENTINEL, CLUSTER),
    images={"opstree/redis": "redis"},
)
