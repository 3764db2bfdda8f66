"""Argo CD's chart: the values that an expansion reads, with their defaults, and those that change no object it makes.

Source: values.yaml of argo-cd 10.1.1 and of its subchart redis-ha 4.38.0.
"""

from __future__ import annotations

from typing import Any

from homelab.software.values import paths

HARDENED: dict[str, Any] = {
    "runAsNonRoot": True,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
PROBES = {"livenessProbe": {"enabled": True}, "readinessProbe": {"enabled": True}, "startupProbe": {"enabled": False}}
NO_PROBES = {"livenessProbe": {"enabled": False}, "readinessProbe": {"enabled": False}}
NO_NEW_PROBES = {**NO_PROBES, "startupProbe": {"enabled": False}}
SCALING: dict[str, Any] = {
    "enabled": False,
    "minReplicas": 1,
    "maxReplicas": 5,
    "targetCPUUtilizationPercentage": 50,
    "targetMemoryUtilizationPercentage": 50,
    "behavior": {},
    "metrics": [],
}


def _piece(**more: Any) -> dict[str, Any]:
    return {
        "image": {"repository": "", "tag": ""},
        "podLabels": {},
        "resources": {},
        "priorityClassName": "",
        "nodeSelector": {},
        "tolerations": [],
        "affinity": {},
        "topologySpreadConstraints": [],
        "containerSecurityContext": HARDENED,
        "pdb": {"enabled": False, "minAvailable": "", "maxUnavailable": ""},
        "extraContainers": [],
        "initContainers": [],
        "networkPolicy": {"create": False},
        **more,
    }


def _metrics(port: int | None, **monitor: Any) -> dict[str, Any]:
    service = {"portName": "http-metrics", **({"servicePort": port} if port else {})}
    return {"enabled": False, "service": service, "serviceMonitor": {"enabled": False, **monitor}}


def _account(name: str = "") -> dict[str, Any]:
    return {"serviceAccount": {"create": True, "name": name}}


_HA_REDIS: dict[str, Any] = {
    "enabled": False,
    "image": {"repository": "ecr-public.aws.com/docker/library/redis", "tag": "8.2.3-alpine"},
    "replicas": 3,
    "auth": True,
    "existingSecret": "argocd-redis",
    "nodeSelector": {},
    "tolerations": [],
    "priorityClassName": "",
    "hardAntiAffinity": True,
    "topologySpreadConstraints": {"enabled": False, "maxSkew": "", "topologyKey": "", "whenUnsatisfiable": ""},
    "podDisruptionBudget": {},
    "init": {"resources": {}},
    "redis": {
        "resources": {},
        "livenessProbe": {"enabled": True},
        "readinessProbe": {"enabled": True},
        "startupProbe": {"enabled": True},
    },
    "sentinel": {
        "resources": {},
        "livenessProbe": {"enabled": True},
        "readinessProbe": {"enabled": True},
        "startupProbe": {"enabled": True},
    },
    "splitBrainDetection": {"resources": {}},
    "containerSecurityContext": {**HARDENED, "runAsUser": 1000},
    "persistentVolume": {"enabled": False, "storageClass": None, "accessModes": ["ReadWriteOnce"], "size": "10Gi"},
    "exporter": {
        "enabled": False,
        "image": "ghcr.io/oliver006/redis_exporter",
        "tag": "v1.75.0",
        "resources": {},
        "serviceMonitor": {"enabled": False, "namespace": ""},
    },
    "haproxy": {
        "enabled": True,
        "replicas": 3,
        "deploymentStrategy": {"type": "RollingUpdate"},
        "image": {"repository": "ecr-public.aws.com/docker/library/haproxy", "tag": "3.3.10-alpine"},
        "labels": {"app.kubernetes.io/name": "argocd-redis-ha-haproxy"},
        "resources": {},
        "init": {"resources": {}},
        "podDisruptionBudget": {},
        "priorityClassName": "",
        "hardAntiAffinity": True,
        "containerSecurityContext": HARDENED,
        "metrics": {"enabled": True, "serviceMonitor": {"enabled": False, "namespace": ""}},
    },
}

DEFAULTS: dict[str, Any] = {
    "nameOverride": "argocd",
    "fullnameOverride": "",
    "namespaceOverride": "",
    "createAggregateRoles": False,
    "createClusterRoles": True,
    "crds": {"install": True},
    "global": {
        "image": {"repository": "quay.io/argoproj/argocd", "tag": ""},
        "additionalLabels": {},
        "podLabels": {},
        "securityContext": {},
        "networkPolicy": {"create": True, "defaultDenyIngress": False},
        "priorityClassName": "",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [],
        "affinity": {"podAntiAffinity": "soft", "nodeAffinity": {"type": "hard", "matchExpressions": []}},
        "topologySpreadConstraints": [],
        "deploymentStrategy": {},
    },
    "configs": {
        "cm": {"create": True},
        "params": {"create": True},
        "rbac": {"create": True},
        "ssh": {"create": True},
        "tls": {"create": True},
        "secret": {"createSecret": True},
        "cmp": {"create": False},
        "styles": "",
        "repositories": {},
        "credentialTemplates": {},
        "clusterCredentials": {},
    },
    "controller": _piece(
        replicas=1,
        **_account("argocd-application-controller"),
        startupProbe={"enabled": False},
        metrics={**_metrics(8082, namespace=""), "rules": {"enabled": False, "namespace": ""}},
        volumes=[],
    ),
    "server": _piece(
        replicas=1,
        **_account("argocd-server"),
        **PROBES,
        autoscaling=SCALING,
        deploymentStrategy={},
        metrics=_metrics(8083, namespace=""),
        service={"type": "ClusterIP"},
        volumes=[],
    ),
    "repoServer": _piece(
        replicas=1,
        **_account(),
        **PROBES,
        autoscaling=SCALING,
        deploymentStrategy={},
        copyutil={"resources": {}},
        metrics=_metrics(8084, namespace=""),
        volumes=[],
    ),
    "applicationSet": _piece(
        replicas=1,
        **_account("argocd-applicationset-controller"),
        **NO_NEW_PROBES,
        deploymentStrategy={},
        metrics=_metrics(8080, namespace=""),
        service={"type": "ClusterIP"},
        extraVolumes=[],
    ),
    "notifications": _piece(
        enabled=True,
        **_account("argocd-notifications-controller"),
        **NO_NEW_PROBES,
        deploymentStrategy={"type": "Recreate"},
        metrics=_metrics(None, namespace=""),
        secret={"create": True, "name": "argocd-notifications-secret"},
        cm={"create": True},
        extraVolumes=[],
    ),
    "dex": {
        **_piece(
            enabled=True,
            **_account("argocd-dex-server"),
            **NO_NEW_PROBES,
            deploymentStrategy={},
            initImage={"resources": {}},
            metrics=_metrics(None, namespace=""),
            volumes=[],
        ),
        "image": {"repository": "ghcr.io/dexidp/dex", "tag": "v2.45.1"},
        "containerSecurityContext": {**HARDENED, "runAsUser": 1001},
    },
    "redis": {
        **_piece(
            enabled=True,
            **NO_PROBES,
            exporter={
                "enabled": False,
                "image": {"repository": "ghcr.io/oliver006/redis_exporter", "tag": "v1.86.0"},
                "resources": {},
                "containerSecurityContext": HARDENED,
                **NO_PROBES,
            },
            metrics=_metrics(9121, namespace=""),
            securityContext={"runAsNonRoot": True, "runAsUser": 999, "seccompProfile": {"type": "RuntimeDefault"}},
            volumes=[],
        ),
        "image": {"repository": "ecr-public.aws.com/docker/library/redis", "tag": "8.2.3-alpine"},
        "containerSecurityContext": {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
    },
    "redis-ha": _HA_REDIS,
    "redisSecretInit": {
        "enabled": True,
        "image": {"repository": "", "tag": ""},
        "resources": {},
        "priorityClassName": "",
        "nodeSelector": {},
        "tolerations": [],
        "affinity": {},
        "podLabels": {},
        "containerSecurityContext": HARDENED,
        "serviceAccount": {"create": True, "name": ""},
    },
}

_PIECES = ("controller", "server", "repoServer", "applicationSet", "notifications", "dex", "redis", "redisSecretInit")
_QUIET = (
    "podAnnotations", "deploymentAnnotations", "statefulsetAnnotations", "deploymentLabels", "statefulsetLabels",
    "env", "extraEnv", "envFrom", "extraEnvFrom", "extraArgs", "volumeMounts", "extraVolumeMounts", "emptyDir",
    "terminationGracePeriodSeconds", "revisionHistoryLimit", "dnsConfig", "dnsPolicy", "lifecycle", "runtimeClassName",
    "imagePullSecrets", "automountServiceAccountToken", "logFormat", "logLevel",
)  # fmt: skip
"""Keys of every piece that change no field judgement looks at."""

WITHOUT_EFFECT: tuple[str, ...] = (
    *(f"{piece}.{key}" for piece in _PIECES for key in _QUIET),
    *(f"global.{key}" for key in (*_QUIET, "domain", "logging", "hostAliases", "addPrometheusAnnotations")),
    *(f"configs.{key}" for key in ("cm", "params", "rbac", "ssh", "tls", "secret", "cmp", "gpg", "styles")),
    *(f"notifications.{key}" for key in ("argocdUrl", "cm", "context", "notifiers", "templates", "triggers")),
    *("notifications.subscriptions", "notifications.secret", "crds", "apiVersionOverrides"),
    *("global.nodeSelector", "configs.repositories", "configs.credentialTemplates", "configs.clusterCredentials"),
    *(
        "redis-ha.haproxy.deploymentStrategy",
        "redis-ha.redis.masterGroupName",
        "redis-ha.redis.config",
        "redis-ha.sentinel.config",
    ),
)


def known() -> frozenset[str]:
    """Every values path an expansion reads or may ignore."""
    probes = (f"{piece}.{kind}Probe" for piece in _PIECES for kind in ("liveness", "readiness", "startup"))
    contexts = (f"{piece}.containerSecurityContext" for piece in _PIECES)
    monitors = (f"{piece}.metrics" for piece in _PIECES)
    return frozenset((*paths(DEFAULTS), *WITHOUT_EFFECT, *probes, *contexts, *monitors))
