"""An application that is one image: its Deployment, and the Service, claims and budget around it.

One pod at a time where a volume asks for it: the old one stops before the new one starts, and no budget is kept for it,
since a budget over one pod would only refuse every drain. Startup and liveness ask for a connection and nothing behind it;
readiness asks the path that the owner names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.catalog.apps.own.app import App, alone, postgres, redis, replicas
from homelab.catalog.offers.lab import restricted_container, restricted_pod, sized, spread_over_hosts
from homelab.catalog.offers.postgres import PORT as POSTGRES_PORT
from homelab.catalog.offers.redis import PASSWORD
from homelab.catalog.offers.redis import PORT as REDIS_PORT
from homelab.catalog.plan import Plan, practice
from homelab.documents.quantity import format_bytes, format_cpu
from homelab.kube.resource import ALONE, DESCRIPTION, Manifest

TRIES = 10
"""Seconds between two questions at start."""
TEMPORARY = "tmp"
"""The volume of `/tmp`, and beginning of the names of scratch space."""
ROOT = 0


def image(plan: Plan, app: App) -> Iterator[Manifest]:
    """The Deployment, and its Service and budget where there is something to reach and to keep."""
    yield _deployment(plan, app)
    if app.settings.ports:
        ports = [{"name": name, "port": number, "targetPort": name} for name, number in app.settings.ports.items()]
        spec: dict[str, Any] = {"selector": app.labels, "ports": ports}
        yield {"apiVersion": "v1", "kind": "Service", "metadata": _named(app), "spec": spec}
    if replicas(plan, app) > 1 and practice(plan, app.settings, "budgets"):
        kept = {"maxUnavailable": 1, "selector": {"matchLabels": app.labels}}
        yield {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": _named(app), "spec": kept}


def _named(app: App) -> Manifest:
    return {"name": app.name, "namespace": app.namespace, "labels": app.labels}


def _deployment(plan: Plan, app: App) -> Manifest:
    reason = alone(app)
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    metadata = _named(app)
    if reason:
        strategy = {"type": "Recreate"}
        metadata["annotations"] = {DESCRIPTION: f"{ALONE}{reason}"}
    spec = {
        "replicas": replicas(plan, app),
        "selector": {"matchLabels": app.labels},
        "strategy": strategy,
        "template": {"metadata": {"labels": app.labels}, "spec": _pod(plan, app)},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def _pod(plan: Plan, app: App) -> dict[str, Any]:
    mounts = _mounts(app)
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "containers": [_container(plan, app, mounts)],
        "volumes": [{"name": name, **source} for name, (_path, source) in mounts.items()],
    }
    if practice(plan, app.settings, "security_contexts"):
        pod["securityContext"] = _pod_security(app)
    if replicas(plan, app) > 1 and (spread := spread_over_hosts(plan, app.settings, app.labels)):
        pod["topologySpreadConstraints"] = spread
    return pod


def _pod_security(app: App) -> dict[str, Any]:
    user = app.settings.user
    base = restricted_pod() if user != ROOT else {"seccompProfile": restricted_pod()["seccompProfile"]}
    owner = {"runAsUser": user, "runAsGroup": user, "fsGroup": user}
    return {**base, **owner, "fsGroupChangePolicy": "OnRootMismatch"}


def _mounts(app: App) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of each volume of the pod to where it is mounted and what it is."""
    found = {
        name: (volume.path or "", {"persistentVolumeClaim": {"claimName": app.claim(name)}})
        for name, volume in app.settings.volumes.items()
    }
    taken = {path for path, _source in found.values()}
    folders = [path for path in dict.fromkeys(("/tmp", *app.settings.scratch)) if path not in taken]  # noqa: S108
    for number, path in enumerate(folders):
        found[f"{TEMPORARY}-{number}" if number else TEMPORARY] = path, {"emptyDir": {}}
    return found


def _container(plan: Plan, app: App, mounts: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    settings = app.settings
    container: dict[str, Any] = {"name": app.name, "image": app.image}
    if settings.arguments:
        container["args"] = list(settings.arguments)
    if settings.ports:
        container["ports"] = [{"name": name, "containerPort": number} for name, number in settings.ports.items()]
    if variables := _variables(plan, app):
        container["env"] = variables
    container["volumeMounts"] = [{"name": name, "mountPath": path} for name, (path, _source) in mounts.items()]
    cpu, memory = format_cpu(round(settings.cpu * 1000)), format_bytes(settings.memory)
    if bounds := sized(plan, settings, cpu=cpu, memory=memory):
        container["resources"] = bounds
    if practice(plan, settings, "security_contexts"):
        container["securityContext"] = {**restricted_container(), "readOnlyRootFilesystem": settings.read_only}
    if practice(plan, settings, "probes") and (port := app.port or next(iter(settings.ports), None)):
        container |= _probes(app, port)
    return container


def _probes(app: App, port: str) -> dict[str, Any]:
    listens = {"tcpSocket": {"port": port}}
    health = app.settings.health
    tries = max(1, round(app.settings.starts_in / TRIES))
    return {
        "startupProbe": {**listens, "periodSeconds": TRIES, "failureThreshold": tries},
        "livenessProbe": {**listens, "periodSeconds": 20, "failureThreshold": 6},
        "readinessProbe": {**({"httpGet": {"path": health, "port": port}} if health else listens), "periodSeconds": 10},
    }


def _variables(plan: Plan, app: App) -> list[dict[str, Any]]:
    """The environment: what the owner says, what is secret, where the databases are."""
    found = [{"name": name, "value": text} for name, text in app.variables.items()]
    found += [_secret(name, app.secret, name) for name in app.settings.secrets]
    databases = app.settings.databases
    if (wanted := databases.postgres) and (made := postgres(plan, app)):
        plain = {
            "host": f"{made.host}.{app.namespace}.svc",
            "port": str(POSTGRES_PORT),
            "user": made.database,
            "database": made.database,
        }
        for name, what in wanted.variables.items():
            found.append({"name": name, "value": plain[what]} if what in plain else _secret(name, made.secret, what))
    if (asked := databases.redis) and (cache := redis(plan, app)):
        host = f"{cache.host}.{app.namespace}.svc"
        for name, what in asked.variables.items():
            if what == "password":
                found.append(_secret(name, cache.secret, PASSWORD))
            elif what == "uri":
                found.append(_secret(f"{name}_PASSWORD", cache.secret, PASSWORD))
                found.append({"name": name, "value": f"redis://:$({name}_PASSWORD)@{host}:{REDIS_PORT}/0"})
            else:
                found.append({"name": name, "value": host if what == "host" else str(REDIS_PORT)})
    return found


def _secret(name: str, secret: str, key: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
