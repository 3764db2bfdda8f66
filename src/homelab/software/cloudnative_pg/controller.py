"""What the two controllers of CloudNativePG share in their charts: names, accounts, defaults, and when they are missed.

Source: charts cloudnative-pg 0.29.0 and plugin-barman-cloud 0.7.0, `templates/_helpers.tpl`.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Role, Standby
from homelab.software.shapes import Draft
from homelab.software.software import Release

CONTEXT = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsUser": 10001,
    "runAsGroup": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
"""Security context of both controllers by default."""
SHARED: dict[str, Any] = {
    "replicaCount": 1,
    "crds": {"create": True},
    "serviceAccount": {"create": True, "name": ""},
    "rbac": {"create": True},
    "podLabels": {},
    "containerSecurityContext": CONTEXT,
    "podSecurityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "resources": {},
}
PLACEMENT = ("affinity", "topologySpreadConstraints", "nodeSelector", "tolerations", "priorityClassName")
POD = (
    "replicaCount", "image", "nameOverride", "fullnameOverride", "podLabels", "containerSecurityContext",
    "podSecurityContext", "resources", "serviceAccount.create", "serviceAccount.name", "rbac.create", "crds.create",
    *PLACEMENT,
)  # fmt: skip
INERT = (
    "imagePullSecrets", "additionalArgs", "additionalEnv", "commonAnnotations", "podAnnotations",
    "serviceAccount.annotations", "service.ipFamilyPolicy", "service.ipFamilies",
)  # fmt: skip
"""Keys that change arguments and annotations, and nothing that judgement looks at."""


def full_name(release: Release, values: dict[str, Any], chart: str) -> str:
    """The name of every object: an override, else the release, with the chart's name where the release lacks it."""
    if values.get("fullnameOverride"):
        return str(values["fullnameOverride"])
    short = values.get("nameOverride") or chart
    return release.name if short in release.name else f"{release.name}-{short}"


def selector_of(release: Release, values: dict[str, Any], chart: str) -> dict[str, str]:
    """Labels by which the Deployment and the Service select pods."""
    return {
        "app.kubernetes.io/name": values.get("nameOverride") or chart,
        "app.kubernetes.io/instance": release.name,
    }


def account(values: dict[str, Any], name: str) -> str:
    """The service account of the pods."""
    own = values["serviceAccount"]["name"]
    return str(own or (name if values["serviceAccount"]["create"] else "default"))


def placed(values: dict[str, Any]) -> dict[str, Any]:
    """The fields that say where pods may run."""
    return {key: values.get(key) or None for key in PLACEMENT}


def stands_by(draft: Draft, name: str, space: str, why: str) -> None:
    """Note that a controller has a leader, and that it is missed only when something changes."""
    subject = Subject("Deployment", name, space)
    draft.facts += [
        Standby(subject, 15.0, "--leader-elect: a lease of 15 s, further replicas wait for it"),
        Role(subject, "change", why),
    ]
