"""n8n as its community chart makes it: one main, and in queue mode webhook processors and workers beside it.

Main runs the editor, the API and every timer; without a licence there may be one only. In queue mode webhooks arrive at
their own pods, workers execute, and both need the database and Redis all the time.
Sources: chart n8n 1.24.32 of https://community-charts.github.io/helm-charts, https://docs.n8n.io/hosting/scaling/queue-mode.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Relies, Role, Singleton
from homelab.software.n8n.defaults import APPS, DEFAULTS, INERT, MODELLED
from homelab.software.shapes import Draft, budget, container, kept, port, service, template, thing, workload
from homelab.software.software import ChartTruth, Release, Software
from homelab.software.values import over, unmodelled

WAITING = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}}
"""Size of the step that waits for main, fixed by the chart."""
CONFIGS = (
    "database", "logging", "diagnostics", "version-notifications", "public-api", "workflow-history", "task-broker",
    "metrics", "binary-data",
)  # fmt: skip


class N8n:
    """The values of one release with the names that follow from them."""

    def __init__(self, release: Release) -> None:
        self.release, self.space = release, release.namespace
        self.values = over(DEFAULTS, release.values)
        self.short = str(self.values.get("nameOverride") or "n8n")
        in_release = release.name if self.short in release.name else f"{release.name}-{self.short}"
        self.name = str(self.values.get("fullnameOverride") or in_release)
        self.app = APPS.get(release.version, "")
        self.queued = {each: self._queued(each) for each in ("worker", "webhook")}

    def _queued(self, role: str) -> bool:
        return bool(self.values["db"]["type"] == "postgresdb" and self.values[role]["mode"] == "queue")

    @property
    def mcp(self) -> bool:
        """Whether MCP triggers get a pod of their own."""
        webhook = self.values["webhook"]
        several = int(webhook["count"]) > 1 or webhook["autoscaling"]["enabled"]
        return bool(self.queued["webhook"] and webhook["mcp"]["enabled"] and several)

    def full(self, role: str) -> str:
        """Name of a role's objects; main carries the release's own."""
        return self.name if role == "main" else f"{self.name}-{role}"

    def selector(self, role: str) -> dict[str, str]:
        """Labels that select a role's pods. Main's are fewer than its pods have."""
        if role == "main":
            return {"app.kubernetes.io/name": self.short, "app.kubernetes.io/instance": self.release.name}
        return {
            "app.kubernetes.io/name": f"{self.short}-{role}",
            "app.kubernetes.io/instance": self.release.name,
            "app.kubernetes.io/component": "mcp" if role == "mcp-webhook" else role,
        }

    def labels(self, role: str) -> dict[str, str]:
        """Labels of a role's pods."""
        return {
            "helm.sh/chart": f"n8n-{self.release.version}",
            "app.kubernetes.io/component": "main",
            **self.selector(role),
            "app.kubernetes.io/version": self.app,
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/part-of": "n8n",
            **self.values["podLabels"],
        }

    def own(self, role: str) -> Mapping[str, Any]:
        """A role's values."""
        found: Mapping[str, Any] = self.values["webhook"]["mcp"] if role == "mcp-webhook" else self.values[role]
        return found


def expand(release: Release) -> Expansion:
    """What the chart makes with these values."""
    lab = N8n(release)
    draft = Draft(unknown=list(unmodelled(release.values, MODELLED + INERT)))
    values = lab.values
    kept_on = values["main"]["persistence"]
    if kept_on["enabled"] and int(values["main"]["count"]) > 1:
        draft.unknown.append("several mains with a volume are not modelled")
    _configs(draft, lab)
    roles = ["main", *(role for role, on in lab.queued.items() if on), *(["mcp-webhook"] if lab.mcp else [])]
    for role in roles:
        _deployment(draft, lab, role)
        if role != "mcp-webhook":
            _budget(draft, lab, role)
        if role in lab.queued and values[role]["autoscaling"]["enabled"]:
            _scaler(draft, lab, role)
        if values["service"]["enabled"] and role != "worker":
            end = port(values["service"]["name"], values["service"]["port"], values["service"]["name"])
            made = service(lab.full(role), lab.space, lab.selector(role), [end], type=values["service"]["type"])
            made["metadata"]["labels"] = lab.labels(role)
            draft.add(made, role)
    if kept_on["enabled"] and not kept_on["existingClaim"]:
        spec = {
            "accessModes": [kept_on["accessMode"]],
            "resources": {"requests": {"storage": kept_on["size"]}},
            **({"storageClassName": kept_on["storageClass"].lstrip("-")} if kept_on["storageClass"] else {}),
        }
        draft.add(
            thing("PersistentVolumeClaim", f"{lab.name}-main-persistence", lab.space, spec=spec), "main.persistence"
        )
    _monitors(draft, lab)
    _facts(draft, lab, roles)
    return draft.expansion()


