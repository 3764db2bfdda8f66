"""Velero: backups of Kubernetes objects and volumes. Its chart, its schedules, and where its copies go.

Source: the chart 12.1.0 of https://vmware-tanzu.github.io/helm-charts (Velero 1.18.1). The server is one pod by
template, and the agent that reads volumes runs on every node; both are missed only when a backup or a restore is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces, Role, Singleton
from homelab.kube.resource import dig
from homelab.software.shapes import Draft, budget, container, job, port, service, template, thing, workload
from homelab.software.software import ChartTruth, KindTruth, Release, Software, Support
from homelab.software.values import complete, misshapen, over, unmodelled
from homelab.software.velero.defaults import CRDS, DEFAULTS, INERT, MODELLED
from homelab.software.velero.facts import location_facts, schedule_facts
from homelab.software.velero.locations import declare_locations, declare_schedule

NULLABLE = (
    "livenessProbe",
    "livenessProbe.*",
    "readinessProbe",
    "readinessProbe.*",
    "configuration.backupStorageLocation",
    "configuration.volumeSnapshotLocation",
    "configuration.repositoryMaintenanceJob",
    "configuration.repositoryMaintenanceJob.*",
)
"""Keys that may be null: the chart then leaves the thing out."""


def expand(release: Release) -> Expansion:
    """What the chart makes with these values."""
    if wrong := misshapen(release.values, DEFAULTS, NULLABLE):
        return Expansion(unknown=wrong)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = over(DEFAULTS, release.values)
    full = release.name if "velero" in release.name else f"{release.name}-velero"
    mine = {"app.kubernetes.io/name": "velero", "app.kubernetes.io/instance": release.name}
    common = {
        **mine,
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/version": "1.18.1",
        "helm.sh/chart": f"velero-{release.version}",
    }
    account = values["serviceAccount"]["server"].get("name") or (
        f"{full}-server" if values["serviceAccount"]["server"]["create"] else "default"
    )
    _server(draft, release, values, (mine, common, account, full))
    if values["deployNodeAgent"]:
        _agent(draft, release, values, (mine, common, account, full))
    _accounts(draft, release, values, account, full)
    _metrics(draft, release, values, mine, full)
    declare_locations(draft, release, values)
    for name, schedule in values["schedules"].items():
        if not complete(schedule):
            draft.unknown.append(f"values key schedules.{name} is no map, which is not modelled")
        elif not schedule.get("disabled"):
            declare_schedule(draft, release, f"{full}-{name}", schedule, f"schedules.{name}")
    for name in values["configMaps"]:
        draft.names("ConfigMap", (f"{full}-{name}",), release.namespace, f"configMaps.{name}")
    draft.names("CustomResourceDefinition", (f"{crd}.velero.io" for crd in CRDS))
    return draft.expansion()


def _secret(values: Mapping[str, Any], full: str) -> str:
    found = values["credentials"]
    return str(found.get("existingSecret") or found.get("name") or full)


def _volumes(values: Mapping[str, Any], full: str) -> list[dict[str, Any]]:
    secret = {"name": "cloud-credentials", "secret": {"secretName": _secret(values, full)}}
    return [secret] if values["credentials"]["useSecret"] else []


def _environment(values: Mapping[str, Any]) -> dict[str, Any]:
    extra = values["credentials"].get("extraSecretRef")
    return {
        "env": list(values["configuration"].get("extraEnvVars") or ()) or None,
        "envFrom": [{"secretRef": {"name": extra}}] if extra else None,
    }


def _image(values: Mapping[str, Any]) -> str:
    image = values["image"]
    tail = f"@{image['digest']}" if image.get("digest") else f":{image['tag']}"
    return f"{image['repository']}{tail}"


def _placed(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) or None for name in ("tolerations", "affinity", "nodeSelector")}


def _server(draft: Draft, release: Release, values: dict[str, Any], names: tuple[Any, ...]) -> None:
    mine, common, account, full = names
    watched = values["metrics"]["enabled"]
    only = container(
        "velero",
        _image(values),
        ports={"http-monitoring": 8085} if watched else None,
        args=["server", *_flags(values["configuration"])],
        resources=values.get("resources") or None,
        livenessProbe=(values.get("livenessProbe") or None) if watched else None,
        readinessProbe=(values.get("readinessProbe") or None) if watched else None,
        securityContext=values.get("containerSecurityContext") or None,
        **_environment(values),
    )
    before = values.get("initContainers") or None
    if isinstance(before, str):
        draft.unknown.append("initContainers is a template, which is not read")
        before = None
    pod = template(
        {"name": "velero", **common, **(values.get("podLabels") or {})},
        [only],
        initContainers=before,
        serviceAccountName=account,
        priorityClassName=values.get("priorityClassName") or None,
        volumes=[*_volumes(values, full), *(values.get("extraVolumes") or ())] or None,
        **_placed(values),
    )
    made = workload("Deployment", "velero", release.namespace, pod, mine, replicas=1, strategy={"type": "Recreate"})
    draft.add(made)
    subject = Subject("Deployment", "velero", release.namespace)
    draft.facts += [
        Singleton(subject, "the chart writes one replica; two servers would run every schedule twice", "velero chart"),
        Role(subject, "change", "backups and restores wait for it; nothing else does"),
        Produces(subject, (Subject("Secret", "velero-repo-credentials", release.namespace),)),
    ]
    guard = values["podDisruptionBudget"]
    if guard["enabled"]:
        bound = {name: guard.get(name) or None for name in ("minAvailable", "maxUnavailable")}
        bound["unhealthyPodEvictionPolicy"] = guard.get("unhealthyPodEvictionPolicy") or None
        draft.add(budget(full, release.namespace, mine, **bound), "podDisruptionBudget")
    if values["upgradeCRDs"]:
        _upgrade(draft, release, values, account, full)


def _flags(configuration: Mapping[str, Any]) -> list[str]:
    """Those arguments of the server that decide what is copied."""
    wanted = {
        "defaultVolumesToFsBackup": "default-volumes-to-fs-backup",
        "defaultSnapshotMoveData": "default-snapshot-move-data",
        "features": "features",
    }
    found = {flag: configuration.get(name) for name, flag in wanted.items()}
    return [f"--{flag}={str(value).lower() if value is True else value}" for flag, value in found.items() if value]


def _upgrade(draft: Draft, release: Release, values: dict[str, Any], account: str, full: str) -> None:
    only = container(
        "velero",
        _image(values),
        resources=values.get("upgradeJobResources") or None,
        securityContext=values.get("containerSecurityContext") or None,
    )
    labels = dig(values, ["kubectl", "labels"], {})
    name = f"{account}-upgrade-crds"
    pod = template(labels, [only], serviceAccountName=name, **_placed(values))
    hook = "pre-install,pre-upgrade,pre-rollback"
    draft.add(job(f"{full}-upgrade-crds", release.namespace, pod, hook=hook), "upgradeCRDs")
    draft.names("ServiceAccount", (name,), release.namespace, "upgradeCRDs")
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        draft.names(kind, (f"{full}-upgrade-crds",), key="upgradeCRDs")


def _agent(draft: Draft, release: Release, values: dict[str, Any], names: tuple[Any, ...]) -> None:
    _mine, common, account, full = names
    agent = values["nodeAgent"]
    security = {**(agent.get("securityContext") or {}), **(agent.get("containerSecurityContext") or {})}
    only = container(
        "node-agent",
        _image(values),
        ports={"http-monitoring": 8085} if values["metrics"]["enabled"] else None,
        resources=agent.get("resources") or None,
        securityContext=security or None,
        **_environment(values),
    )
    host = ("pods", "plugins") if not agent["disableHostPath"] else ()
    volumes = [{"name": f"host-{name}", "hostPath": {"path": f"/var/lib/kubelet/{name}"}} for name in host]
    labels = {"name": "node-agent", "role": "node-agent", **common, **(agent.get("podLabels") or {})}
    pod = template(
        labels,
        [only],
        serviceAccountName=account,
        priorityClassName=agent.get("priorityClassName") or None,
        volumes=[*_volumes(values, full), *volumes, *(agent.get("extraVolumes") or ())] or None,
        **_placed(agent),
    )
    strategy = agent.get("updateStrategy") or None
    made = workload("DaemonSet", "node-agent", release.namespace, pod, {"name": "node-agent"}, updateStrategy=strategy)
    draft.add(made, "nodeAgent")
    why = "it reads the volumes of its node while a backup runs"
    draft.facts.append(Role(Subject("DaemonSet", "node-agent", release.namespace), "change", why))


def _accounts(draft: Draft, release: Release, values: dict[str, Any], account: str, full: str) -> None:
    if values["serviceAccount"]["server"]["create"]:
        draft.names("ServiceAccount", (account,), release.namespace, "serviceAccount")
    if values["rbac"]["create"]:
        for kind in ("Role", "RoleBinding"):
            draft.names(kind, (f"{full}-server",), release.namespace, "rbac")
        if values["rbac"]["clusterAdministrator"]:
            draft.names("ClusterRoleBinding", (f"{full}-server",), key="rbac")
    if values["credentials"]["useSecret"] and not values["credentials"].get("existingSecret"):
        draft.names("Secret", (_secret(values, full),), release.namespace, "credentials")
    data = dig(values, ["configuration", "repositoryMaintenanceJob", "repositoryConfigData"], {})
    if data.get("global") or data.get("repositories"):
        key = "configuration.repositoryMaintenanceJob"
        draft.names("ConfigMap", (data.get("name") or "velero-repo-maintenance",), release.namespace, key)


def _metrics(draft: Draft, release: Release, values: dict[str, Any], mine: dict[str, str], full: str) -> None:
    metrics, space = values["metrics"], release.namespace
    if not metrics["enabled"]:
        return
    ends = [port("http-monitoring", 8085, "http-monitoring")]
    chosen = {"name": "velero", **mine}
    kind = metrics["service"]["type"]
    made = draft.add(service(full, space, chosen, ends, type=kind), "metrics.service")
    made["metadata"]["labels"] = mine
    ready = "monitoring.coreos.com/v1" in release.api_versions
    for key, kind, name, selector, field in (
        ("serviceMonitor", "ServiceMonitor", full, mine, "endpoints"),
        ("nodeAgentPodMonitor", "PodMonitor", "node-agent", {**mine, "name": "node-agent"}, "podMetricsEndpoints"),
    ):
        block = metrics[key]
        if block["enabled"] and (ready or not block["autodetect"]):
            if key == "nodeAgentPodMonitor":
                selector = {**selector, **(values["nodeAgent"].get("podLabels") or {})}  # noqa: PLW2901 - one kind's rule
            spec = {
                "namespaceSelector": {"matchNames": [space]},
                "selector": {"matchLabels": selector},
                field: [{"port": "http-monitoring"}],
            }
            monitor = draft.add(thing(kind, name, block.get("namespace") or space, spec=spec), f"metrics.{key}")
            monitor["metadata"]["labels"] = dict(block.get("additionalLabels") or {})
    rule = metrics["prometheusRule"]
    if rule["enabled"] and rule["spec"] and (ready or not rule["autodetect"]):
        draft.names("PrometheusRule", (full,), rule.get("namespace") or space, "metrics.prometheusRule")


VELERO = Software(
    name="velero",
    charts=(ChartTruth("velero", ("vmware-tanzu.github.io/helm-charts",), frozenset({"12.1.0"}), expand),),
    kinds=(
        KindTruth("velero.io", "Schedule", schedule_facts),
        KindTruth("velero.io", "BackupStorageLocation", location_facts),
    ),
    support=(
        Support(
            line="1.18",
            runs=(),
            supported=("1.33", "1.34", "1.35"),
            source="vmware-tanzu/velero README.md: tested on 1.33.7, 1.34.1 and 1.35.0",
            chart="12",
        ),
    ),
)
