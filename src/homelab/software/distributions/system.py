"""Distributions: what stands in a cluster before anybody deploys anything, by Kubernetes itself or by what installs it.

Sources: kubeadm v1.35 `cmd/kubeadm/app/phases/addons`, Talos v1.12 `internal/app/machined/pkg/controllers/k8s/templates.go`,
K3s v1.35 `manifests/` and docs.k3s.io/installation/packaged-components, RKE2 docs.rke2.io/helm, MicroK8s `addons/core`,
minikube `deploy/addons/storageclass`, kind `pkg/build/nodeimage/const_storage.go`.
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.findings import Subject
from homelab.kube.facts import Fact, Perhaps, Produces, Runs
from homelab.software.software import Software

SYSTEM = "kube-system"
CLUSTER = Subject("Kubernetes", "cluster")
EVERYWHERE = (
    Subject("ConfigMap", "kube-root-ca.crt", "*"),
    Subject("ServiceAccount", "default", "*"),
    Subject("Service", "kubernetes", "default"),
    Subject("Service", "kube-dns", SYSTEM),
    Subject("ConfigMap", "extension-apiserver-authentication", SYSTEM),
    Subject("ConfigMap", "coredns", SYSTEM),
)
"""Made by Kubernetes' own controllers, or by every installer."""
OWN_PODS = (
    ("k8s-app", "kube-dns"),
    ("k8s-app", "kube-proxy"),
    ("component", "etcd"),
    ("component", "kube-apiserver"),
    ("component", "kube-controller-manager"),
    ("component", "kube-scheduler"),
    ("tier", "control-plane"),
)
"""Labels of the pods of cluster DNS, of kube-proxy and of the control plane, as kubeadm and Talos give them."""
SOMETIMES = (
    Perhaps(
        CLUSTER,
        (
            Subject("ConfigMap", "kubeadm-config", SYSTEM),
            Subject("ConfigMap", "kubelet-config", SYSTEM),
            Subject("ConfigMap", "kube-proxy", SYSTEM),
            Subject("ConfigMap", "cluster-info", "kube-public"),
        ),
        "kubeadm makes it",
    ),
    Perhaps(
        CLUSTER,
        (
            Subject("StorageClass", "local-path"),
            Subject("Service", "metrics-server", SYSTEM),
            Subject("Service", "traefik", SYSTEM),
            Subject("Deployment", "local-path-provisioner", SYSTEM),
        ),
        "K3s brings it",
    ),
    Perhaps(CLUSTER, (Subject("StorageClass", "microk8s-hostpath"),), "MicroK8s brings it"),
    Perhaps(CLUSTER, (Subject("StorageClass", "hostpath"),), "Docker Desktop brings it"),
    Perhaps(CLUSTER, (Subject("StorageClass", "standard"),), "minikube and kind bring it"),
    Perhaps(CLUSTER, (Subject("StorageClass", "harvester"),), "Harvester brings it"),
)
"""What only some of them bring, where nothing says which one it is."""
OTHER_PODS = tuple(
    Runs(CLUSTER, SYSTEM, ((key, value),), why)
    for key, value, why in (
        ("app", "local-path-provisioner", "K3s runs it"),
        ("app.kubernetes.io/name", "traefik", "K3s runs it"),
        ("k8s-app", "metrics-server", "K3s, MicroK8s and others run it"),
        ("app.kubernetes.io/name", "rke2-coredns", "RKE2 runs it"),
        ("app.kubernetes.io/name", "rke2-ingress-nginx", "RKE2 runs it"),
        ("k8s-app", "flannel", "Talos and K3s run it"),
        ("app", "flannel", "kubeadm clusters run it"),
        ("k8s-app", "calico-node", "MicroK8s, RKE2 and others run it"),
        ("k8s-app", "cilium", "an installer may bring the network"),
        ("k8s-app", "kubernetes-dashboard", "MicroK8s runs it"),
    )
)
K3S_KINDS = {
    "helm.cattle.io": ("helmcharts", "helmchartconfigs"),
    "k3s.cattle.io": ("addons", "etcdsnapshotfiles"),
    "traefik.io": (
        "ingressroutes",
        "ingressroutetcps",
        "ingressrouteudps",
        "middlewares",
        "middlewaretcps",
        "serverstransports",
        "serverstransporttcps",
        "tlsoptions",
        "tlsstores",
        "traefikservices",
    ),
}
"""Definitions that K3s brings, those of its Traefik among them."""
TALOS_KINDS = {"talos.dev": ("serviceaccounts",)}
OPENSHIFT_KINDS = {
    "route.openshift.io": ("routes",),
    "security.openshift.io": ("securitycontextconstraints",),
    "config.openshift.io": ("oauths", "ingresses", "proxies", "clusterversions"),
    "operators.coreos.com": ("subscriptions", "operatorgroups", "catalogsources", "clusterserviceversions"),
}
BROUGHT = {**K3S_KINDS, **TALOS_KINDS, **OPENSHIFT_KINDS}


def surroundings(groups: frozenset[str], runs: str) -> Iterable[Fact]:
    """What stands there without being deployed; `groups` are the API groups in use, `runs` says what runs the nodes.

    That is `talos`, the cluster's version (`v1.35.2+k3s1`), or nothing. Kinds that only a distribution has say as much.
    """
    yield Produces(CLUSTER, EVERYWHERE)
    yield from (Runs(CLUSTER, SYSTEM, (label,)) for label in OWN_PODS)
    if runs == "talos":
        yield Runs(CLUSTER, SYSTEM, (("k8s-app", "flannel"),), "Talos runs it unless the network is another's")
        yield Produces(CLUSTER, _definitions("talos.dev"))
        return
    yield from OTHER_PODS
    yield from SOMETIMES
    if "+k3s" in runs:
        yield Produces(CLUSTER, (Subject("StorageClass", "local-path"), *_definitions(*K3S_KINDS)))
    own = ("helm.cattle.io", "k3s.cattle.io", "talos.dev", *OPENSHIFT_KINDS)
    yield Produces(CLUSTER, _definitions(*(group for group in own if group in groups)))
    yield Perhaps(CLUSTER, _definitions("traefik.io"), "K3s brings it")


def _definitions(*groups: str) -> tuple[Subject, ...]:
    return tuple(
        Subject("CustomResourceDefinition", f"{plural}.{group}") for group in groups for plural in BROUGHT[group]
    )


DISTRIBUTIONS = Software(name="distributions", surroundings=surroundings)