def _configs(draft: Draft, lab: N8n) -> None:
    values, space = lab.values, lab.space
    names = list(CONFIGS)
    if any(lab.queued.values()):
        names.append("queue")
    if values["license"]["enabled"]:
        names.append("license")
    draft.names("ConfigMap", (f"{lab.name}-{each}-configmap" for each in names), space)
    secrets = []
    if lab.values["db"]["type"] == "postgresdb" and not values["externalPostgresql"]["existingSecret"]:
        secrets.append("postgresql")
    if not values["existingEncryptionKeySecret"]:
        secrets.append("encryption-key-secret-v2")
    if values["worker"]["mode"] == "queue" and not values["externalRedis"]["existingSecret"]:
        secrets.append("redis")
    licence = values["license"]
    if licence["enabled"] and licence["activationKey"] and not licence["existingActivationKeySecret"]:
        secrets.append("license-activation-key")
    draft.names("Secret", (f"{lab.name}-{each}" for each in secrets), space)
    if values["serviceAccount"]["create"]:
        draft.names("ServiceAccount", (_account(lab),), space)


def _account(lab: N8n) -> str:
    given = lab.values["serviceAccount"]
    return str(given["name"] or (lab.name if given["create"] else "default"))


def _deployment(draft: Draft, lab: N8n, role: str) -> None:
    values, own = lab.values, lab.own(role)
    image = f"{values['image']['repository']}:{values['image']['tag'] or lab.app}"
    n8n = container(
        f"{lab.short}-{role}",
        image,
        ports={values["service"]["name"]: values["service"]["port"]},
        startupProbe=own.get("startupProbe"),
        livenessProbe=over(values["livenessProbe"], own.get("livenessProbe") or {}),
        readinessProbe=over(values["readinessProbe"], own.get("readinessProbe") or {}),
        resources=own.get("resources") or values["resources"],
        securityContext=values["securityContext"],
    )
    pod = template(
        lab.labels(role),
        [n8n],
        initContainers=_waits(lab, role) or None,
        serviceAccountName=_account(lab),
        securityContext=values["podSecurityContext"],
        affinity=own.get("affinity") or values["affinity"] or None,
        nodeSelector=values.get("nodeSelector") or None,
        tolerations=values.get("tolerations") or None,
        volumes=_volumes(lab, role),
    )
    count = 1 if role == "mcp-webhook" else own["count"]
    scaled = role in lab.queued and own["autoscaling"]["enabled"]
    strategy = values["strategy"]
    how = {"type": strategy["type"]}
    if strategy["type"] == "RollingUpdate":
        how["rollingUpdate"] = strategy["rollingUpdate"]
    spec = kept(replicas=None if scaled else count, strategy=how)
    key = "webhook.mcp" if role == "mcp-webhook" else role
    draft.add(workload("Deployment", lab.full(role), lab.space, pod, lab.selector(role), **spec), key)


def _waits(lab: N8n, role: str) -> list[dict[str, Any]]:
    where = "webhook" if role == "mcp-webhook" else role
    if where == "main" or not lab.values[where]["waitMainNodeReady"]["enabled"]:
        return []
    context = lab.values["waitContainerSecurityContext"]
    return [container("wait-for-main", "busybox:1.36", resources=WAITING, securityContext=context)]


def _volumes(lab: N8n, role: str) -> list[dict[str, Any]]:
    scratch: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in ("tmp", "cache")]
    kept_on = lab.values["main"]["persistence"]
    if role != "main" or not kept_on["enabled"]:
        return [*scratch, {"name": "data", "emptyDir": {}}]
    claim = kept_on["existingClaim"] or f"{lab.name}-main-persistence"
    return [*scratch, {"name": kept_on["volumeName"] or "node-modules", "persistentVolumeClaim": {"claimName": claim}}]


