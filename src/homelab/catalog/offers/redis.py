"""Redis as other components ask for it: a master with replicas, Sentinels that promote, and the Service that follows.

Clients that know host and port only, and no Sentinel, call the `-master` Service: Sentinel promotes a replica and the
operator then moves the label by which that Service selects. No exporter runs beside Redis: the operator gives it no
probe, and a sidecar that hangs unnoticed takes its pod with it; the operator's own metrics say whether there is a master.
Source: OT-CONTAINER-KIT/redis-operator 0.26 `internal/k8sutils/{redis-replication,redis-sentinel,services}.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Settings
from homelab.catalog.flows import Flow, Pods, Serves
from homelab.catalog.offers.lab import restricted_container, restricted_pod, sized, spread_over_hosts
from homelab.catalog.offers.storage import storage_class
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import SecretRequest
from homelab.kube.resource import Manifest

API_VERSION = "redis.redis.opstreelabs.in/v1beta2"
IMAGE = "quay.io/opstree/redis:v8.6.2"
SENTINEL_IMAGE = "quay.io/opstree/redis-sentinel:v8.6.2"
PORT = 6379
SENTINEL_PORT = 26379
PASSWORD = "redis-password"  # noqa: S105 - the key of a Secret, not its value
SENTINELS = 3
"""As many as a majority needs to survive the loss of one."""
USER = 1000
"""The user of both images."""


@dataclass(frozen=True, slots=True)
class Redis:
    """A Redis that a component asks for. Quantities as Kubernetes writes them."""

    name: str
    namespace: str
    replicas: int
    """Pods in all, of which one is master."""
    storage: str = "1Gi"

    @property
    def host(self) -> str:
        """The Service that clients call, as pods of its namespace name it: the one that follows the master."""
        return f"{self.name}-master" if self.replicas > 1 else self.name

    @property
    def secret(self) -> str:
        """The Secret with the key `redis-password`."""
        return f"{self.name}-password"

    @property
    def pods(self) -> Pods:
        """Master and replicas."""
        return Pods(self.namespace, {"app": self.name, "role": "replication"})

    @property
    def sentinels(self) -> Pods:
        """The Sentinels; there are none around a single Redis."""
        return Pods(self.namespace, {"app": f"{self.name}-sentinel", "role": "sentinel"})


def redis(plan: Plan, settings: Settings, wanted: Redis) -> Iterator[Manifest]:
    """The replication, and its Sentinels where there is somebody to promote."""
    yield _replication(plan, settings, wanted)
    if wanted.replicas > 1:
        yield _sentinel(plan, settings, wanted)


def _pods(plan: Plan, settings: Settings, labels: dict[str, str], count: int) -> dict[str, Any]:
    """What master, replicas and Sentinels share: who they run as, and where."""
    found: dict[str, Any] = {}
    if practice(plan, settings, "security_contexts"):
        found["podSecurityContext"] = {**restricted_pod(), "runAsUser": USER, "runAsGroup": USER, "fsGroup": USER}
        # The image writes its own configuration at start, so its root cannot be read-only.
        found["securityContext"] = {**restricted_container(), "readOnlyRootFilesystem": False}
    if count > 1 and practice(plan, settings, "budgets"):
        found["pdb"] = {"enabled": True, "maxUnavailable": 1}
    if count > 1 and (spread := spread_over_hosts(plan, settings, labels)):
        found["topologySpreadConstraints"] = spread
    return found


def _kubernetes(plan: Plan, settings: Settings, wanted: Redis, image: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "redisSecret": {"name": wanted.secret, "key": PASSWORD},
    }
    memory = "128Mi" if image == IMAGE else "64Mi"
    if resources := sized(plan, settings, cpu="50m", memory=memory, limit="512Mi" if image == IMAGE else None):
        found["resources"] = resources
    return found


def _replication(plan: Plan, settings: Settings, wanted: Redis) -> Manifest:
    claim: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": wanted.storage}},
    }
    if name := storage_class(plan):
        claim["storageClassName"] = name
    spec: dict[str, Any] = {
        "clusterSize": wanted.replicas,
        "kubernetesConfig": _kubernetes(plan, settings, wanted, IMAGE),
        "storage": {"volumeClaimTemplate": {"spec": claim}},
        **_pods(plan, settings, dict(wanted.pods.labels), wanted.replicas),
    }
    metadata = {"name": wanted.name, "namespace": wanted.namespace}
    return {"apiVersion": API_VERSION, "kind": "RedisReplication", "metadata": metadata, "spec": spec}


def _sentinel(plan: Plan, settings: Settings, wanted: Redis) -> Manifest:
    password = {"secretKeyRef": {"name": wanted.secret, "key": PASSWORD}}
    spec: dict[str, Any] = {
        "clusterSize": SENTINELS,
        "kubernetesConfig": _kubernetes(plan, settings, wanted, SENTINEL_IMAGE),
        "redisSentinelConfig": {
            "redisReplicationName": wanted.name,
            "redisReplicationPassword": password,
            "quorum": str(SENTINELS // 2 + 1),
        },
        **_pods(plan, settings, dict(wanted.sentinels.labels), SENTINELS),
    }
    metadata = {"name": wanted.name, "namespace": wanted.namespace}
    return {"apiVersion": API_VERSION, "kind": "RedisSentinel", "metadata": metadata, "spec": spec}


def redis_secrets(wanted: Redis) -> tuple[SecretRequest, ...]:
    """The password that clients, replicas and Sentinels share."""
    purpose = f"password of the Redis {wanted.name}"
    return (SecretRequest(wanted.secret, wanted.namespace, purpose, {PASSWORD: "generate:32"}),)


def redis_flows(wanted: Redis) -> tuple[Flow, ...]:
    """Its own namespace and its operator reach Redis and the Sentinels."""
    ends = [(wanted.pods, PORT)]
    if wanted.replicas > 1:
        ends.append((wanted.sentinels, SENTINEL_PORT))
    found: list[Flow] = []
    for pods, port in ends:
        found.append(Serves(pods, port, audience="namespace"))
        found.append(Serves(pods, port, capability=Capability.CACHE_REDIS))
    return tuple(found)
