"""A Ceph cluster as the chart `rook-ceph-cluster` declares it: custom resources that Rook's operator carries out.

Source: the chart v1.20.6 of https://charts.rook.io/release. What the operator makes of these is in `ceph_daemons`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.kube.facts import Expansion
from homelab.software.rook_ceph.defaults import DEFAULTS
from homelab.software.shapes import Draft, container, kept, template, thing, workload
from homelab.software.software import Release
from homelab.software.values import complete, misshapen, over, unmodelled

CEPH = "ceph.rook.io/v1"
MODELLED = (
    "operatorNamespace", "clusterName", "configOverride", "csiDriverNamePrefix", "toolbox", "monitoring",
    "cephClusterMetadata", "cephImage", "cephClusterSpec", "cephBlockPools", "cephFileSystems", "cephObjectStores",
    "cephFileSystemVolumeSnapshotClass", "cephBlockPoolsVolumeSnapshotClass", "kubeVersion", "revisionHistoryLimit",
    "imagePullSecrets",
)  # fmt: skip

NULLABLE = (
    "toolbox.resources",
    "toolbox.resources.*",
    "cephClusterSpec.*",
    "cephBlockPools",
    "cephFileSystems",
    "cephObjectStores",
)
"""Keys that may be null: the chart then leaves the thing out."""


def expand(release: Release) -> Expansion:
    """What the chart `rook-ceph-cluster` makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED)))
    values = over(DEFAULTS, release.values)
    if release.namespace != values["operatorNamespace"]:
        draft.unknown.append("a Ceph cluster outside of the operator's namespace is not modelled")
    _cluster(draft, release, values)
    if values["toolbox"]["enabled"]:
        _toolbox(draft, release, values)
    for key, make in (("cephBlockPools", _block), ("cephFileSystems", _file), ("cephObjectStores", _object)):
        for index, entry in enumerate(values.get(key) or ()):
            if complete(entry, "name", "spec"):
                make(draft, release, values, entry, f"{key}.{index}")
            else:
                draft.unknown.append(f"values key {key}.{index} has no name or no spec")
    _snapshot_classes(draft, values)
    return draft.expansion()