def _budget(draft: Draft, lab: N8n, role: str) -> None:
    own = lab.own(role)
    wanted, several = own["pdb"], int(own["count"]) > 1
    if role == "main":
        several = several or lab.values["strategy"]["type"] != "Recreate"
    else:
        several = several or own["autoscaling"]["enabled"]
    if not (wanted["enabled"] and several):
        return
    keys = ("unhealthyPodEvictionPolicy", "minAvailable", "maxUnavailable")
    bound = {key: wanted.get(key) for key in keys if wanted.get(key)}
    draft.add(budget(lab.full(role), lab.space, lab.selector(role), **bound), f"{role}.pdb")


def _scaler(draft: Draft, lab: N8n, role: str) -> None:
    wanted, name = lab.own(role)["autoscaling"], lab.full(role)
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        **{key: wanted[key] for key in ("minReplicas", "maxReplicas")},
        **{key: wanted[key] for key in ("metrics", "behavior") if wanted.get(key)},
    }
    draft.add(thing("HorizontalPodAutoscaler", name, lab.space, spec=spec), f"{role}.autoscaling")


def _monitors(draft: Draft, lab: N8n) -> None:
    wanted, end = lab.values["serviceMonitor"], [{"port": lab.values["service"]["name"]}]
    if not wanted["enabled"] or "monitoring.coreos.com/v1" not in lab.release.api_versions:
        return
    at = wanted["namespace"] or lab.space
    pairs = [("ServiceMonitor", "main", "endpoints")]
    if lab.queued["worker"]:
        pairs.append(("PodMonitor", "worker", "podMetricsEndpoints"))
    for kind, role, field in pairs:
        spec = kept(
            namespaceSelector={"matchNames": [lab.space]} if wanted["namespace"] != lab.space else None,
            selector={"matchLabels": lab.selector(role)},
        )
        made = draft.add(thing(kind, lab.full(role), at, spec={**spec, field: end}), "serviceMonitor")
        made["metadata"]["labels"] = dict(wanted.get("labels") or {})


def _facts(draft: Draft, lab: N8n, roles: list[str]) -> None:
    values = lab.values
    called = []
    if values["db"]["type"] == "postgresdb" and values["externalPostgresql"]["host"]:
        outside = values["externalPostgresql"]
        called.append((outside["host"], int(outside["port"]), "workflows, credentials and executions are there"))
    if any(lab.queued.values()) and values["externalRedis"]["host"]:
        outside = values["externalRedis"]
        called.append((outside["host"], int(outside["port"]), "the queue of executions is there"))
    for role in roles:
        subject = Subject("Deployment", lab.full(role), lab.space)
        draft.facts += [Calls(subject, host, number, "run", why) for host, number, why in called]
        draft.facts.append(Role(subject, "run", WHY[role]))
    main = Subject("Deployment", lab.name, lab.space)
    if "worker" in roles:
        worker = Subject("Deployment", lab.full("worker"), lab.space)
        callers = [Subject("Deployment", lab.full(role), lab.space) for role in roles if role != "worker"]
        draft.facts += [Relies(caller, worker, "run", "what is queued is done by workers") for caller in callers]
    if not values["license"]["enabled"]:
        draft.facts.append(
            Singleton(main, "more than one main needs an Enterprise licence: two would run timers twice", "n8n docs")
        )
    if lab.mcp:
        mcp = Subject("Deployment", lab.full("mcp-webhook"), lab.space)
        draft.facts.append(
            Singleton(mcp, "an MCP session lives in one process; the chart writes one replica", "n8n chart")
        )


WHY = {
    "main": "the editor, the API and every timer run there",
    "webhook": "calls from outside arrive there",
    "mcp-webhook": "MCP sessions live there",
    "worker": "executions wait in the queue until one is back",
}

N8N = Software(
    name="n8n",
    charts=(ChartTruth("n8n", ("community-charts.github.io",), frozenset(APPS), expand),),
    images={"n8nio/n8n": "n8n"},
)
