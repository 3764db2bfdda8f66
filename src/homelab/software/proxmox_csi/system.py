"""The Proxmox CSI plugin: volumes that are virtual disks on a Proxmox storage, attached to the virtual machine of the pod.

Source: the chart 0.5.9 of oci://ghcr.io/sergelogvinov/charts (plugin v0.19.1). On a storage that is local to a host a
volume cannot leave that host.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Role, Standby
from homelab.software.shapes import Draft, container, template, thing, workload
from homelab.software.software import ChartTruth, Release, Software
from homelab.software.values import complete, misshapen, over, unmodelled

SMALL = {"requests": {"cpu": "10m", "memory": "16Mi"}}
SIDE = "registry.k8s.io/sig-storage"
CLOSED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
    "readOnlyRootFilesystem": True,
}
DEFAULTS: dict[str, Any] = {
    "replicaCount": 1,
    "createNamespace": False,
    "priorityClassName": "system-cluster-critical",
    "serviceAccount": {"create": True, "name": ""},
    "provisionerName": "csi.proxmox.sinextra.dev",
    "config": {"clusters": []},
    "storageClass": [],
    "controller": {
        "plugin": {
            "image": {"repository": "ghcr.io/sergelogvinov/proxmox-csi-controller", "tag": ""},
            "resources": SMALL,
        },
        "attacher": {"image": {"repository": f"{SIDE}/csi-attacher", "tag": "v4.10.0"}, "resources": SMALL},
        "provisioner": {"image": {"repository": f"{SIDE}/csi-provisioner", "tag": "v5.3.0"}, "resources": SMALL},
        "resizer": {"image": {"repository": f"{SIDE}/csi-resizer", "tag": "v1.14.0"}, "resources": SMALL},
        "snapshotter": {
            "enabled": False,
            "image": {"repository": f"{SIDE}/csi-snapshotter", "tag": "v8.3.0"},
            "resources": SMALL,
        },
    },
    "node": {
        "plugin": {"image": {"repository": "ghcr.io/sergelogvinov/proxmox-csi-node", "tag": ""}, "resources": {}},
        "driverRegistrar": {
            "image": {"repository": f"{SIDE}/csi-node-driver-registrar", "tag": "v2.15.0"},
            "resources": SMALL,
        },
        "kubeletDir": "/var/lib/kubelet",
        "tolerations": [
            {"key": key, "operator": "Exists", "effect": "NoSchedule"}
            for key in (
                "karpenter.sh/disrupted",
                "node.kubernetes.io/unschedulable",
                "node.kubernetes.io/disk-pressure",
            )
        ],
    },
    "livenessprobe": {"image": {"repository": f"{SIDE}/livenessprobe", "tag": "v2.16.0"}, "resources": SMALL},
    "securityContext": CLOSED,
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
    "metrics": {"enabled": False, "port": 8080},
}
MODELLED = (
    "replicaCount", "createNamespace", "priorityClassName", "serviceAccount", "provisionerName", "config", "storageClass",
    "controller.plugin", "controller.attacher", "controller.provisioner", "controller.resizer", "controller.snapshotter",
    "controller.podLabels", "node", "livenessprobe", "podLabels", "securityContext", "updateStrategy", "metrics",
    "nodeSelector", "tolerations", "affinity", "existingConfigSecret", "existingConfigSecretKey", "extraVolumes",
    "initContainers",
)  # fmt: skip
INERT = (
    "imagePullSecrets", "clusterID", "logVerbosityLevel", "timeout", "options", "configFile", "hostAliases",
    "podAnnotations", "controller.podAnnotations", "podSecurityContext", "extraVolumeMounts",
)  # fmt: skip

NULLABLE = (
    "securityContext.*",
    "updateStrategy.rollingUpdate",
    "storageClass",
    "node.plugin.resources",
    "node.driverRegistrar.resources",
    "node.driverRegistrar.resources.*",
    "livenessprobe.resources",
    "livenessprobe.resources.*",
    "controller.plugin.resources",
    "controller.plugin.resources.*",
    "controller.attacher.resources",
    "controller.attacher.resources.*",
    "controller.provisioner.resources",
    "controller.provisioner.resources.*",
    "controller.resizer.resources",
    "controller.resizer.resources.*",
    "controller.snapshotter.resources",
    "controller.snapshotter.resources.*",
)
"""Keys that may be null: the chart then leaves the thing out."""


def expand(release: Release) -> Expansion:
    """What the chart makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    full = release.name if "proxmox-csi-plugin" in release.name else f"{release.name}-proxmox-csi-plugin"
    account = (values["serviceAccount"].get("name") or full) if values["serviceAccount"]["create"] else "default"
    mine = {"app.kubernetes.io/name": "proxmox-csi-plugin", "app.kubernetes.io/instance": release.name}
    _controller(draft, release, values, (full, account, mine))
    _node(draft, release, values, (full, account, mine))
    if values["serviceAccount"]["create"]:
        draft.names("ServiceAccount", (f"{account}-controller", f"{account}-node"), release.namespace, "serviceAccount")
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        draft.names(kind, (f"{full}-controller", f"{full}-node"))
    for kind in ("Role", "RoleBinding"):
        draft.names(kind, (f"{full}-controller",), release.namespace)
    if values["config"].get("clusters"):
        draft.names("Secret", (full,), release.namespace, "config")
    if values["createNamespace"] and release.namespace != "kube-system":
        draft.names("Namespace", (release.namespace,), key="createNamespace")
    modes = {
        "attachRequired": True,
        "podInfoOnMount": True,
        "storageCapacity": True,
        "volumeLifecycleModes": ["Persistent"],
    }
    draft.add(thing("CSIDriver", values["provisionerName"], spec=modes), "provisionerName")
    for index, entry in enumerate(values.get("storageClass") or ()):
        if complete(entry, "name"):
            _class(draft, values["provisionerName"], entry, f"storageClass.{index}")
        else:
            draft.unknown.append(f"values key storageClass.{index} has no name")
    return draft.expansion()


