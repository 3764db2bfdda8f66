"""cloudflared, the connector of Cloudflare Tunnel, as the community's chart makes it.

By default a DaemonSet whose liveness asks for a live edge connection: while the line is down, every pod restarts.
Source: the chart cloudflared 2.2.16 of https://community-charts.github.io/helm-charts.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Role
from homelab.software.shapes import Draft, budget, container, http_probe, template, workload
from homelab.software.software import ChartTruth, Release, Software
from homelab.software.values import misshapen, over, unmodelled

VERSION = "2.2.16"
EDGE = ("region1.v2.argotunnel.com", 7844)
DEFAULTS: dict[str, Any] = {
    "replica": {"allNodes": True, "count": 1},
    "image": {"repository": "cloudflare/cloudflared", "tag": ""},
    "updateStrategy": {"type": "RollingUpdate"},
    "serviceAccount": {"create": True},
    "podSecurityContext": {
        "fsGroup": 65532,
        "fsGroupChangePolicy": "OnRootMismatch",
        "sysctls": [{"name": "net.ipv4.ping_group_range", "value": "0 2147483647"}],
    },
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": []},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "privileged": False,
        "runAsUser": 65532,
        "runAsGroup": 65532,
    },
    "tunnelSecrets": {"existingPemFileSecret": {"name": ""}, "existingConfigJsonFileSecret": {"name": ""}},
    "livenessProbe": http_probe("/ready", 2000),
    "readinessProbe": http_probe("/ready", 2000),
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"effect": "NoSchedule", "operator": "Exists"}],
}
MODELLED = (
    "replica", "image", "updateStrategy", "nameOverride", "fullnameOverride", "serviceAccount", "podSecurityContext",
    "securityContext", "tunnelSecrets", "livenessProbe", "readinessProbe", "resources", "nodeSelector", "tolerations",
    "affinity",
)  # fmt: skip
INERT = ("terminationGracePeriodSeconds", "imagePullSecrets", "podAnnotations", "podLabels", "tunnelConfig", "ingress")
"""Keys that change configuration, and nothing that judgement looks at; `podLabels` the chart ignores."""

NULLABLE = ("image.tag", "updateStrategy", "nodeSelector", "tolerations")
"""Keys that null may delete: the chart then leaves the field out."""


def expand(release: Release) -> Expansion:
    """What the chart `cloudflared` makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    short = str(values.get("nameOverride") or "cloudflared")
    name = str(values.get("fullnameOverride") or (release.name if short in release.name else f"{release.name}-{short}"))
    account = values["serviceAccount"]
    user = account.get("name") or (name if account["create"] else "default")
    if account["create"]:
        draft.names("ServiceAccount", (user,), release.namespace, "serviceAccount")
    draft.names("ConfigMap", ("cloudflared",), release.namespace, "tunnelConfig")
    given = values["tunnelSecrets"]
    if not all(given[key]["name"] for key in ("existingPemFileSecret", "existingConfigJsonFileSecret")):
        draft.names("Secret", ("tunnel-credentials",), release.namespace, "tunnelSecrets")
    selector = {"app": short, "app.kubernetes.io/name": short, "app.kubernetes.io/instance": release.name}
    pod = template(selector, [_container(values)], serviceAccountName=user, **_placing(values))
    kind = _replicated(draft, release, values, (name, selector, pod))
    subject = Subject(kind, name, release.namespace)
    draft.facts += [
        Role(subject, "run", "every public hostname comes in through it"),
        Calls(subject, *EDGE, "run", "the tunnel's edge"),
    ]
    return draft.expansion()


def _replicated(
    draft: Draft, release: Release, values: dict[str, Any], what: tuple[str, dict[str, str], dict[str, Any]]
) -> str:
    """Add the workload of a name, selector and pod: one pod a node, or a Deployment with a budget; gives back its kind."""
    name, selector, pod = what
    if values["replica"]["allNodes"]:
        strategy = values.get("updateStrategy") or None
        draft.add(workload("DaemonSet", name, release.namespace, pod, selector, updateStrategy=strategy), "replica")
        return "DaemonSet"
    said = values["replica"]["count"]
    count = int(said) if str(said).isdecimal() else 0
    draft.add(workload("Deployment", name, release.namespace, pod, selector, replicas=count), "replica")
    draft.add(budget(name, release.namespace, selector, minAvailable=1), "replica")
    return "Deployment"


def _container(values: dict[str, Any]) -> dict[str, Any]:
    return container(
        "cloudflared",
        f"{values['image']['repository']}:{values['image'].get('tag') or '2026.8.2'}",
        ports={"active-con-stat": 2000},
        resources=values.get("resources") or None,
        securityContext=values.get("securityContext") or None,
        livenessProbe=values.get("livenessProbe") or None,
        readinessProbe=values.get("readinessProbe") or None,
    )


def _placing(values: dict[str, Any]) -> dict[str, Any]:
    given = values["tunnelSecrets"]
    named = [given[key]["name"] for key in ("existingPemFileSecret", "existingConfigJsonFileSecret")]
    secrets = dict.fromkeys([*(["tunnel-credentials"] if not all(named) else []), *filter(None, named)])
    return {
        **{key: values.get(key) or None for key in ("nodeSelector", "affinity", "tolerations")},
        "securityContext": values.get("podSecurityContext") or None,
        "volumes": [
            {"name": "creds", "projected": {"sources": [{"secret": {"name": name}} for name in secrets]}},
            {"name": "config", "configMap": {"name": "cloudflared"}},
        ],
    }


CLOUDFLARED = Software(
    name="cloudflared",
    charts=(ChartTruth("cloudflared", ("community-charts.github.io",), frozenset({VERSION}), expand),),
    images={"cloudflare/cloudflared": "cloudflared"},
)
