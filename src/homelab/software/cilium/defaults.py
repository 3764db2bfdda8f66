"""Defaults of the chart `cilium` 1.19.5, as far as they decide what is made. Facts, not advice.

Source: the published chart 1.19.5 of https://helm.cilium.io.
"""

from __future__ import annotations

from typing import Any

LINUX = {"kubernetes.io/os": "linux"}
EVERYWHERE = [{"operator": "Exists"}]
SELINUX = {"level": "s0", "type": "spc_t"}
CRD_KINDS = (
    "ciliumbgpadvertisements", "ciliumbgpclusterconfigs", "ciliumbgpnodeconfigoverrides", "ciliumbgpnodeconfigs",
    "ciliumbgppeerconfigs", "ciliumcidrgroups", "ciliumclusterwideenvoyconfigs", "ciliumclusterwidenetworkpolicies",
    "ciliumegressgatewaypolicies", "ciliumendpoints", "ciliumendpointslices", "ciliumenvoyconfigs",
    "ciliumgatewayclassconfigs", "ciliumidentities", "ciliuml2announcementpolicies", "ciliumloadbalancerippools",
    "ciliumlocalredirectpolicies", "ciliumnetworkpolicies", "ciliumnodeconfigs", "ciliumnodes", "ciliumpodippools",
)  # fmt: skip
"""The kinds of cilium.io, which the operator installs: the chart brings none."""


def _image(name: str, tag: str, digest: str) -> dict[str, Any]:
    return {"repository": f"quay.io/cilium/{name}", "tag": tag, "digest": f"sha256:{digest}", "useDigest": True}


def _beside(label: str, value: str) -> list[dict[str, Any]]:
    return [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {label: value}}}]


def _never_beside(label: str, value: str) -> dict[str, Any]:
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _beside(label, value)}}


def _with_agent() -> dict[str, Any]:
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": _beside("k8s-app", "cilium")}}


