"""The Ceph CSI drivers: the chart `ceph-csi-drivers`, and the workloads that a `Driver` becomes.

Sources: the chart 1.0.4 of https://ceph.github.io/ceph-csi-operator, and the operator's driver controller
(ceph/ceph-csi-operator, internal/controller/driver_controller.go). A controller plugin's pods exclude each other from
a node by a hard rule, so more replicas than nodes stay pending.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Role, Standby
from homelab.kube.resource import Manifest, dig
from homelab.software.shapes import Draft, container, kept, template, thing, workload
from homelab.software.software import Release
from homelab.software.values import misshapen, over, unmodelled

CSI = "csi.ceph.io/v1"
LOG = {
    "verbosity": 0,
    "rotation": {"enabled": True, "maxFiles": 7, "maxLogSize": "10G", "periodicity": "daily", "logHostPath": ""},
}
NODE = {"tolerations": [], "imagePullPolicy": "IfNotPresent"}
CONTROLLER = {"hostNetwork": False, "replicas": 1, "privileged": False, "tolerations": []}
ALL_CONTROLLERS = {**CONTROLLER, "imagePullPolicy": "IfNotPresent"}
SPEC: dict[str, Any] = {
    "log": LOG, "enableFencing": False, "grpcTimeout": 30, "snapshotPolicy": "none", "generateOMapInfo": False,
    "fsGroupPolicy": "File", "attachRequired": True, "deployCsiAddons": False, "cephFsClientType": "kernel",
    "kernelMountOptions": {}, "fuseMountOptions": {}, "nodePlugin": NODE, "controllerPlugin": CONTROLLER,
}  # fmt: skip
SNAPSHOTS = {"snapshotPolicy": "volumeSnapshot"}
DEFAULTS: dict[str, Any] = {
    "operatorConfig": {
        "name": "ceph-csi-operator-config",
        "namespace": "",
        "create": True,
        "driverSpecDefaults": {
            **SPEC,
            "nodePlugin": {**NODE, "kubeletDirPath": "/var/lib/kubelet"},
            "controllerPlugin": ALL_CONTROLLERS,
        },
    },
    "drivers": {
        "rbd": {"name": "rbd.csi.ceph.com", "enabled": True, **SPEC},
        "nvmeof": {"name": "nvmeof.csi.ceph.com", "enabled": True, **SPEC},
        "cephfs": {"name": "cephfs.csi.ceph.com", "enabled": True, **SPEC, **SNAPSHOTS},
        "nfs": {"name": "nfs.csi.ceph.com", "enabled": True, **SPEC, **SNAPSHOTS},
    },
}
MODELLED = ("operatorConfig", "imagePullSecrets", *(f"drivers.{kind}" for kind in DEFAULTS["drivers"]))
PLAIN = (
    "enableFencing", "grpcTimeout", "snapshotPolicy", "generateOMapInfo", "fsGroupPolicy", "attachRequired",
    "deployCsiAddons", "cephFsClientType",
)  # fmt: skip
NODE_SIDECARS = ("registrar", "liveness", "addons", "logRotator", "plugin")
CONTROLLER_SIDECARS = (
    "attacher", "snapshotter", "resizer", "provisioner", "omapGenerator", "liveness", "addons", "logRotator", "plugin",
)  # fmt: skip

PLACES = ("operatorConfig.driverSpecDefaults", *(f"drivers.{kind}" for kind in DEFAULTS["drivers"]))
NULLABLE = tuple(
    f"{place}.{key}" for place in PLACES for key in ("nodePlugin", "controllerPlugin", "log", "log.rotation", *PLAIN)
)
"""Keys that may be null: the chart then leaves the thing out."""


def expand(release: Release) -> Expansion:
    """What the chart `ceph-csi-drivers` makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED)))
    values = over(DEFAULTS, release.values)
    config = values["operatorConfig"]
    if config["create"]:
        spec = {
            **kept(log={"verbosity": config["log"]["verbosity"]} if config.get("log") else None),
            "driverSpecDefaults": _spec(config["driverSpecDefaults"], ""),
        }
        draft.add(thing("OperatorConfig", config["name"], config["namespace"], CSI, spec=spec), "operatorConfig")
    for kind, driver in values["drivers"].items():
        if driver["enabled"]:
            _driver(draft, release, kind, driver)
    return draft.expansion()


