"""CloudNativePG as its chart makes it: an operator that nothing asks for queries, and the support table of its lines.

While it is away running databases serve on; nothing fails over and no scheduled backup begins.
Sources: chart cloudnative-pg 0.29.0 of https://cloudnative-pg.github.io/charts, `docs/src/supported_releases.md`.
"""

from __future__ import annotations

from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces
from homelab.software.cloudnative_pg.backup import scheduled_backup
from homelab.software.cloudnative_pg.barman_plugin import PLUGIN, expand_plugin
from homelab.software.cloudnative_pg.cluster import cluster
from homelab.software.cloudnative_pg.controller import (
    INERT,
    POD,
    SHARED,
    account,
    full_name,
    placed,
    selector_of,
    stands_by,
)
from homelab.software.cloudnative_pg.pooler import pooler
from homelab.software.shapes import Draft, container, kept, port, service, template, thing, webhooks, workload
from homelab.software.software import ChartTruth, KindTruth, Release, Software, Support
from homelab.software.values import over, unmodelled

DEFAULTS: dict[str, Any] = {
    **SHARED,
    "image": {"repository": "ghcr.io/cloudnative-pg/cloudnative-pg", "tag": "1.30.0"},
    "webhook": {
        "port": 9443,
        "mutating": {"create": True, "failurePolicy": "Fail"},
        "validating": {"create": True, "failurePolicy": "Fail"},
    },
    "config": {"create": True, "name": "cnpg-controller-manager-config", "secret": False, "clusterWide": True},
    "service": {"type": "ClusterIP", "name": "cnpg-webhook-service", "port": 443},
    "monitoring": {"podMonitorEnabled": False},
    "monitoringQueriesConfigMap": {"name": "cnpg-default-monitoring"},
}
MODELLED = (
    *POD, "hostNetwork", "updateStrategy", "webhook.port", "webhook.mutating", "webhook.validating", "config",
    "service.type", "service.name", "service.port", "monitoring.podMonitorEnabled",
    "monitoringQueriesConfigMap",
)  # fmt: skip
OPERATOR_INERT = (
    *INERT, "dnsPolicy", "webhook.livenessProbe", "webhook.readinessProbe", "webhook.startupProbe",
    "rbac.aggregateClusterRoles", "monitoring.podMonitorAdditionalLabels", "monitoring.podMonitorMetricRelabelings",
    "monitoring.podMonitorRelabelings",
)  # fmt: skip
CRDS = (
    "backups", "clusterimagecatalogs", "clusters", "databaseroles", "databases", "failoverquorums", "imagecatalogs",
    "poolers", "publications", "scheduledbackups", "subscriptions",
)  # fmt: skip
MUTATED = ("backup", "cluster", "database", "scheduledbackup")
VALIDATED = ("backup", "cluster", "scheduledbackup", "database", "pooler")


def expand(release: Release) -> Expansion:
    """What the chart `cloudnative-pg` makes with these values."""
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + OPERATOR_INERT)))
    values = over(DEFAULTS, release.values)
    name, space = full_name(release, values, "cloudnative-pg"), release.namespace
    selector = selector_of(release, values, "cloudnative-pg")
    _operator(draft, release, values, name)
    ask = values["service"]
    ends = [port("webhook-server", ask["port"], "webhook-server")]
    draft.add(service(ask["name"], space, selector, ends, type=ask["type"]))
    _hooks(draft, values, space)
    _rights(draft, values, name, space)
    if values["config"]["create"]:
        draft.names("Secret" if values["config"]["secret"] else "ConfigMap", (values["config"]["name"],), space)
    draft.names("ConfigMap", (values["monitoringQueriesConfigMap"]["name"],), space)
    if values["crds"]["create"]:
        draft.names("CustomResourceDefinition", (f"{each}.postgresql.cnpg.io" for each in CRDS), key="crds")
    if values["monitoring"]["podMonitorEnabled"]:
        spec = {"selector": {"matchLabels": selector}, "podMetricsEndpoints": [{"port": "metrics"}]}
        draft.add(thing("PodMonitor", name, space, spec=spec), "monitoring")
    subject = Subject("Deployment", name, space)
    draft.facts.append(
        Produces(subject, tuple(Subject("Secret", f"cnpg-{each}", space) for each in ("ca-secret", "webhook-cert")))
    )
    return draft.expansion()