BUDGET = {"enabled": False, "maxUnavailable": 1}
OPERATOR: dict[str, Any] = {
    "enabled": True,
    "image": {
        "repository": "quay.io/cilium/operator",
        "tag": "v1.19.5",
        "genericDigest": "sha256:be848a365776e07d0c5a895eda7aec928ddc52a5a1fa2f432fd7a286609e1db4",
        "useDigest": True,
    },
    "replicas": 2,
    "updateStrategy": {"type": "RollingUpdate"},
    "affinity": _never_beside("io.cilium/app", "operator"),
    "nodeSelector": LINUX,
    "tolerations": [
        {"key": key, "operator": "Exists"}
        for key in (
            "node-role.kubernetes.io/control-plane",
            "node-role.kubernetes.io/master",
            "node.kubernetes.io/not-ready",
            "node.cloudprovider.kubernetes.io/uninitialized",
        )
    ],
    "hostNetwork": True,
    "podDisruptionBudget": BUDGET,
    "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    "securityContext": {"capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False},
    "prometheus": {"enabled": True, "port": 9963, "metricsService": False, "serviceMonitor": {"enabled": False}},
}
RELAY: dict[str, Any] = {
    "enabled": False,
    "image": _image("hubble-relay", "v1.19.5", "24409bfa1bca075c92acb26ba4b49cd573d99d68d5370f7cc825078185222a0c"),
    "replicas": 1,
    "affinity": _with_agent(),
    "nodeSelector": LINUX,
    "podDisruptionBudget": BUDGET,
    "updateStrategy": {"type": "RollingUpdate"},
    "podSecurityContext": {"fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
        "capabilities": {"drop": ["ALL"]},
    },
    "service": {"type": "ClusterIP"},
    "listenPort": "4245",
    "tls": {"server": {"enabled": False}},
    "prometheus": {"enabled": False, "port": 9966, "serviceMonitor": {"enabled": False}},
}
UI: dict[str, Any] = {
    "enabled": False,
    "standalone": {"enabled": False},
    "backend": {
        "image": _image(
            "hubble-ui-backend", "v0.13.5", "fac0c300ae119274edca11fd89b1ad23c788792d8bc4ea2ba631c709e8d3c688"
        ),
        "securityContext": {"allowPrivilegeEscalation": False},
        "livenessProbe": {"enabled": False},
        "readinessProbe": {"enabled": False},
    },
    "frontend": {
        "image": _image("hubble-ui", "v0.13.5", "f7d514fc54d784ed6df9d58cf0e97648b143f92b766dd1780ed3fc845bd4c516"),
        "securityContext": {"allowPrivilegeEscalation": False},
    },
    "replicas": 1,
    "podDisruptionBudget": BUDGET,
    "nodeSelector": LINUX,
    "updateStrategy": {"type": "RollingUpdate"},
    "securityContext": {"runAsUser": 1001, "runAsGroup": 1001, "fsGroup": 1001},
    "service": {"type": "ClusterIP"},
}
HUBBLE: dict[str, Any] = {
    "enabled": True,
    "tls": {"enabled": True, "auto": {"enabled": True, "method": "helm", "schedule": "0 0 1 */4 *"}},
    "metrics": {"port": 9965, "serviceMonitor": {"enabled": False}},
    "peerService": {"targetPort": 4244},
    "relay": RELAY,
    "ui": UI,
}
ENVOY: dict[str, Any] = {
    "image": _image(
        "cilium-envoy",
        "v1.36.8-1781157951-a7f42a3390781539911b5b9107881b35ecc4e752",
        "326f872e19ce8aa45170efbf583b3f301586ba3feead14b864676d4baf3b45ed",
    ),
    "updateStrategy": {"type": "RollingUpdate"},
    "prometheus": {"enabled": True, "port": "9964", "serviceMonitor": {"enabled": False}},
    "securityContext": {
        "privileged": False,
        "seLinuxOptions": SELINUX,
        "capabilities": {"envoy": ["NET_ADMIN", "SYS_ADMIN"]},
    },
    "startupProbe": {"enabled": True},
    "livenessProbe": {"enabled": True},
    "affinity": {
        **_never_beside("k8s-app", "cilium-envoy"),
        **_with_agent(),
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "cilium.io/no-schedule", "operator": "NotIn", "values": ["true"]}]}
                ]
            }
        },
    },
    "nodeSelector": LINUX,
    "tolerations": EVERYWHERE,
}
DEFAULTS: dict[str, Any] = {
    "image": _image("cilium", "v1.19.5", "20fbbc14ac20b55a292c0dcda5571bf31cde30a7dbc68c29db3e709390ab0732"),
    "certgen": {
        "image": _image("certgen", "v0.4.5", "f107522ed4dcea62f918b8eb836142875a9b3e3cb2b2d728dc680f76cdbde6cf")
    },
    "updateStrategy": {"type": "RollingUpdate"},
    "securityContext": {
        "privileged": False,
        "seLinuxOptions": SELINUX,
        "capabilities": {
            "ciliumAgent": [
                "CHOWN", "KILL", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "SYS_MODULE", "SYS_ADMIN", "SYS_RESOURCE",
                "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SYSLOG",
            ],
            "mountCgroup": ["SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE"],
            "applySysctlOverwrites": ["SYS_ADMIN", "SYS_CHROOT", "SYS_PTRACE"],
            "cleanCiliumState": ["NET_ADMIN", "SYS_MODULE", "SYS_ADMIN", "SYS_RESOURCE"],
        },
    },
    "affinity": _never_beside("k8s-app", "cilium"),
    "nodeSelector": LINUX,
    "tolerations": EVERYWHERE,
    "prometheus": {"enabled": False, "port": 9962, "metricsService": False, "serviceMonitor": {"enabled": False}},
    "cgroup": {"autoMount": {"enabled": True}},
    "sysctlfix": {"enabled": True},
    "bpf": {"autoMount": {"enabled": True}},
    "cni": {
        "install": True,
        "resources": {"requests": {"cpu": "100m", "memory": "10Mi"}, "limits": {"cpu": 1, "memory": "1Gi"}},
    },
    "enableCriticalPriorityClass": True,
    "l7Proxy": True,
    "l2announcements": {"enabled": False},
    "operator": OPERATOR,
    "hubble": HUBBLE,
    "envoy": ENVOY,
}  # fmt: skip
