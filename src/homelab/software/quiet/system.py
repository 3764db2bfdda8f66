"""Quiet: API groups whose controllers configure something and make no object that others name.

What is left out here counts as unknown, so a group belongs here only where each of its kinds is looked through.
"""

from __future__ import annotations

from homelab.software.made import made
from homelab.software.software import Software

QUIET = Software(
    name="quiet",
    kinds=(
        *made("argoproj.io", "Application ApplicationSet AppProject AnalysisTemplate ClusterAnalysisTemplate Rollout"),
        *made("kyverno.io", "ClusterCleanupPolicy CleanupPolicy PolicyException"),
    ),
    quiet=(
        "autoscaling.k8s.io",
        "cilium.io",
        "gateway.envoyproxy.io",
        "gateway.networking.k8s.io",
        "keda.sh",
        "metallb.io",
        "monitoring.coreos.com",
        "networking.istio.io",
        "nfd.k8s-sigs.io",
        "policy.networking.k8s.io",
        "postgresql.cnpg.io",
        "barmancloud.cnpg.io",
        "security.istio.io",
        "snapshot.storage.k8s.io",
        "traefik.containo.us",
        "traefik.io",
        "upgrade.cattle.io",
        "velero.io",
    ),
)
