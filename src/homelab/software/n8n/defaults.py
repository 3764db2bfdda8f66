"""The community chart of n8n: its defaults as far as they decide what is made, and the values keys we understand.

Source: chart n8n 1.24.32 of https://community-charts.github.io/helm-charts (n8n 2.35.7).
"""

from __future__ import annotations

from typing import Any

APPS = {"1.24.32": "2.35.7"}
"""Chart version to n8n's own."""

_HEALTH: dict[str, Any] = {
    "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
    "readinessProbe": {"httpGet": {"path": "/healthz/readiness", "port": "http"}},
}
_START: dict[str, Any] = {
    "startupProbe": {
        "exec": {"command": ["/bin/sh", "-c", "ps aux | grep '[n]8n'"]},
        "initialDelaySeconds": 10,
        "periodSeconds": 5,
        "failureThreshold": 30,
    }
}
_BUDGET: dict[str, Any] = {
    "pdb": {"enabled": True, "minAvailable": None, "maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
}


def _usage(what: str) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": 80}
    return {"type": "Resource", "resource": {"name": what, "target": target}}


def _scaling(*what: str) -> dict[str, Any]:
    metrics = [_usage(each) for each in what]
    return {"autoscaling": {"enabled": False, "minReplicas": 2, "maxReplicas": 10, "metrics": metrics}}


_CONTEXT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "privileged": False,
    "runAsUser": 1000,
    "runAsGroup": 1000,
}
DEFAULTS: dict[str, Any] = {
    "image": {"repository": "n8nio/n8n", "tag": ""},
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
    "serviceAccount": {"create": True, "name": ""},
    "podLabels": {},
    "podSecurityContext": {
        "fsGroup": 1000,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "securityContext": _CONTEXT,
    "waitContainerSecurityContext": _CONTEXT,
    "service": {"enabled": True, "type": "ClusterIP", "port": 5678, "name": "http"},
    "db": {"type": "sqlite"},
    "license": {"enabled": False, "activationKey": "", "existingActivationKeySecret": ""},
    "main": {
        "count": 1,
        "resources": {},
        "persistence": {
            "enabled": False,
            "existingClaim": "",
            "storageClass": "",
            "accessMode": "ReadWriteOnce",
            "size": "8Gi",
            "volumeName": "",
        },
        **_HEALTH,
        **_BUDGET,
    },
    "worker": {
        "mode": "regular",
        "count": 2,
        "resources": {},
        "waitMainNodeReady": {"enabled": False},
        **_HEALTH,
        **_START,
        **_BUDGET,
        **_scaling("memory", "cpu"),
    },
    "webhook": {
        "mode": "regular",
        "count": 2,
        "resources": {},
        "waitMainNodeReady": {"enabled": False},
        "mcp": {"enabled": True, "resources": {}, **_HEALTH, **_START},
        **_HEALTH,
        **_START,
        **_BUDGET,
        **_scaling("cpu"),
    },
    "existingEncryptionKeySecret": "",
    "serviceMonitor": {"enabled": False, "namespace": "", "labels": {"release": "prometheus"}},
    "resources": {},
    "livenessProbe": {},
    "readinessProbe": {},
    "affinity": {},
    "redis": {"enabled": False},
    "externalRedis": {"host": "", "port": 6379, "existingSecret": ""},
    "postgresql": {"enabled": False},
    "externalPostgresql": {"host": "", "port": 5432, "existingSecret": ""},
}
_EACH = ("count", "resources", "livenessProbe", "readinessProbe", "pdb", "affinity")
_QUEUED = (*_EACH, "mode", "startupProbe", "autoscaling", "waitMainNodeReady.enabled")
MODELLED = (
    "image.repository", "image.tag", "nameOverride", "fullnameOverride", "strategy", "serviceAccount.create",
    "serviceAccount.name", "podLabels", "podSecurityContext", "securityContext", "waitContainerSecurityContext",
    "service.enabled", "service.type", "service.port", "service.name", "db.type", "license.enabled",
    "license.activationKey", "license.existingActivationKeySecret", "existingEncryptionKeySecret",
    "serviceMonitor.enabled", "serviceMonitor.namespace", "serviceMonitor.labels", "resources", "livenessProbe",
    "readinessProbe", "affinity", "nodeSelector", "tolerations", "externalRedis.host", "externalRedis.port",
    "externalRedis.existingSecret", "externalPostgresql.host", "externalPostgresql.port",
    "externalPostgresql.existingSecret", "main.persistence",
    *(f"main.{key}" for key in _EACH), *(f"worker.{key}" for key in _QUEUED), *(f"webhook.{key}" for key in _QUEUED),
    *(f"webhook.mcp.{key}" for key in ("enabled", "resources", "startupProbe", "livenessProbe", "readinessProbe", "affinity")),
)  # fmt: skip
_OWN = ("extraEnvVars", "extraEnv", "extraSecretNamesForEnvFrom", "hostAliases", "runtimeClassName")
INERT = (
    "image.pullPolicy", "imagePullSecrets", "revisionHistoryLimit", "serviceAccount.automount",
    "serviceAccount.annotations", "podAnnotations", "service.annotations", "service.labels", "log", "binaryData.mode",
    "binaryData.localStoragePath", "db.tablePrefix", "db.logging", "db.sqlite", "db.postgresdb.poolSize",
    "db.postgresdb.connectionTimeout", "db.postgresdb.idleConnectionTimeout", "db.postgresdb.schema", "sentry",
    "diagnostics", "versionNotifications", "api", "license.autoRenew", "license.serverUrl", "license.tenantId",
    "main.editorBaseUrl", "worker.concurrency", "webhook.url", "worker.waitMainNodeReady", "webhook.waitMainNodeReady",
    "workflowHistory", "encryptionKey", "timezone", "defaultLocale", "gracefulShutdownTimeout",
    "serviceMonitor.interval", "serviceMonitor.timeout", "serviceMonitor.targetLabels",
    "serviceMonitor.metricRelabelings", "serviceMonitor.metricsPrefix", "serviceMonitor.include", "dnsPolicy",
    "dnsConfig", "externalRedis.database", "externalRedis.username", "externalRedis.password",
    "externalRedis.existingUsernameKey", "externalRedis.existingPasswordKey", "externalRedis.tls",
    "externalRedis.dualStack", "externalPostgresql.username", "externalPostgresql.password",
    "externalPostgresql.database", "externalPostgresql.existingSecretPasswordKey", "taskRunners.taskTimeout",
    "taskRunners.taskHeartbeatInterval", "taskRunners.maxConcurrency", "taskRunners.broker",
    *(f"{role}{key}" for role in ("", "main.", "worker.", "webhook.", "webhook.mcp.") for key in _OWN),
)  # fmt: skip
"""Keys that change the environment and annotations, and nothing that judgement looks at."""