def _cluster(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    watched = values["monitoring"]
    monitoring = {"enabled": watched.get("enabled") or False}
    monitoring |= kept(
        **{
            name: watched.get(name) or None
            for name in ("exporter", "externalMgrEndpoints", "externalMgrPrometheusPort", "interval")
        }
    )
    image = values["cephImage"]
    version = {
        "image": f"{image['repository']}:{image['tag']}",
        "allowUnsupported": image["allowUnsupported"],
        **kept(imagePullPolicy=image.get("imagePullPolicy") or None),
    }
    spec = {"monitoring": monitoring, "cephVersion": version, **values["cephClusterSpec"]}
    name = values.get("clusterName") or release.namespace
    draft.add(thing("CephCluster", name, release.namespace, CEPH, spec=spec), "cephClusterSpec")
    if values.get("configOverride"):
        draft.names("ConfigMap", ("rook-config-override",), release.namespace, "configOverride")
    if watched.get("createPrometheusRules"):
        where = watched.get("rulesNamespaceOverride") or release.namespace
        draft.names("PrometheusRule", ("prometheus-ceph-rules",), where, "monitoring.createPrometheusRules")


def _toolbox(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    box, ceph = values["toolbox"], values["cephImage"]
    image = f"{box.get('repository') or ceph['repository']}:{box.get('tag') or ceph['tag']}"
    if box.get("image") and not (box.get("repository") or box.get("tag")):
        image = box["image"]
    unreachable = {
        "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5,
    }  # fmt: skip
    pod = template(
        {"app": "rook-ceph-tools", **(box.get("labels") or {})},
        [
            container(
                "rook-ceph-tools",
                image,
                resources=box.get("resources") or None,
                securityContext=box.get("containerSecurityContext"),
            )
        ],
        hostNetwork=True if (values["cephClusterSpec"].get("network") or {}).get("provider") == "host" else None,
        priorityClassName=box.get("priorityClassName") or None,
        serviceAccountName="rook-ceph-default",
        tolerations=[unreachable, *(box.get("tolerations") or ())],
        affinity=box.get("affinity") or None,
        volumes=[
            {"name": "ceph-admin-secret", "secret": {"secretName": "rook-ceph-mon"}},
            {"name": "mon-endpoint-volume", "configMap": {"name": "rook-ceph-mon-endpoints"}},
            {"name": "rook-config-override", "configMap": {"name": "rook-config-override", "optional": True}},
        ],
    )
    draft.add(
        workload("Deployment", "rook-ceph-tools", release.namespace, pod, {"app": "rook-ceph-tools"}, replicas=1),
        "toolbox",
    )


def _provisioner(values: Mapping[str, Any], kind: str) -> str:
    return f"{values.get('csiDriverNamePrefix') or values['operatorNamespace']}.{kind}.csi.ceph.com"


def _class(
    entry: Mapping[str, Any], provisioner: str, parameters: dict[str, Any], *, full: bool = True
) -> dict[str, Any]:
    """A StorageClass from the chart's `storageClass` block; bucket classes have no expansion and no default mark."""
    block = entry["storageClass"]
    more: dict[str, Any] = {}
    if full:
        # Sprig's `default` takes false for absent, so false reads as the default: true.
        more["allowVolumeExpansion"] = True
        more |= kept(mountOptions=block.get("mountOptions") or None)
    made = thing(
        "StorageClass", str(block["name"]), provisioner=provisioner, parameters=parameters,
        reclaimPolicy=block.get("reclaimPolicy") or "Delete",
        volumeBindingMode=block.get("volumeBindingMode") or "Immediate", **more,
    )  # fmt: skip
    if full:
        default = "true" if block.get("isDefault") else "false"
        made["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": default}
    return made


def _parameters(entry: Mapping[str, Any], release: Release) -> dict[str, Any]:
    found = entry["storageClass"].get("parameters") or {}
    return {key: str(value).replace("{{ .Release.Namespace }}", release.namespace) for key, value in found.items()}


def _block(draft: Draft, release: Release, values: dict[str, Any], entry: Mapping[str, Any], key: str) -> None:
    draft.add(thing("CephBlockPool", entry["name"], release.namespace, CEPH, spec=entry["spec"]), f"{key}.spec")
    if entry.get("storageClass", {}).get("enabled"):
        where = {"pool": entry["name"], "clusterID": release.namespace}
        made = _class(entry, _provisioner(values, "rbd"), {**where, **_parameters(entry, release)})
        made |= kept(allowedTopologies=entry["storageClass"].get("allowedTopologies") or None)
        draft.add(made, f"{key}.storageClass")


def _file(draft: Draft, release: Release, values: dict[str, Any], entry: Mapping[str, Any], key: str) -> None:
    name = entry["name"]
    group = {"name": "csi", "filesystemName": name, "pinning": {"distributed": 1}}
    draft.add(thing("CephFilesystemSubVolumeGroup", f"{name}-csi", release.namespace, CEPH, spec=group), key)
    draft.add(thing("CephFilesystem", name, release.namespace, CEPH, spec=entry["spec"]), f"{key}.spec")
    if entry.get("storageClass", {}).get("enabled"):
        pool = f"{name}-{entry['storageClass'].get('pool') or 'data0'}"
        where = {"fsName": name, "pool": pool, "clusterID": release.namespace}
        made = _class(entry, _provisioner(values, "cephfs"), {**where, **_parameters(entry, release)})
        draft.add(made, f"{key}.storageClass")


def _object(draft: Draft, release: Release, _values: dict[str, Any], entry: Mapping[str, Any], key: str) -> None:
    name, space = entry["name"], release.namespace
    draft.add(thing("CephObjectStore", name, space, CEPH, spec=entry["spec"]), f"{key}.spec")
    if entry.get("storageClass", {}).get("enabled"):
        where = {"objectStoreName": name, "objectStoreNamespace": space}
        made = _class(entry, f"{space}.ceph.rook.io/bucket", {**where, **_parameters(entry, release)}, full=False)
        draft.add(made, f"{key}.storageClass")
    draft.unknown += [
        f"values key {key}.{way} is not modelled"
        for way in ("ingress", "route")
        if (entry.get(way) or {}).get("enabled")
    ]


def _snapshot_classes(draft: Draft, values: dict[str, Any]) -> None:
    for key, kind in (("cephFileSystemVolumeSnapshotClass", "cephfs"), ("cephBlockPoolsVolumeSnapshotClass", "rbd")):
        block = values[key]
        if block["enabled"]:
            body = thing(
                "VolumeSnapshotClass", block["name"], "", "snapshot.storage.k8s.io/v1",
                driver=_provisioner(values, kind), deletionPolicy=block.get("deletionPolicy") or "Delete",
            )  # fmt: skip
            draft.add(body, key)