def _operator(draft: Draft, release: Release, values: dict[str, Any], name: str) -> None:
    selector = selector_of(release, values, "cloudnative-pg")
    check = {"httpGet": {"path": "/readyz", "port": "webhook-server", "scheme": "HTTPS"}}
    manager = container(
        "manager",
        f"{values['image']['repository']}:{values['image']['tag']}",
        ports={"metrics": 8080, "webhook-server": values["webhook"]["port"]},
        livenessProbe=check,
        readinessProbe=check,
        startupProbe=check,
        resources=values["resources"],
        securityContext=values["containerSecurityContext"],
    )
    pod = template(
        {**selector, **values["podLabels"]},
        [manager],
        hostNetwork=values.get("hostNetwork") or None,
        securityContext=values["podSecurityContext"],
        serviceAccountName=account(values, name),
        volumes=[
            {"name": "scratch-data", "emptyDir": {}},
            {"name": "webhook-certificates", "secret": {"secretName": "cnpg-webhook-cert", "optional": True}},
        ],
        **placed(values),
    )
    spec = kept(replicas=values["replicaCount"], strategy=values.get("updateStrategy") or None)
    draft.add(workload("Deployment", name, release.namespace, pod, selector, **spec))
    why = "it makes clusters and moves the primary when one fails; a running primary serves without it"
    stands_by(draft, name, release.namespace, why)


def _hooks(draft: Draft, values: dict[str, Any], space: str) -> None:
    for kind, word, letter, kinds in (
        ("MutatingWebhookConfiguration", "mutating", "m", MUTATED),
        ("ValidatingWebhookConfiguration", "validating", "v", VALIDATED),
    ):
        wanted = values["webhook"][word]
        if wanted["create"]:
            names = [f"{letter}{each}.cnpg.io" for each in kinds]
            made = webhooks(
                kind, f"cnpg-{word}-webhook-configuration", names, values["service"]["name"], space,
                wanted["failurePolicy"],
            )  # fmt: skip
            draft.add(made, f"webhook.{word}")


def _rights(draft: Draft, values: dict[str, Any], name: str, space: str) -> None:
    if values["serviceAccount"]["create"]:
        draft.names("ServiceAccount", (account(values, name),), space)
    if not values["rbac"]["create"]:
        return
    draft.names("ClusterRole", (name, f"{name}-view", f"{name}-edit"))
    draft.names("ClusterRoleBinding", (name,))
    if not values["config"]["clusterWide"]:
        draft.names("Role", (name,), space)
        draft.names("RoleBinding", (name,), space)


_SOURCE = "https://github.com/cloudnative-pg/cloudnative-pg/blob/main/docs/src/supported_releases.md"

CLOUDNATIVE_PG = Software(
    name="cloudnative-pg",
    charts=(
        ChartTruth("cloudnative-pg", ("cloudnative-pg.github.io/charts",), frozenset({"0.29.0"}), expand),
        ChartTruth(PLUGIN, ("cloudnative-pg.github.io/charts",), frozenset({"0.7.0"}), expand_plugin),
    ),
    kinds=(
        KindTruth("postgresql.cnpg.io", "Cluster", cluster),
        KindTruth("postgresql.cnpg.io", "ScheduledBackup", scheduled_backup),
        KindTruth("postgresql.cnpg.io", "Pooler", pooler),
    ),
    support=(
        Support("1.30", ("1.33", "1.34", "1.35", "1.36"), ("1.34", "1.35", "1.36"), source=_SOURCE, chart="0.29"),
        Support("1.29", ("1.33", "1.34", "1.35"), ("1.33", "1.34", "1.35"), "2026-09-29", _SOURCE, chart="0.28"),
    ),
    images={"cloudnative-pg/postgresql": "database"},
)
