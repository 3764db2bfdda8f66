"""A small application as a cluster holds it: what a backup should bring back, and volumes that it copies or leaves out."""

from __future__ import annotations

NODE = "worker-1"


def meta(namespace, name, labels=()):
    """Who an object is, and whose it is."""
    return {"name": name, "namespace": namespace, "labels": {"app": name, **dict(labels)}}


def foundation(namespace):
    """A namespace and the account that a controller would make in it."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, account]


def stateless(namespace):
    """A workload with its settings, its secret and its address."""
    labels = {"app": "shop"}
    container = {"name": "shop", "image": "example.org/shop:1.0", "envFrom": [{"configMapRef": {"name": "settings"}}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": meta(namespace, "settings"),
            "data": {"colour": "green", "greeting": "Grüße\n"},
        },
        {"apiVersion": "v1", "kind": "Secret", "metadata": meta(namespace, "till"), "stringData": {"pin": "0000"}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta(namespace, "shop"),
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta(namespace, "shop"),
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
        },
    ]


def volume(namespace, name, labels):
    """A claim with these labels and the volume that it is bound to."""
    storage = {"accessModes": ["ReadWriteOnce"], "storageClassName": "local"}
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"{namespace}-{name}"},
            "spec": {
                **storage,
                "capacity": {"storage": "1Gi"},
                "claimRef": {"namespace": namespace, "name": name},
                "local": {"path": f"/volumes/{name}"},
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": meta(namespace, name, labels),
            "spec": {**storage, "volumeName": f"{namespace}-{name}", "resources": {"requests": {"storage": "1Gi"}}},
        },
    ]


def pod(namespace, name, *claims):
    """A pod on a node, with scratch space and these claims mounted."""
    volumes = [{"name": "scratch", "emptyDir": {}}]
    volumes += [{"name": claim, "persistentVolumeClaim": {"claimName": claim}} for claim in claims]
    mounts = [{"name": each["name"], "mountPath": f"/{each['name']}"} for each in volumes]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta(namespace, name),
        "spec": {
            "nodeName": NODE,
            "automountServiceAccountToken": False,
            "containers": [{"name": "main", "image": "example.org/main:1.0", "volumeMounts": mounts}],
            "volumes": volumes,
        },
    }


def running(cluster, namespace, name, *claims):
    """Say what a node and the volumes' controller would say: these claims are bound, and the pod runs."""
    for claim in claims:
        cluster.status("pvc", namespace, claim, {"phase": "Bound", "capacity": {"storage": "1Gi"}})
    cluster.status("pod", namespace, name, {"phase": "Running"})
