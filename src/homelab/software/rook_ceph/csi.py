"""The Ceph CSI drivers: the workloads that a `Driver` becomes.

Source: the operator's driver controller (ceph/ceph-csi-operator, internal/controller/driver_controller.go). A controller
plugin's pods exclude each other from a node by a hard rule, so more replicas than nodes stay pending.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Role, Standby
from homelab.kube.resource import Manifest, dig
from homelab.software.shapes import Draft, container, template, thing, workload
from homelab.software.values import over

DRIVERS = ("rbd", "nvmeof", "cephfs", "nfs")
IMAGES = {
    "plugin": "quay.io/cephcsi/cephcsi:v3.17.0",
    "registrar": "registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.17.0",
    "provisioner": "registry.k8s.io/sig-storage/csi-provisioner:v6.2.0",
    "snapshotter": "registry.k8s.io/sig-storage/csi-snapshotter:v8.5.0",
    "attacher": "registry.k8s.io/sig-storage/csi-attacher:v4.12.0",
    "resizer": "registry.k8s.io/sig-storage/csi-resizer:v2.1.0",
}
PRIVILEGED = {"privileged": True, "capabilities": {"drop": ["All"]}}
HOST = ("host-dev", "host-sys", "lib-modules")
KUBELET = ("plugin-dir", "plugin-mount-dir", "pods-mount-dir", "registration-dir", "host-run-mount")


def driver(body: Manifest, lookup: Callable[[str, str, str], Manifest | None]) -> Expansion:
    """What the CSI operator makes of a `Driver`: a controller Deployment and a node DaemonSet."""
    draft = Draft()
    name, space = body["metadata"]["name"], body["metadata"].get("namespace", "")
    config = lookup("OperatorConfig", space, "ceph-csi-operator-config")
    defaults = dig(config, ["spec", "driverSpecDefaults"], {}) if config else {}
    spec = over(defaults, body.get("spec") or {})
    kind = next((kind for kind in DRIVERS if f"{kind}.csi.ceph.com" in name), "rbd")
    rotating = bool(dig(spec, ["log", "rotation"]))
    _controller(draft, name, space, spec, (kind, rotating))
    _node(draft, name, space, spec, (kind, rotating))
    attach = thing(
        "CSIDriver", name, spec={"attachRequired": spec.get("attachRequired", True), "fsGroupPolicy": "File"}
    )
    draft.add(attach)
    return draft.expansion()


def _sidecar(name: str, image: str, resources: Mapping[str, Any], key: str, **fields: Any) -> dict[str, Any]:
    return container(name, IMAGES[image], resources=resources.get(key) or None, **fields)


def _controller(draft: Draft, name: str, space: str, spec: Mapping[str, Any], what: tuple[str, bool]) -> None:
    kind, rotating = what
    plugin = spec.get("controllerPlugin") or {}
    sized = plugin.get("resources") or {}
    labels = {"app": f"{name}-ctrlplugin"}
    pods = [_sidecar(f"csi-{kind}plugin", "plugin", sized, "plugin")]
    pods += [_sidecar(f"csi-{side}", side, sized, side) for side in ("provisioner", "resizer", "attacher")]
    if spec.get("snapshotPolicy", "volumeSnapshot") != "none":
        pods.append(_sidecar("csi-snapshotter", "snapshotter", sized, "snapshotter"))
    if rotating:
        pods.append(_sidecar("log-rotator", "plugin", sized, "logRotator"))
    apart = {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}
    own = plugin.get("affinity") or {}
    affinity = own if own.get("podAntiAffinity") else {
        **own, "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]},
    }  # fmt: skip
    pod = template(
        {**(plugin.get("labels") or {}), **labels},
        pods,
        affinity=affinity,
        priorityClassName=plugin.get("priorityClassName") or None,
        serviceAccountName=plugin.get("serviceAccountName"),
        tolerations=plugin.get("tolerations") or None,
        hostNetwork=plugin.get("hostNetwork") or None,
        volumes=[{"name": each, "hostPath": {"path": f"/{each}"}} for each in HOST],
    )
    subject = Subject("Deployment", labels["app"], space)
    made = workload("Deployment", labels["app"], space, pod, labels, replicas=plugin.get("replicas", 1))
    draft.add(made, "spec.controllerPlugin")
    draft.facts += [
        Standby(subject, 15.0, "the sidecars elect a leader (driver_controller.go)"),
        Role(subject, "change", "it makes, attaches and grows volumes; those attached are served by the nodes"),
    ]


def _node(draft: Draft, name: str, space: str, spec: Mapping[str, Any], what: tuple[str, bool]) -> None:
    kind, rotating = what
    plugin = spec.get("nodePlugin") or {}
    sized = plugin.get("resources") or {}
    labels = {"app": f"{name}-nodeplugin"}
    full = {**PRIVILEGED, "capabilities": {"add": ["SYS_ADMIN"], "drop": ["All"]}, "allowPrivilegeEscalation": True}
    pods = [
        _sidecar(f"csi-{kind}plugin", "plugin", sized, "plugin", securityContext=full),
        _sidecar("driver-registrar", "registrar", sized, "registrar", securityContext=PRIVILEGED),
    ]
    if rotating:
        pods.append(_sidecar("log-rotator", "plugin", sized, "logRotator", securityContext=PRIVILEGED))
    pod = template(
        {**(plugin.get("labels") or {}), **labels},
        pods,
        hostNetwork=True,
        hostPID=True if kind == "rbd" else None,
        priorityClassName=plugin.get("priorityClassName") or None,
        serviceAccountName=plugin.get("serviceAccountName"),
        tolerations=plugin.get("tolerations") or None,
        volumes=[{"name": each, "hostPath": {"path": f"/{each}"}} for each in (*HOST, *KUBELET)],
    )
    strategy = plugin.get("updateStrategy") or {"type": "RollingUpdate"}
    draft.add(workload("DaemonSet", labels["app"], space, pod, labels, updateStrategy=strategy), "spec.nodePlugin")
    subject = Subject("DaemonSet", labels["app"], space)
    draft.facts.append(Role(subject, "start", "it mounts volumes on its node when pods start; mounted ones run on"))
