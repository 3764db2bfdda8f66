"""Argo CD's chart: the Job that makes the cache's password, and the cache as one Redis without a volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.kube.resource import Manifest
from homelab.software.argo_cd.frame import REDIS_PASSWORD, Frame, add_budget, add_service_monitor, placed, probes
from homelab.software.shapes import container, http_probe, job, port, service, template, workload

INIT = "redis-secret-init"
HEALTH = {"exec": {"command": ["sh", "-c", "/health/redis_liveness.sh"]}}
TWO = ("livenessProbe", "readinessProbe")
"""The chart has no startup probe for its cache."""


def add_secret_job(frame: Frame) -> None:
    """The hook Job that makes the Secret `argocd-redis` once, before anything else."""
    values = frame.values["redisSecretInit"]
    if not values["enabled"]:
        return
    name = frame.named(INIT)
    main = container(
        "secret-init",
        frame.image(values),
        resources=values["resources"] or {},
        securityContext=values["containerSecurityContext"] or None,
    )
    labels = {**frame.labels(INIT, INIT), **frame.values["global"]["podLabels"], **values["podLabels"]}
    where = {**placed(frame, values, INIT, {}), "topologySpreadConstraints": None}
    account = frame.account(values, INIT)
    made = template(labels, [main], restartPolicy="OnFailure", serviceAccountName=account, **where)
    frame.draft.add(job(name, frame.namespace, made, hook="pre-install,pre-upgrade"), "redisSecretInit")
    if values["serviceAccount"]["create"]:
        frame.draft.names("ServiceAccount", [account], frame.namespace, "redisSecretInit")
    for kind in ("Role", "RoleBinding"):
        frame.draft.names(kind, [name], frame.namespace, "redisSecretInit")


def add_redis(frame: Frame) -> None:
    """One Redis: a cache that fills again."""
    values = frame.values["redis"]
    if not values["enabled"] or frame.values["redis-ha"]["enabled"]:
        return
    name = frame.named("redis")
    only_name = {"app.kubernetes.io/name": frame.selector("redis")["app.kubernetes.io/name"]}
    labels = frame.labels("redis", "redis")
    made = template(
        {**labels, **frame.values["global"]["podLabels"], **values["podLabels"]},
        _containers(values),
        initContainers=values["initContainers"] or None,
        volumes=[{"name": "health", "configMap": {"name": f"{name}-health-configmap"}}, *values["volumes"]],
        securityContext=values["securityContext"] or None,
        serviceAccountName="default",
        **placed(frame, values, "redis", only_name),
    )
    deployment = workload("Deployment", name, frame.namespace, made, only_name, replicas=1)
    deployment["metadata"]["labels"] = labels
    frame.draft.add(deployment, "redis")
    frame.draft.names("ConfigMap", [f"{name}-health-configmap"], frame.namespace, "redis")
    front = service(name, frame.namespace, frame.selector("redis"), [port("redis", 6379, "redis")])
    front["metadata"]["labels"] = labels
    frame.draft.add(front, "redis.service")
    add_budget(frame, "redis", "redis", only_name)
    if values["metrics"]["enabled"]:
        ports = [port("http-metrics", values["metrics"]["service"]["servicePort"], "metrics")]
        chosen = frame.selector("redis", "redis")
        scraped = service(f"{name}-metrics", frame.namespace, chosen, ports, type="ClusterIP", clusterIP="None")
        scraped["metadata"]["labels"] = labels
        frame.draft.add(scraped, "redis.metrics")
        add_service_monitor(frame, "redis", "redis", "redis")


def _containers(values: Mapping[str, Any]) -> list[Manifest]:
    main = container(
        "redis",
        f"{values['image']['repository']}:{values['image']['tag']}",
        ports={"redis": 6379},
        env=[REDIS_PASSWORD],
        resources=values["resources"] or {},
        securityContext=values["containerSecurityContext"] or None,
        **probes(values, HEALTH, TWO),
    )
    exporter = values["exporter"]
    if not exporter["enabled"]:
        return [main, *values["extraContainers"]]
    metrics = container(
        "metrics",
        f"{exporter['image']['repository']}:{exporter['image']['tag']}",
        ports={"metrics": 9121},
        env=[REDIS_PASSWORD],
        resources=exporter["resources"] or {},
        securityContext=exporter["containerSecurityContext"] or None,
        **probes(exporter, http_probe("/metrics", 9121), TWO),
    )
    return [main, metrics, *values["extraContainers"]]
