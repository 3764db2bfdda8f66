"""Changes of one object, each as it was and as it is wanted, and the field that cannot become that: for the rules and for a real server."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

POD = {"containers": [{"name": "main", "image": "registry.example.net/a:1"}]}
TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": POD}
SELECTOR = {"matchLabels": {"app": "a"}}
CLAIM = {"accessModes": ["ReadWriteOnce"], "storageClassName": "slow", "resources": {"requests": {"storage": "1Gi"}}}


def thing(kind: str, version: str, **fields: Any) -> dict[str, Any]:
    """An object."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": kind.lower(), "namespace": "default"}, **fields}


def alone(kind: str, version: str, **fields: Any) -> dict[str, Any]:
    """An object of the whole cluster."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": f"a-{kind.lower()}"}, **fields}


STATEFUL = thing(
    "StatefulSet",
    "apps/v1",
    spec={
        "replicas": 1,
        "serviceName": "a",
        "selector": SELECTOR,
        "template": TEMPLATE,
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": CLAIM}],
    },
)
DEPLOYMENT = thing("Deployment", "apps/v1", spec={"selector": SELECTOR, "template": TEMPLATE})
DAEMONS = thing("DaemonSet", "apps/v1", spec={"selector": SELECTOR, "template": TEMPLATE})
JOB = thing("Job", "batch/v1", spec={"template": {"spec": POD | {"restartPolicy": "Never"}}})
VOLUME = thing("PersistentVolumeClaim", "v1", spec=CLAIM)
SETTINGS = thing("ConfigMap", "v1", data={"a": "b"})
SECRET = thing("Secret", "v1", type="Opaque", stringData={"a": "b"})
CLASS = alone("StorageClass", "storage.k8s.io/v1", provisioner="disks.example.net", parameters={"pool": "a"})
PRIORITY = alone("PriorityClass", "scheduling.k8s.io/v1", value=1000)
RUNTIME = alone("RuntimeClass", "node.k8s.io/v1", handler="runc")
INGRESS = alone("IngressClass", "networking.k8s.io/v1", spec={"controller": "example.net/a"})


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The object with another value at a dotted path; digits index lists."""
    made = deepcopy(body)
    *way, last = path.split(".")
    inner: Any = made
    for key in way:
        inner = inner[int(key)] if isinstance(inner, list) else inner.setdefault(key, {})
    inner[last] = value
    return made


OTHER = {"matchLabels": {"app": "b"}}
RELABELLED = {"metadata": {"labels": {"app": "b"}}, "spec": POD}
FIXED = {**SETTINGS, "immutable": True}
CHANGES = {
    "a set's service": (STATEFUL, changed(STATEFUL, "spec.serviceName", "b"), "spec.serviceName"),
    "a set's order": (STATEFUL, changed(STATEFUL, "spec.podManagementPolicy", "Parallel"), "spec.podManagementPolicy"),
    "a set's order as it is by default": (STATEFUL, changed(STATEFUL, "spec.podManagementPolicy", "OrderedReady"), ""),
    "the size of a set's claims": (
        STATEFUL,
        changed(STATEFUL, "spec.volumeClaimTemplates.0.spec.resources", {"requests": {"storage": "2Gi"}}),
        "spec.volumeClaimTemplates",
    ),
    "the class of a set's claims": (
        STATEFUL,
        changed(STATEFUL, "spec.volumeClaimTemplates.0.spec.storageClassName", "fast"),
        "spec.volumeClaimTemplates",
    ),
    "the mode of a set's claims as it is by default": (
        STATEFUL,
        changed(STATEFUL, "spec.volumeClaimTemplates.0.spec.volumeMode", "Filesystem"),
        "",
    ),
    "a set's replicas": (STATEFUL, changed(STATEFUL, "spec.replicas", 3), ""),
    "a set's wait": (STATEFUL, changed(STATEFUL, "spec.minReadySeconds", 5), ""),
    "a set's history": (STATEFUL, changed(STATEFUL, "spec.revisionHistoryLimit", 3), ""),
    "a set's pods": (STATEFUL, changed(STATEFUL, "spec.template.spec.containers.0.image", "registry.example.net/a:2"), ""),
    "a deployment's selector": (
        DEPLOYMENT,
        changed(changed(DEPLOYMENT, "spec.selector", OTHER), "spec.template", RELABELLED),
        "spec.selector",
    ),
    "a deployment's pods": (DEPLOYMENT, changed(DEPLOYMENT, "spec.template.spec.nodeName", "n0"), ""),
    "a daemon set's selector": (
        DAEMONS,
        changed(changed(DAEMONS, "spec.selector", OTHER), "spec.template", RELABELLED),
        "spec.selector",
    ),
    "a job's pods": (JOB, changed(JOB, "spec.template.spec.containers.0.image", "registry.example.net/a:2"), "spec.template"),
    "how many of a job run at once": (JOB, changed(JOB, "spec.parallelism", 2), ""),
    "the class of a claim": (VOLUME, changed(VOLUME, "spec.storageClassName", "fast"), "spec.storageClassName"),
    "who may have a claim": (VOLUME, changed(VOLUME, "spec.accessModes", ["ReadWriteMany"]), "spec.accessModes"),
    "settings": (SETTINGS, changed(SETTINGS, "data.a", "c"), ""),
    "settings that say they are fixed": (FIXED, changed(FIXED, "data.a", "c"), "data"),
    "settings that are fixed from now on": (SETTINGS, FIXED, ""),
    "settings that are fixed no more": (FIXED, SETTINGS | {"immutable": False}, "immutable"),
    "a secret's type": (SECRET, changed(SECRET, "type", "example.net/own"), "type"),
    "a secret's value": (SECRET, changed(SECRET, "stringData.a", "c"), ""),
    "a class's pool": (CLASS, changed(CLASS, "parameters.pool", "b"), "parameters"),
    "what a class does with what is left": (CLASS, changed(CLASS, "reclaimPolicy", "Retain"), "reclaimPolicy"),
    "what a class does with what is left, by default": (CLASS, changed(CLASS, "reclaimPolicy", "Delete"), ""),
    "when a class binds": (CLASS, changed(CLASS, "volumeBindingMode", "WaitForFirstConsumer"), "volumeBindingMode"),
    "whether a class grows": (CLASS, changed(CLASS, "allowVolumeExpansion", value=True), ""),
    "a priority": (PRIORITY, changed(PRIORITY, "value", 2000), "value"),
    "what is said of a priority": (PRIORITY, changed(PRIORITY, "description", "more"), ""),
    "who runs containers": (RUNTIME, changed(RUNTIME, "handler", "kata"), "handler"),
    "who serves an ingress": (INGRESS, changed(INGRESS, "spec.controller", "example.net/b"), "spec.controller"),
}  # fmt: skip
"""What is changed, to the object before and after, and the field that is refused; empty where the change is taken."""
