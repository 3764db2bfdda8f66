"""A repository small enough to be written down, with an Application for each fate that an object may have when somebody commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.documents.emit import emit
from homelab.gitops.read import read
from homelab.gitops.repository import of_texts
from homelab.kube.inventory import Inventory
from homelab.twin.drills.changes import Change, mistakes

GIT = "https://git.invalid/small.git"
SERVER = "https://kubernetes.default.svc"
GROUND = """\
name: small
kubernetes: 1.35.2
nodes:
  box: {role: control-plane, schedulable: true, host: box, address: 192.0.2.1, cpu: 8, memory: 32Gi, disk: 100G}
"""
ROOT = "kubernetes/sets/root-applicationset.yaml"
SHOP = "kubernetes/shop/shop.yaml"


def set_of(name: str, spec: dict[str, Any]) -> str:
    """The text of an Application."""
    synced = {"automated": {"prune": True, "selfHeal": True}, "syncOptions": ["ServerSideApply=true"]}
    return emit(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {"project": "default", "syncPolicy": synced, **spec},
        }
    )


def own(path: str) -> dict[str, Any]:
    """A source in the repository."""
    return {"repoURL": GIT, "targetRevision": "main", "path": path}


def application(name: str, *, finalizer: bool = False) -> str:
    """An Application of manifests in the folder of its name."""
    text = set_of(name, {"source": own(f"kubernetes/{name}"), "destination": {"server": SERVER, "namespace": name}})
    return text.replace("  namespace: argocd\n", f"  namespace: argocd\n{FINALIZER}", 1) if finalizer else text


FINALIZER = "  finalizers: [resources-finalizer.argocd.argoproj.io]\n"


def _root() -> str:
    generator = {"git": {"repoURL": GIT, "revision": "main", "directories": [{"path": "kubernetes/sets/*"}]}}
    template = {
        "metadata": {"name": "{{ .path.basename }}"},
        "spec": {
            "project": "default",
            "source": own("{{ .path.path }}"),
            "destination": {"server": SERVER, "namespace": "argocd"},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        },
    }
    spec = {"goTemplate": True, "generators": [generator], "template": template}
    spec["syncPolicy"] = {"preserveResourcesOnDeletion": True}
    meta = {"name": "root", "namespace": "argocd"}
    return emit({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": meta, "spec": spec})


def _argo() -> str:
    helm = {"releaseName": "argocd", "valueFiles": ["$values/kubernetes/argocd/values.yaml"]}
    chart = {"repoURL": "https://argoproj.github.io/argo-helm", "chart": "argo-cd", "targetRevision": "10.1.1"}
    values = {"repoURL": GIT, "targetRevision": "main", "ref": "values"}
    where = {"server": SERVER, "namespace": "argocd"}
    return set_of("argocd", {"sources": [{**chart, "helm": helm}, values], "destination": where})


def pod(name: str, image: str = "registry.example.net/web:1.0") -> dict[str, Any]:
    """What a workload says of its pods."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": name, "image": image}]}}
    return {"selector": {"matchLabels": labels}, "template": template}


def thing(kind: str, name: str, space: str, version: str = "v1", **fields: Any) -> str:
    """The text of an object."""
    meta = {"name": name, **({"namespace": space} if space else {})}
    return emit({"apiVersion": version, "kind": kind, "metadata": meta, **fields})


CLAIM = {"accessModes": ["ReadWriteOnce"], "storageClassName": "disk", "resources": {"requests": {"storage": "1Gi"}}}
GUARD = "  annotations: {argocd.argoproj.io/sync-options: 'Prune=false,Delete=false'}\n"


def guarded(text: str) -> str:
    """The same object, kept by Argo CD when the repository says it no more."""
    return text.replace("metadata:\n", f"metadata:\n{GUARD}", 1)


SPACE = thing("Namespace", "shop", "")
CLASS = thing("StorageClass", "disk", "", "storage.k8s.io/v1", provisioner="disks.example.net")
DISKS = thing(
    "Deployment", "disks", "shop", "apps/v1", spec=pod("disks", "registry.k8s.io/sig-storage/csi-provisioner:v6.1.0")
)
WEB = thing("Deployment", "web", "shop", "apps/v1", spec=pod("web") | {"replicas": 2})
AGENT = thing("Deployment", "agent", "shop", "apps/v1", spec=pod("agent"))
SETTINGS = thing("ConfigMap", "settings", "shop", data={"colour": "green"})
CACHE = thing("PersistentVolumeClaim", "cache", "shop", spec=CLAIM)
ORDERS = guarded(thing("PersistentVolumeClaim", "orders", "shop", spec=CLAIM))
ALL = (SPACE, CLASS, DISKS, WEB, AGENT, SETTINGS, CACHE, ORDERS)


def texts(shop: tuple[str, ...] = ALL, **more: str) -> dict[str, str]:
    """The repository: Argo CD, a shop with these objects, and a side Application that is deleted with all it made."""
    return {
        ".homelab/lab.yaml": GROUND,
        ROOT: _root(),
        "kubernetes/sets/first/argocd.yaml": _argo(),
        "kubernetes/argocd/values.yaml": "notifications: {enabled: false}\ndex: {enabled: false}\n",
        "kubernetes/sets/second/shop.yaml": application("shop"),
        SHOP: "---\n".join(shop),
        **more,
    }


SIDE = {
    "kubernetes/sets/second/side.yaml": application("side", finalizer=True),
    "kubernetes/side/all.yaml": "---\n".join(
        [thing("Namespace", "side", ""), thing("ConfigMap", "notes", "side", data={"a": "b"})]
    ),
}
BEFORE = texts(**SIDE)
NEWER = thing("Deployment", "web", "shop", "apps/v1", spec=pod("web", "registry.example.net/web:2.0") | {"replicas": 2})
AFTER = texts((SPACE, CLASS, DISKS, NEWER, AGENT))
"""Newer pods of `web`; settings and both claims are no longer said, nor is the side Application."""


OTHER = thing("Deployment", "web", "shop", "apps/v1", spec=pod("other") | {"replicas": 2})
FIXED = texts((SPACE, CLASS, DISKS, OTHER, AGENT, SETTINGS, CACHE, ORDERS), **SIDE)
"""Another selector of `web`, which cannot be changed."""


def deployed(texts: Mapping[str, str]) -> Inventory:
    """What a state of the repository deploys."""
    return read(of_texts(texts))


INVENTORY = deployed(BEFORE)
CHANGES = {
    each.name: each
    for each in (
        Change("newer", "a newer shop", lambda: AFTER, deployed),
        Change("other-selector", "the shop's pods are selected by another label", lambda: FIXED, deployed),
        *mistakes(BEFORE, INVENTORY, deployed),
    )
}
"""What may be committed, by name."""
