"""Alone: why a workload cannot simply have a second replica. An advice to scale it would break it, or do nothing.

Only what can be seen is judged: volumes, placement, strategy, images. What cannot be seen (a claim that nobody declared)
counts as a reason too, since a mend needs its condition proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homelab.kube.inventory import Inventory
from homelab.kube.resource import dig
from homelab.kube.singletons import single_because
from homelab.kube.workload import Workload

SHARED = frozenset({"ReadWriteMany", "ReadOnlyMany"})
HOSTNAME = "kubernetes.io/hostname"
HARMLESS = ("/etc/localtime", "/etc/timezone", "/etc/ssl", "/usr/share/zoneinfo", "/usr/share/ca-certificates")
"""Host paths that every node has, with the same in it."""
STORES: Mapping[str, str] = {
    **dict.fromkeys(
        ("postgres", "postgresql", "timescaledb", "pgvector", "mysql", "mariadb", "percona-server"), "database"
    ),
    **dict.fromkeys(("mongo", "mongodb", "couchdb", "clickhouse-server", "cassandra", "neo4j", "influxdb"), "database"),
    **dict.fromkeys(("redis", "valkey", "keydb", "dragonfly", "memcached", "redis-stack-server"), "store"),
    **dict.fromkeys(
        ("elasticsearch", "opensearch", "meilisearch", "typesense", "qdrant", "weaviate", "chroma"), "index"
    ),
    **dict.fromkeys(("rabbitmq", "nats", "mosquitto", "eclipse-mosquitto", "emqx", "etcd", "zookeeper"), "broker"),
    **dict.fromkeys(("minio", "garage", "seaweedfs", "registry"), "object store"),
}
"""Last part of an image's name to what it keeps; by itself each replica keeps its own."""


def alone_because(inventory: Inventory, workload: Workload) -> str | None:
    """Why a second replica would break a workload or do nothing; None where replicas are interchangeable."""
    return next(_reasons(inventory, workload), None)


def one_node(inventory: Inventory) -> bool:
    """Whether the lab has a single node for pods: a second replica would stand beside the first."""
    ground = inventory.ground
    return ground is not None and sum(node.schedulable for node in ground.nodes) == 1


def _reasons(inventory: Inventory, workload: Workload) -> Iterator[str]:
    if single := single_because(inventory, workload):
        yield single
    if one_node(inventory):
        yield "this lab has one node, and a second replica would fail with the first"
    if node := _bound_to(workload):
        yield f"its pods may only run on {node}"
    for container in workload.containers:
        if what := STORES.get(image_name(container.image)):
            yield f"{image_name(container.image)} is a {what}: two replicas would each keep their own data"
    yield from _volumes(inventory, workload)
    if dig(workload.resource.body, ["spec", "strategy", "type"]) == "Recreate":
        yield "its strategy is Recreate: two of its pods must not run at the same time"
    if workload.claim_templates:
        yield "each replica would have a volume of its own, and nothing says that they copy from each other"


def image_name(image: str) -> str:
    """The last part of an image's name, without registry, tag and digest: `registry:5000/library/redis:7` is `redis`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _bound_to(workload: Workload) -> str | None:
    """The one node that a pod template asks for by name."""
    if name := workload.pod.get("nodeName"):
        return str(name)
    if name := dig(workload.pod, ["nodeSelector", HOSTNAME]):
        return str(name)
    required = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]
    terms = dig(workload.pod, required, [])
    names = {
        str(value)
        for term in terms
        for wanted in term.get("matchExpressions") or ()
        if wanted.get("key") == HOSTNAME and wanted.get("operator") == "In"
        for value in wanted.get("values") or ()
    }
    return names.pop() if len(names) == 1 else None


def _volumes(inventory: Inventory, workload: Workload) -> Iterator[str]:
    for volume in workload.volumes:
        path = dig(volume, ["hostPath", "path"])
        if path is not None and not str(path).startswith(HARMLESS):
            yield f"it uses {path} of the node it runs on"
        claimed = dig(volume, ["persistentVolumeClaim", "claimName"])
        if claimed is not None and not _may_be_shared(inventory, workload.namespace, str(claimed)):
            yield f"its claim {claimed} can be used on one node at a time, as far as anybody can see"


def _may_be_shared(inventory: Inventory, namespace: str, name: str) -> bool:
    claim = inventory.get("PersistentVolumeClaim", namespace, name)
    modes: Any = claim.get("spec.accessModes", []) if claim else []
    return bool(SHARED & set(modes))
