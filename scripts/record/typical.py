"""Typical values of charts that no component of ours installs, and that others do: so that they are recorded as well."""

from __future__ import annotations

from typing import Any

REPLICATED = {"allNodes": False, "count": 2}
RESOURCES = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}}
SECRETS = {
    "existingPemFileSecret": {"name": "tunnel-pem", "key": "cert.pem"},
    "existingConfigJsonFileSecret": {"name": "tunnel-json", "key": "credentials.json"},
}
FILES = {"base64EncodedPemFile": "cGVt", "base64EncodedConfigJsonFile": "e30="}
INGRESS = [{"hostname": "www.example.org", "service": "http://www.web:80"}, {"service": "http_status:404"}]
WHOLE: dict[str, Any] = {
    "replica": REPLICATED,
    "image": {"tag": "2026.8.2"},
    "tunnelConfig": {"name": "home"},
    "tunnelSecrets": {**SECRETS, **FILES},
    "ingress": INGRESS,
    "resources": RESOURCES,
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 100,
                    "podAffinityTerm": {
                        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "cloudflared"}},
                        "topologyKey": "kubernetes.io/hostname",
                    },
                }
            ]
        }
    },
}

TYPICAL: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "cloudflared": (
        "community-charts.github.io/helm-charts",
        [
            WHOLE,
            {"tunnelConfig": {"name": "home"}, "tunnelSecrets": SECRETS},
            {"tunnelConfig": {"name": "home"}, "tunnelSecrets": FILES},
            {"tunnelConfig": {"name": "home"}, "tunnelSecrets": FILES, "replica": {"allNodes": True}},
        ],
    ),
}
"""Chart → repository and values."""
