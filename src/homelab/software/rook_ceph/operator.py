"""Rook's operator as its chart `rook-ceph` makes it: one operator pod by template, and the operator of the CSI drivers.

Source: the chart v1.20.6 of https://charts.rook.io/release with its subchart ceph-csi-operator 1.0.4.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Role, Singleton, Standby
from homelab.software.shapes import Draft, container, http_probe, kept, template, thing, workload
from homelab.software.software import Release
from homelab.software.values import misshapen, over, unmodelled

NOT_ROOT = {"runAsNonRoot": True, "runAsUser": 2016, "runAsGroup": 2016, "capabilities": {"drop": ["ALL"]}}
DEFAULTS: dict[str, Any] = {
    "image": {"repository": "docker.io/rook/ceph", "tag": "v1.20.6"},
    "crds": {"enabled": True},
    "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "200m", "memory": "128Mi"}},
    "unreachableNodeTolerationSeconds": 5,
    "rbacEnable": True,
    "rbacAggregate": {"enableOBCs": False},
    "containerSecurityContext": NOT_ROOT,
    "scaleDownOperator": False,
    "monitoring": {"enabled": False},
    "csi": {"installCsiOperator": True, "serviceMonitor": {"enabled": False}},
    "ceph-csi-operator": {
        "controllerManager": {
            "replicas": 1,
            "podSecurityContext": {"runAsNonRoot": True},
            "manager": {
                "image": {"repository": "quay.io/cephcsi/ceph-csi-operator", "tag": "v1.0.4"},
                "containerSecurityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
                "resources": {
                    "limits": {"cpu": "500m", "memory": "128Mi"},
                    "requests": {"cpu": "10m", "memory": "64Mi"},
                },
            },
        }
    },
}
INERT = (
    "annotations", "logLevel", "currentNamespaceOnly", "reconcileConcurrentClusters", "allowLoopDevices",
    "monRunAsRoot", "deleteUnusedCrushRules", "discoveryDaemonInterval", "cephCommandsTimeoutSeconds",
    "customHostnameLabel", "hostpathRequiresPrivileged", "enforceHostNetwork", "disableDeviceHotplug",
    "revisionHistoryLimit", "enableOBCWatchOperatorNamespace", "obcProvisionerNamePrefix",
    "obcAllowAdditionalConfigFields", "imagePullSecrets",
)  # fmt: skip
"""Keys that change configuration, and nothing that judgement looks at."""
MODELLED = (
    "image", "crds.enabled", "resources", "nodeSelector", "tolerations", "unreachableNodeTolerationSeconds",
    "operatorPodLabels", "rbacEnable", "rbacAggregate.enableOBCs", "priorityClassName", "containerSecurityContext",
    "scaleDownOperator", "useOperatorHostNetwork", "monitoring.enabled", "csi.installCsiOperator",
    "csi.serviceMonitor.enabled", "csi.serviceMonitor.interval", "csi.serviceMonitor.labels",
    "csi.cephcsi", "csi.registrar", "csi.provisioner", "csi.snapshotter", "csi.attacher", "csi.resizer", "csi.csiAddons",
    "ceph-csi-operator.controllerManager",
)  # fmt: skip

CEPH_CRDS = (
    "cephblockpoolradosnamespaces", "cephblockpools", "cephbucketnotifications", "cephbuckettopics", "cephclients",
    "cephclusters", "cephcosidrivers", "cephfilesystemmirrors", "cephfilesystems", "cephfilesystemsubvolumegroups",
    "cephnfses", "cephnvmeofgateways", "cephobjectrealms", "cephobjectstoreaccounts", "cephobjectstores",
    "cephobjectstoreusers", "cephobjectzonegroups", "cephobjectzones", "cephrbdmirrors",
)  # fmt: skip
CSI_CRDS = ("cephconnections", "clientprofiles", "clientprofilemappings", "drivers", "operatorconfigs")
ACCOUNTS = ("osd", "mgr", "cmd-reporter", "purge-osd", "rgw", "default", "nvmeof")
CSI_ROLES = (
    "cephconnection-viewer-role", "cephconnections-editor-role", "clientprofile-viewer-role",
    "clientprofilemapping-editor-role", "clientprofilemapping-viewer-role", "clientprofiles-editor-role",
    "driver-editor-role", "driver-viewer-role", "manager-role", "metrics-auth-role", "metrics-reader",
    "operatorconfig-editor-role", "operatorconfig-viewer-role",
)  # fmt: skip

NULLABLE = (
    "resources",
    "resources.*",
    "containerSecurityContext",
    "containerSecurityContext.*",
    "ceph-csi-operator.controllerManager.podSecurityContext",
    "ceph-csi-operator.controllerManager.podSecurityContext.*",
    "ceph-csi-operator.controllerManager.manager.resources",
    "ceph-csi-operator.controllerManager.manager.resources.*",
    "ceph-csi-operator.controllerManager.manager.containerSecurityContext",
    "ceph-csi-operator.controllerManager.manager.containerSecurityContext.*",
)
"""Keys that may be null: the chart then leaves the thing out."""


def expand(release: Release) -> Expansion:
    """What the chart `rook-ceph` makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    _operator(draft, release, values)
    if values["csi"]["installCsiOperator"]:
        _csi_operator(draft, release, values["ceph-csi-operator"]["controllerManager"])
    if values["monitoring"]["enabled"] and values["csi"]["serviceMonitor"]["enabled"]:
        labels = values["csi"]["serviceMonitor"].get("labels") or {}
        spec = {
            "namespaceSelector": {"matchNames": [release.namespace]},
            "selector": {"matchLabels": {"app": "csi-metrics"}},
            "endpoints": [{"port": "csi-http-metrics", "path": "/metrics"}],
        }
        monitor = draft.add(thing("ServiceMonitor", "csi-metrics", release.namespace, spec=spec), "csi.serviceMonitor")
        monitor["metadata"]["labels"] = dict(labels)
    return draft.expansion()


