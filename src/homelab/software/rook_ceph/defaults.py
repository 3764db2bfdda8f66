"""Defaults of the chart `rook-ceph-cluster` v1.20.6, as far as they decide what is made. Facts, not advice."""

from __future__ import annotations

from typing import Any

CLUSTER: dict[str, Any] = {
    "dataDirHostPath": "/var/lib/rook",
    "skipUpgradeChecks": False,
    "continueUpgradeAfterChecksEvenIfNotHealthy": False,
    "waitTimeoutForHealthyOSDInMinutes": 10,
    "upgradeOSDRequiresHealthyPGs": False,
    "security": {"cephx": {"csi": {"keyType": "aes"}}},
    "mon": {"count": 3, "allowMultiplePerNode": False},
    "mgr": {"count": 2, "allowMultiplePerNode": False, "modules": [{"name": "rook", "enabled": False}]},
    "dashboard": {"enabled": True, "ssl": True},
    "network": {
        "connections": {"encryption": {"enabled": False}, "compression": {"enabled": False}, "requireMsgr2": False}
    },
    "crashCollector": {"disable": False},
    "logCollector": {"enabled": True, "periodicity": "daily", "maxLogSize": "500M"},
    "cleanupPolicy": {
        "confirmation": "",
        "sanitizeDisks": {"method": "quick", "dataSource": "zero", "iteration": 1},
        "allowUninstallWithVolumes": False,
    },
    "resources": {
        "mgr": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "512Mi"}},
        "mon": {"limits": {"memory": "2Gi"}, "requests": {"cpu": "1000m", "memory": "1Gi"}},
        "osd": {"limits": {"memory": "4Gi"}, "requests": {"cpu": "1000m", "memory": "4Gi"}},
        "prepareosd": {"requests": {"cpu": "500m", "memory": "50Mi"}},
        "mgr-sidecar": {"limits": {"memory": "100Mi"}, "requests": {"cpu": "100m", "memory": "40Mi"}},
        "crashcollector": {"limits": {"memory": "60Mi"}, "requests": {"cpu": "100m", "memory": "60Mi"}},
        "logcollector": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "100Mi"}},
        "cleanup": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "100Mi"}},
        "exporter": {"limits": {"memory": "128Mi"}, "requests": {"cpu": "50m", "memory": "50Mi"}},
        "cmd-reporter": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "100Mi"}},
    },
    "removeOSDsIfOutAndSafeToRemove": False,
    "priorityClassNames": {
        "mon": "system-node-critical",
        "osd": "system-node-critical",
        "mgr": "system-cluster-critical",
    },
    "storage": {"useAllNodes": True, "useAllDevices": True},
    "disruptionManagement": {"managePodBudgets": True, "osdMaintenanceTimeout": 30},
    "healthCheck": {
        "daemonHealth": {
            "mon": {"disabled": False, "interval": "45s"},
            "osd": {"disabled": False, "interval": "60s"},
            "status": {"disabled": False, "interval": "60s"},
        },
        "livenessProbe": {"mon": {"disabled": False}, "mgr": {"disabled": False}, "osd": {"disabled": False}},
    },
}
BLOCK: dict[str, Any] = {
    "name": "ceph-blockpool",
    "spec": {"failureDomain": "host", "replicated": {"size": 3}},
    "storageClass": {
        "enabled": True,
        "name": "ceph-block",
        "isDefault": True,
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "Immediate",
        "parameters": {
            "imageFormat": "2",
            "imageFeatures": "layering",
            "csi.storage.k8s.io/provisioner-secret-name": "rook-csi-rbd-provisioner",
            "csi.storage.k8s.io/provisioner-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/controller-expand-secret-name": "rook-csi-rbd-provisioner",
            "csi.storage.k8s.io/controller-expand-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/controller-publish-secret-name": "rook-csi-rbd-provisioner",
            "csi.storage.k8s.io/controller-publish-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/node-stage-secret-name": "rook-csi-rbd-node",
            "csi.storage.k8s.io/node-stage-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/fstype": "ext4",
        },
    },
}
FILE: dict[str, Any] = {
    "name": "ceph-filesystem",
    "spec": {
        "metadataPool": {"replicated": {"size": 3}},
        "dataPools": [{"failureDomain": "host", "replicated": {"size": 3}, "name": "data0"}],
        "metadataServer": {
            "activeCount": 1,
            "activeStandby": True,
            "resources": {"limits": {"memory": "4Gi"}, "requests": {"cpu": "1000m", "memory": "4Gi"}},
            "priorityClassName": "system-cluster-critical",
        },
    },
    "storageClass": {
        "enabled": True,
        "isDefault": False,
        "name": "ceph-filesystem",
        "pool": "data0",
        "reclaimPolicy": "Delete",
        "allowVolumeExpansion": True,
        "volumeBindingMode": "Immediate",
        "parameters": {
            "csi.storage.k8s.io/provisioner-secret-name": "rook-csi-cephfs-provisioner",
            "csi.storage.k8s.io/provisioner-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/controller-expand-secret-name": "rook-csi-cephfs-provisioner",
            "csi.storage.k8s.io/controller-expand-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/controller-publish-secret-name": "rook-csi-cephfs-provisioner",
            "csi.storage.k8s.io/controller-publish-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/node-stage-secret-name": "rook-csi-cephfs-node",
            "csi.storage.k8s.io/node-stage-secret-namespace": "{{ .Release.Namespace }}",
            "csi.storage.k8s.io/fstype": "ext4",
        },
    },
}
OBJECT: dict[str, Any] = {
    "name": "ceph-objectstore",
    "spec": {
        "metadataPool": {"failureDomain": "host", "replicated": {"size": 3}},
        "dataPool": {
            "failureDomain": "host",
            "erasureCoded": {"dataChunks": 2, "codingChunks": 1},
            "parameters": {"bulk": "true"},
        },
        "preservePoolsOnDelete": True,
        "gateway": {
            "port": 80,
            "resources": {"limits": {"memory": "2Gi"}, "requests": {"cpu": "1000m", "memory": "1Gi"}},
            "instances": 1,
            "priorityClassName": "system-cluster-critical",
        },
    },
    "storageClass": {
        "enabled": True,
        "name": "ceph-bucket",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "parameters": {"region": "us-east-1"},
    },
}
DEFAULTS: dict[str, Any] = {
    "operatorNamespace": "rook-ceph",
    "toolbox": {
        "enabled": False,
        "containerSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": 2016,
            "runAsGroup": 2016,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
    },
    "monitoring": {"enabled": False, "createPrometheusRules": False},
    "cephImage": {"repository": "quay.io/ceph/ceph", "tag": "v20.2.4", "allowUnsupported": False},
    "cephFileSystemVolumeSnapshotClass": {"enabled": False, "name": "ceph-filesystem", "deletionPolicy": "Delete"},
    "cephBlockPoolsVolumeSnapshotClass": {"enabled": False, "name": "ceph-block", "deletionPolicy": "Delete"},
    "cephClusterSpec": CLUSTER,
    "cephBlockPools": [BLOCK],
    "cephFileSystems": [FILE],
    "cephObjectStores": [OBJECT],
}