def _driver(draft: Draft, release: Release, kind: str, driver: Mapping[str, Any]) -> None:
    key = f"drivers.{kind}"
    plain = str(driver["name"]).lower().replace(".", "-")
    spec = _spec(driver, plain)
    draft.add(thing("Driver", driver["name"], release.namespace, CSI, spec=spec), key)
    for side in ("ctrlplugin", "nodeplugin"):
        draft.names("ServiceAccount", (f"{plain}-{side}-sa",), release.namespace, key)
        draft.names("ClusterRole", (f"{plain}-{side}-cr",), key=key)
        draft.names("ClusterRoleBinding", (f"{plain}-{side}-crb",), key=key)
        if kind != "nfs":
            draft.names("Role", (f"{plain}-{side}-r",), release.namespace, key)
            draft.names("RoleBinding", (f"{plain}-{side}-rb",), release.namespace, key)


def _spec(values: Mapping[str, Any], plain: str) -> dict[str, Any]:
    """The spec that the chart writes; `plain` is the driver's name without dots, empty for the defaults of all."""
    return {
        **_log(values.get("log")),
        **{name: values.get(name) for name in PLAIN},
        **kept(
            imageSet=_named(values.get("imageSet")),
            clusterName=values.get("clusterName") or None,
            enableMetadata=values.get("enableMetadata"),
            encryption=_encryption(values.get("encryption")),
        ),
        "kernelMountOptions": values.get("kernelMountOptions") or {},
        "fuseMountOptions": values.get("fuseMountOptions") or {},
        "nodePlugin": _plugin(values.get("nodePlugin") or {}, plain, "nodeplugin", NODE_SIDECARS),
        "controllerPlugin": _plugin(values.get("controllerPlugin") or {}, plain, "ctrlplugin", CONTROLLER_SIDECARS),
    }


def _log(log: Mapping[str, Any] | None) -> dict[str, Any]:
    if not log:
        return {}
    made: dict[str, Any] = {"verbosity": log["verbosity"]}
    rotation = log.get("rotation")
    if rotation and rotation.get("enabled") is not False:
        made["rotation"] = {name: rotation.get(name) for name in ("maxFiles", "maxLogSize", "periodicity")}
        made["rotation"] |= kept(logHostPath=rotation.get("logHostPath") or None)
    return {"log": made}


def _named(reference: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"name": reference["name"]} if reference and reference.get("name") else None


def _encryption(encryption: Mapping[str, Any] | None) -> dict[str, Any] | None:
    reference = _named((encryption or {}).get("configMapRef"))
    return {"configMapRef": reference} if reference else None


def _plugin(values: Mapping[str, Any], plain: str, side: str, sidecars: tuple[str, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {"serviceAccountName": f"{plain}-{side}-sa"} if plain else {}
    if not values:
        return made
    optional: tuple[str, ...] = ("priorityClassName", "affinity", "imagePullPolicy", "containerExtraArgs")
    if side == "ctrlplugin":
        optional += ("deploymentStrategy",)
        made |= {
            "hostNetwork": values.get("hostNetwork") or False,
            "replicas": values.get("replicas") or 2,
            "privileged": values.get("privileged") or False,
        }
    else:
        optional += ("updateStrategy", "kubeletDirPath", "labels", "annotations")
        made |= kept(enableSeLinuxHostMount=values.get("enableSeLinuxHostMount"))
        if values.get("topology"):
            made["topology"] = {"domainLabels": values["topology"].get("domainLabels")}
    made |= kept(**{name: values.get(name) or None for name in optional})
    if values.get("resources"):
        made["resources"] = {name: values["resources"].get(name) or {} for name in sidecars}
    return {**made, "tolerations": values.get("tolerations"), "volumes": values.get("volumes") or []}


# --- what a Driver becomes ----------------------------------------------------------------------------------------------

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
    kind = next((kind for kind in DEFAULTS["drivers"] if f"{kind}.csi.ceph.com" in name), "rbd")
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
