"""Defaults of the chart `velero` 12.1.0, as far as they decide what is made, and the keys an expansion models."""

from __future__ import annotations

from typing import Any

PROBE = {"httpGet": {"path": "/metrics", "port": "http-monitoring"}}
NOBODY = {"name": None, "key": None}
DEFAULTS: dict[str, Any] = {
    "image": {"repository": "docker.io/velero/velero", "tag": "v1.18.1"},
    "livenessProbe": PROBE,
    "readinessProbe": PROBE,
    "podDisruptionBudget": {"enabled": False, "minAvailable": 1, "maxUnavailable": ""},
    "metrics": {
        "enabled": True,
        "service": {"type": "ClusterIP"},
        "serviceMonitor": {"enabled": False, "autodetect": True, "additionalLabels": {}},
        "nodeAgentPodMonitor": {"enabled": False, "autodetect": True, "additionalLabels": {}},
        "prometheusRule": {"enabled": False, "autodetect": True, "spec": []},
    },
    "upgradeCRDs": True,
    "cleanUpCRDs": False,
    "configuration": {
        "backupStorageLocation": [{"provider": "", "bucket": "", "credential": NOBODY}],
        "volumeSnapshotLocation": [{"provider": "", "credential": NOBODY}],
        "repositoryMaintenanceJob": {
            "repositoryConfigData": {"name": "velero-repo-maintenance", "global": {"keepLatestMaintenanceJobs": 3}}
        },
    },
    "rbac": {"create": True, "clusterAdministrator": True},
    "serviceAccount": {"server": {"create": True}},
    "credentials": {"useSecret": True},
    "backupsEnabled": True,
    "snapshotsEnabled": True,
    "deployNodeAgent": False,
    "nodeAgent": {"disableHostPath": False, "useScratchEmptyDir": True},
    "schedules": {},
    "configMaps": {},
}
MODELLED = (
    "image", "podLabels", "resources", "upgradeJobResources", "initContainers", "podSecurityContext", "securityContext",
    "containerSecurityContext", "priorityClassName", "livenessProbe", "readinessProbe", "tolerations", "affinity",
    "nodeSelector", "podDisruptionBudget", "extraVolumes", "metrics", "upgradeCRDs", "configuration", "rbac",
    "serviceAccount", "credentials", "backupsEnabled", "snapshotsEnabled", "deployNodeAgent", "nodeAgent", "schedules",
    "configMaps", "kubectl.labels",
)  # fmt: skip
INERT = (
    "annotations", "secretAnnotations", "labels", "podAnnotations", "revisionHistoryLimit", "resizePolicy", "hostAliases",
    "upgradeCRDsJob", "dnsPolicy", "dnsConfig", "lifecycle", "terminationGracePeriodSeconds", "extraVolumeMounts",
    "runtimeClassName", "kubectl.image", "kubectl.containerSecurityContext", "kubectl.resources", "kubectl.annotations",
)  # fmt: skip
CRDS = (
    "backuprepositories", "backups", "backupstoragelocations", "datadownloads", "datauploads", "deletebackuprequests",
    "downloadrequests", "podvolumebackups", "podvolumerestores", "restores", "schedules", "serverstatusrequests",
    "volumesnapshotlocations",
)  # fmt: skip
