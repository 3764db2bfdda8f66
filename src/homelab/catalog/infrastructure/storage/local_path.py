"""local-path: volumes on the system disk of the node, for labs without storage that outlives a node.

A volume is a folder; it stays on the node where its pod first ran, has no size limit, and goes with the disk. The
manifests are ours: one Deployment, its rights, and two classes. It answers no health check, so it has no probes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Component, Namespace, Part
from homelab.catalog.flows import Flow, Pods, Uses
from homelab.catalog.needs import change
from homelab.catalog.offers.lab import restricted_container, restricted_pod, sized
from homelab.catalog.offers.monitoring import STATE_METRICS_UP, listed
from homelab.catalog.offers.storage import LOCAL_CLASSES, RETAIN
from homelab.catalog.plan import Plan, practice
from homelab.catalog.upkeep import Alert
from homelab.kube.resource import Manifest
from homelab.spec.forms import MountPath

NAMESPACE = "local-path-storage"
NAME = "local-path-provisioner"
IMAGE = "docker.io/rancher/local-path-provisioner:v0.0.32"
HELPER = "docker.io/library/busybox:1.37.0"
LABELS = {"app": NAME}
SETUP = '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n'
TEARDOWN = '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n'
RBAC = "rbac.authorization.k8s.io"
VOLUMES = {"defaultVolumeType": "local"}
"""Annotation of a class: its volumes are of the type `local`, which Velero copies. Without it they are `hostPath`, which
Velero skips and calls its backup completed (local-path-provisioner v0.0.30 provisioner.go, provisionFor and
createPersistentVolumeSource; velero-io/velero#9035). Volumes that are there already stay what they are."""


class Settings(component.Settings):
    """Where volumes lie."""

    path: MountPath = "/var/mnt/local-path-provisioner"
    """Folder on each node; on Talos below `/var/mnt`, which outlives upgrades and which the kubelet must see.

    A Talos user volume of this name is used as it is; without one the folder lies on the system disk."""
    default_class: bool | None = None
    """Whether claims that name no class land here; derived: where nothing provides `storage.block`."""


def _object(api: str, kind: str, name: str, namespace: str = NAMESPACE, **body: Any) -> Manifest:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **body}


def _rule(resources: str, verbs: str, group: str = "") -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}


def _rights() -> Iterator[Manifest]:
    account = [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}]
    look, change_ = "get list watch", "get list watch create patch update delete"
    yield _object("v1", "ServiceAccount", NAME)
    yield _object(f"{RBAC}/v1", "Role", NAME, rules=[_rule("pods", change_)])
    everywhere = [
        _rule("nodes persistentvolumeclaims configmaps pods pods/log", look),
        _rule("persistentvolumes", change_),
        _rule("events", "create patch"),
        _rule("storageclasses", look, "storage.k8s.io"),
    ]
    yield _object(f"{RBAC}/v1", "ClusterRole", NAME, "", rules=everywhere)
    for kind, space in (("Role", NAMESPACE), ("ClusterRole", "")):
        reference = {"apiGroup": RBAC, "kind": kind, "name": NAME}
        yield _object(f"{RBAC}/v1", f"{kind}Binding", NAME, space, roleRef=reference, subjects=account)


def _configuration(plan: Plan, settings: Settings) -> Manifest:
    """What the provisioner reads: where folders are made, and the pod that makes and deletes them."""
    paths = [{"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [settings.path]}]
    container: dict[str, Any] = {"name": "helper-pod", "image": HELPER, "imagePullPolicy": "IfNotPresent"}
    if resources := sized(plan, settings, "10m", "16Mi", limit="64Mi"):
        container["resources"] = resources
    helper = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "helper-pod"},
        "spec": {"containers": [container]},
    }
    data = {
        "config.json": json.dumps({"nodePathMap": paths}, indent=2) + "\n",
        "setup": SETUP,
        "teardown": TEARDOWN,
        # The provisioner reads this as YAML, of which JSON is a part.
        "helperPod.yaml": json.dumps(helper, indent=2) + "\n",
    }
    return _object("v1", "ConfigMap", "local-path-config", data=data)


def _deployment(plan: Plan, settings: Settings) -> Manifest:
    secured = practice(plan, settings, "security_contexts")
    container: dict[str, Any] = {
        "name": NAME,
        "image": IMAGE,
        "command": [NAME, "start", "--config", "/etc/config/config.json"],
        "env": [{"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/config/"}],
    }
    if resources := sized(plan, settings, "10m", "32Mi", limit="128Mi"):
        container["resources"] = resources
    if secured:
        container["securityContext"] = restricted_container()
    pod: dict[str, Any] = {
        "serviceAccountName": NAME,
        "priorityClassName": "system-cluster-critical",
        **({"securityContext": {**restricted_pod(), "runAsUser": 65534, "runAsGroup": 65534}} if secured else {}),
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "local-path-config"}}],
    }
    spec = {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
    }
    return _object("apps/v1", "Deployment", NAME, spec=spec)


def _classes(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    default = settings.default_class
    if default is None:
        default = not plan.has(Capability.STORAGE_BLOCK)
    name = LOCAL_CLASSES["local-path"]
    for policy, ending in (("Delete", ""), ("Retain", RETAIN)):
        made = _object(
            "storage.k8s.io/v1",
            "StorageClass",
            f"{name}{ending}",
            "",
            provisioner="rancher.io/local-path",
            reclaimPolicy=policy,
            volumeBindingMode="WaitForFirstConsumer",
        )
        made["metadata"]["annotations"] = dict(VOLUMES)
        if default and not ending:
            made["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] = "true"
        yield made


def resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """Everything of it."""
    yield from _rights()
    yield _configuration(plan, settings)
    yield _deployment(plan, settings)
    yield from _classes(plan, settings)


def flows(_plan: Plan, _settings: Settings) -> tuple[Flow, ...]:
    """It talks to the Kubernetes API only."""
    return (Uses(Pods(NAMESPACE, LABELS), outside="api-server"),)


def alerts(_plan: Plan, _settings: Settings) -> tuple[Alert, ...]:
    """It exports nothing itself; the state of its Deployment says whether new volumes can be made."""
    available = f'kube_deployment_status_replicas_available{{namespace="{NAMESPACE}",deployment="{NAME}"}}'
    return (
        Alert(
            "LocalPathProvisionerDown",
            f"({available} == 0 or absent({available})) and {STATE_METRICS_UP}",
            15,
            "warning",
            "No new local volume can be made",
            f"Running pods keep their volumes. Look at the pod and its log: `{listed(Pods(NAMESPACE, LABELS))}`.",
        ),
    )


LOCAL_PATH = Component(
    name="local-path",
    area=Area.INFRASTRUCTURE,
    group="storage",
    summary="Volumes on the disk of the node that runs the pod.",
    settings=Settings,
    parts=(Part("local-path", NAMESPACE, resources=resources, stateful=True, folder="."),),
    namespaces=(Namespace(NAMESPACE, "privileged"),),
    provides=frozenset({Capability.STORAGE_LOCAL}),
    needs=(change(Capability.CLUSTER_API, "it watches for claims"),),
    flows=flows,
    alerts=alerts,
    homepage="https://github.com/rancher/local-path-provisioner",
)
