"""What holds an environment's data: claims, a database with its archive, a Redis, in an Application of their own.

As for n8n: the operators' webhooks are asked about the databases, and must not keep a mend of the application from being applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homelab.catalog.apps.own.app import App, postgres, redis
from homelab.catalog.apps.own.settings import Volume
from homelab.catalog.offers.postgres import postgres_cluster
from homelab.catalog.offers.redis import redis as replication
from homelab.catalog.offers.storage import file_class, storage_class
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Uncopied
from homelab.documents.quantity import format_bytes
from homelab.kube.resource import Manifest


def data(plan: Plan, app: App) -> Iterator[Manifest]:
    """The claims, the database with its archive, and the Redis."""
    for name, volume in app.settings.volumes.items():
        yield _claim(plan, app, name, volume)
    if database := postgres(plan, app):
        yield from postgres_cluster(plan, app.settings, database)
    if cache := redis(plan, app):
        yield from replication(plan, app.settings, cache)


def has_data(app: App) -> bool:
    """Whether there is anything to hold."""
    databases = app.settings.databases
    return bool(app.settings.volumes or databases.postgres or databases.redis)


def _claim(plan: Plan, app: App, name: str, volume: Volume) -> Manifest:
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteMany" if volume.shared else "ReadWriteOnce"],
        "resources": {"requests": {"storage": format_bytes(volume.size)}},
    }
    kind = file_class(plan) if volume.shared else storage_class(plan, durable=volume.backup)
    if kind:
        spec["storageClassName"] = kind
    metadata = {"name": app.claim(name), "namespace": app.namespace, "labels": _labels(app, name)}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def _labels(app: App, volume: str) -> dict[str, str]:
    return {"app.kubernetes.io/instance": app.name, "app.kubernetes.io/component": volume}


def uncopied_volumes(app: App) -> Iterator[Uncopied]:
    """The volumes whose contents can be made again."""
    for name, volume in app.settings.volumes.items():
        if not volume.backup:
            yield Uncopied(app.namespace, _labels(app, name), f"{app.name} makes the contents of {name} again")