def _class(draft: Draft, provisioner: str, entry: Mapping[str, Any], key: str) -> None:
    made = thing(
        "StorageClass", entry["name"], provisioner=provisioner, allowVolumeExpansion=True,
        volumeBindingMode=entry.get("volumeBindingMode") or "WaitForFirstConsumer",
        reclaimPolicy=entry.get("reclaimPolicy") or "Delete",
        parameters={"csi.storage.k8s.io/fstype": entry.get("fstype") or "ext4", "storage": entry.get("storage")},
        mountOptions=entry.get("mountOptions") or None, allowedTopologies=entry.get("allowedTopologies") or None,
    )  # fmt: skip
    if entry.get("annotations"):
        made["metadata"]["annotations"] = dict(entry["annotations"])
    draft.add(made, key)


def _one(name: str, block: Mapping[str, Any], security: Any, **fields: Any) -> dict[str, Any]:
    image = block["image"]
    return container(
        name,
        f"{image['repository']}:{image.get('tag') or 'v0.19.1'}",
        resources=block.get("resources") or None,
        securityContext=security or None,
        **fields,
    )


def _controller(draft: Draft, release: Release, values: dict[str, Any], names: tuple[str, str, dict[str, str]]) -> None:
    full, account, mine = names
    selector = {**mine, "app.kubernetes.io/component": "controller"}
    parts, security = values["controller"], values.get("securityContext")
    ports = {"metrics": values["metrics"]["port"]} if values["metrics"]["enabled"] else None
    pods = [_one(f"{full}-controller", parts["plugin"], security, ports=ports)]
    sides = ["attacher", "provisioner", "resizer", *(["snapshotter"] if parts["snapshotter"]["enabled"] else [])]
    pods += [_one(f"csi-{side}", parts[side], security) for side in sides]
    pods.append(_one("liveness-probe", values["livenessprobe"], security))
    secret = {"name": "cloud-config", "secret": {"secretName": values.get("existingConfigSecret") or full}}
    apart = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": selector},
    }
    pod = template(
        {**selector, **(parts.get("podLabels") or values.get("podLabels") or {})},
        pods,
        initContainers=values.get("initContainers") or None,
        priorityClassName=values.get("priorityClassName") or None,
        serviceAccountName=f"{account}-controller",
        volumes=[secret, *(values.get("extraVolumes") or ())],
        topologySpreadConstraints=[apart],
        **{name: values.get(name) or None for name in ("nodeSelector", "affinity", "tolerations")},
    )
    name, strategy = f"{full}-controller", dict(values["updateStrategy"])
    made = workload(
        "Deployment", name, release.namespace, pod, selector, replicas=values["replicaCount"], strategy=strategy
    )
    draft.add(made)
    subject = Subject("Deployment", name, release.namespace)
    draft.facts += [
        Standby(subject, 15.0, "the sidecars run with --leader-election"),
        Role(subject, "change", "it makes, attaches and grows volumes; attached ones run on"),
    ]


def _node(draft: Draft, release: Release, values: dict[str, Any], names: tuple[str, str, dict[str, str]]) -> None:
    full, account, mine = names
    selector = {**mine, "app.kubernetes.io/component": "node"}
    node = values["node"]
    privileged = {
        "privileged": True,
        "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN", "CHOWN", "DAC_OVERRIDE"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    pods = [
        _one(f"{full}-node", node["plugin"], privileged),
        _one("csi-node-driver-registrar", node["driverRegistrar"], CLOSED),
        _one("liveness-probe", values["livenessprobe"], CLOSED),
    ]
    host = ("socket", "registration", "kubelet", "dev", "sys")
    pod = template(
        {**selector, **(values.get("podLabels") or {})},
        pods,
        priorityClassName="system-node-critical",
        serviceAccountName=f"{account}-node",
        volumes=[{"name": name, "hostPath": {"path": f"/{name}"}} for name in host],
        **{name: node.get(name) or None for name in ("nodeSelector", "affinity", "tolerations")},
    )
    strategy = {"type": values["updateStrategy"]["type"]}
    draft.add(workload("DaemonSet", f"{full}-node", release.namespace, pod, selector, updateStrategy=strategy), "node")
    why = "it mounts volumes on its node when pods start; mounted ones run on"
    draft.facts.append(Role(Subject("DaemonSet", f"{full}-node", release.namespace), "start", why))


PROXMOX_CSI = Software(
    name="proxmox-csi-plugin",
    charts=(ChartTruth("proxmox-csi-plugin", ("ghcr.io/sergelogvinov/charts",), frozenset({"0.5.9"}), expand),),
)