def _operator(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    space = release.namespace
    unreachable = {
        "effect": "NoExecute",
        "key": "node.kubernetes.io/unreachable",
        "operator": "Exists",
        "tolerationSeconds": values["unreachableNodeTolerationSeconds"],
    }
    image = f"{values['image']['repository']}:{values['image']['tag']}"
    pod = template(
        {
            "app": "rook-ceph-operator",
            "helm.sh/chart": f"rook-ceph-{release.version}",
            **(values.get("operatorPodLabels") or {}),
        },
        [
            container(
                "rook-ceph-operator",
                image,
                resources=values.get("resources") or None,
                securityContext=values.get("containerSecurityContext") or None,
            )
        ],
        tolerations=[unreachable, *(values.get("tolerations") or ())],
        priorityClassName=values.get("priorityClassName") or None,
        hostNetwork=values.get("useOperatorHostNetwork") or None,
        nodeSelector=values.get("nodeSelector") or None,
        serviceAccountName="rook-ceph-system" if values["rbacEnable"] else None,
        volumes=[{"name": "rook-config", "emptyDir": {}}, {"name": "default-config-dir", "emptyDir": {}}],
    )
    made = workload(
        "Deployment", "rook-ceph-operator", space, pod, {"app": "rook-ceph-operator"},
        replicas=0 if values["scaleDownOperator"] else 1, strategy={"type": "Recreate"},
    )  # fmt: skip
    draft.add(made)
    subject = Subject("Deployment", "rook-ceph-operator", space)
    draft.facts += [
        Singleton(subject, "the chart writes one replica, and running volumes do not need it", "rook-ceph chart"),
        Role(subject, "change", "it changes and repairs the cluster; daemons and volumes run on without it"),
    ]
    _accounts(draft, space, values)
    draft.names("ConfigMap", ("rook-ceph-operator-config", "rook-csi-operator-image-set-configmap"), space)
    if values["crds"]["enabled"]:
        draft.names("CustomResourceDefinition", (f"{name}.ceph.rook.io" for name in CEPH_CRDS), key="crds")
        buckets = ("objectbucketclaims.objectbucket.io", "objectbuckets.objectbucket.io")
        draft.names("CustomResourceDefinition", buckets, key="crds")


def _accounts(draft: Draft, space: str, values: dict[str, Any]) -> None:
    draft.names("ServiceAccount", (f"rook-ceph-{name}" for name in (*ACCOUNTS, "system")), space)
    draft.names("ServiceAccount", ("objectstorage-provisioner",), space)
    draft.names("ClusterRoleBinding", ("rook-ceph-mgr-cluster", "rook-ceph-osd"))
    draft.names("Role", (f"rook-ceph-{name}" for name in ("osd", "mgr", "cmd-reporter", "purge-osd")), space)
    bound = ("cluster-mgmt", "osd", "mgr", "mgr-system", "cmd-reporter", "purge-osd")
    draft.names("RoleBinding", (f"rook-ceph-{name}" for name in bound), space)
    if values["rbacEnable"]:
        roles = ("system", "cluster-mgmt", "global", "mgr-cluster", "mgr-system", "object-bucket", "osd")
        draft.names("ClusterRole", (f"rook-ceph-{name}" for name in roles))
        draft.names("ClusterRole", ("objectstorage-provisioner-role",))
        draft.names("ClusterRoleBinding", (f"rook-ceph-{name}" for name in ("system", "global", "object-bucket")))
        draft.names("ClusterRoleBinding", ("objectstorage-provisioner-role-binding",))
        draft.names("Role", ("rook-ceph-system",), space)
        draft.names("RoleBinding", ("rook-ceph-system",), space)
    if values["rbacAggregate"]["enableOBCs"]:
        draft.names("ClusterRole", ("rook-ceph-obc-view", "rook-ceph-obc-edit"))
    if values["monitoring"]["enabled"]:
        for kind in ("Role", "RoleBinding"):
            draft.names(kind, ("rook-ceph-monitoring", "rook-ceph-monitoring-mgr"), space, "monitoring")


def _csi_operator(draft: Draft, release: Release, values: dict[str, Any]) -> None:
    key, name, space = "ceph-csi-operator.controllerManager", "ceph-csi-controller-manager", release.namespace
    labels = {
        "control-plane": "ceph-csi-op-controller-manager",
        "app.kubernetes.io/name": "ceph-csi",
        "app.kubernetes.io/instance": release.name,
    }
    manager = values["manager"]
    pod = template(
        labels,
        [
            container(
                "manager",
                f"{manager['image']['repository']}:{manager['image'].get('tag') or '1.0.4'}",
                resources=manager.get("resources") or None,
                securityContext=manager.get("containerSecurityContext") or None,
                livenessProbe=http_probe("/healthz", 8081),
                readinessProbe=http_probe("/readyz", 8081),
            )
        ],
        serviceAccountName="ceph-csi",
        **kept(
            **{
                field: values.get(field) or None
                for field in ("nodeSelector", "priorityClassName", "tolerations", "topologySpreadConstraints")
            }
        ),
        securityContext=values.get("podSecurityContext") or None,
    )
    draft.add(workload("Deployment", name, space, pod, labels, replicas=values["replicas"]), key)
    subject = Subject("Deployment", name, space)
    draft.facts += [
        Standby(subject, 15.0, "ceph-csi-operator runs with --leader-elect"),
        Role(subject, "change", "it makes and changes the CSI drivers; those that run need it no more"),
    ]
    draft.names("ServiceAccount", ("ceph-csi",), space)
    draft.names("CustomResourceDefinition", (f"{crd}.csi.ceph.io" for crd in CSI_CRDS))
    draft.names("ClusterRole", (f"ceph-csi-{role}" for role in CSI_ROLES))
    draft.names("ClusterRoleBinding", ("ceph-csi-manager-rolebinding", "ceph-csi-metrics-auth-rolebinding"))
    draft.names("Role", ("ceph-csi-leader-election-role",), space)
    draft.names("RoleBinding", ("ceph-csi-leader-election-rolebinding",), space)
