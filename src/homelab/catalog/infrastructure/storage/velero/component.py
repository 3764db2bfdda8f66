"""Velero: copies of every object and every volume, to each target, every day, week and month.

Volumes are copied as files by an agent on each node, which needs no snapshots and reads any kind of volume; a file that
changes while it is read may be copied torn, so databases are backed up by their own means as well. The server is one
pod by design: what counts is the age of the last good backup, and that is what alerts look at.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.capabilities import Capability
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.infrastructure.storage.velero.alerts import alerts
from homelab.catalog.infrastructure.storage.velero.pods import MOVERS, maintenance, movers
from homelab.catalog.infrastructure.storage.velero.schedules import policies, schedules
from homelab.catalog.infrastructure.storage.velero.settings import Settings
from homelab.catalog.infrastructure.storage.velero.targets import (
    CLAIM,
    NAMESPACE,
    REPOSITORIES,
    ceph_targets,
    claims,
    locations,
    outside,
    requests,
)
from homelab.catalog.needs import Need, change
from homelab.catalog.offers.lab import restricted_container, sized
from homelab.catalog.offers.monitoring import monitored
from homelab.catalog.offers.outside import reaching
from homelab.catalog.plan import Plan, namespaces_of, practice
from homelab.catalog.upkeep import SecretRequest
from homelab.kube.resource import Manifest
from homelab.spec.names import unresolved
from homelab.spec.source import Problem

CHART = Chart("https://vmware-tanzu.github.io/helm-charts", "velero", "12.1.0")
PLUGIN = "docker.io/velero/velero-plugin-for-aws:v1.14.2"
LABELS = {"app.kubernetes.io/name": "velero", "app.kubernetes.io/instance": "velero"}
SYSTEM = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Namespaces that every cluster has."""


def _resources(plan: Plan, settings: Settings, cpu: str, memory: str, limit: str) -> Values:
    found = sized(plan, settings, cpu, memory, limit=limit)
    return {"resources": found} if found else {}


def _plugin(plan: Plan, settings: Settings) -> Values:
    secured = practice(plan, settings, "security_contexts")
    return {
        "name": "velero-plugin-for-aws",
        "image": PLUGIN,
        "volumeMounts": [{"name": "plugins", "mountPath": "/target"}],
        **_resources(plan, settings, "10m", "32Mi", "128Mi"),
        **({"securityContext": restricted_container()} if secured else {}),
    }


def _security(plan: Plan, settings: Settings) -> Values:
    if not practice(plan, settings, "security_contexts"):
        return {}
    return {
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containerSecurityContext": restricted_container(),
    }


def _agent(plan: Plan, settings: Settings) -> Values:
    if not settings.volumes:
        return {}
    secured = practice(plan, settings, "security_contexts")
    closed = {"allowPrivilegeEscalation": False, "seccompProfile": {"type": "RuntimeDefault"}}
    sized_pods = bool(movers(plan, settings))
    configured = {"extraArgs": because([f"--node-agent-configmap={MOVERS}"], "sizes of the pods that copy volumes")}
    agent = {
        **_resources(plan, settings, "50m", "128Mi", "1Gi"),
        **(configured if sized_pods else {}),
        **(
            {"containerSecurityContext": because(closed, "it stays root: it reads files of every owner")}
            if secured
            else {}
        ),
    }
    return {
        "deployNodeAgent": because(True, "it copies the files of volumes on its node"),
        **({"nodeAgent": agent} if agent else {}),
    }


def _waiting() -> Values:
    """What keeps the server from starting before the password of the backups is there.

    Velero makes the Secret up where it is missing, with a password that stands in its source (pkg/repository/keys/keys.go,
    EnsureCommonRepositoryKey), and the controller of sealed secrets then leaves alone what it did not make.
    """
    volume = {"name": "repository-password", "secret": {"secretName": REPOSITORIES}}
    mount = {"name": "repository-password", "mountPath": "/repository-password", "readOnly": True}
    reason = "the pod waits for our password: without this Velero would make one up that everybody knows"
    return {"extraVolumes": because([volume], reason), "extraVolumeMounts": [mount]}


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    watched = monitored(plan, settings)
    monitors = {
        "serviceMonitor": {"enabled": watched},
        "nodeAgentPodMonitor": {"enabled": watched and settings.volumes},
    }
    extra = {"extraSecretRef": because(CLAIM, "the keys that come with the bucket")} if ceph_targets(plan) else {}
    return {
        "initContainers": [_plugin(plan, settings)],
        **_resources(plan, settings, "100m", "256Mi", "1Gi"),
        **_security(plan, settings),
        "upgradeCRDs": because(False, "Argo CD applies the definitions that come with the chart"),
        "credentials": {"useSecret": because(False, "each location names its own credentials"), **extra},
        "configuration": {
            "backupStorageLocation": locations(plan),
            "defaultVolumesToFsBackup": settings.volumes,
            **maintenance(plan, settings),
            "extraEnvVars": because(
                [{"name": "HOME", "value": "/scratch"}], "where it may write; its root is read-only"
            ),
        },
        **_waiting(),
        "snapshotsEnabled": because(False, "this lab has no snapshots; volumes are copied as files"),
        **_agent(plan, settings),
        **movers(plan, settings),
        "metrics": monitors,
    }


def resources(plan: Plan, settings: Settings) -> Iterator[Manifest]:
    """The bucket, what is not copied, and the schedules."""
    yield from claims(plan)
    yield from policies(plan, settings)
    yield from schedules(plan, settings)


def needs(plan: Plan, _settings: Settings) -> tuple[Need, ...]:
    """Nothing that runs needs a backup; what is needed is needed when one is made or restored."""
    own = (
        (change(Capability.STORAGE_OBJECT, "a backup target is the lab's own object store"),)
        if ceph_targets(plan)
        else ()
    )
    return (
        *own,
        change(Capability.CLUSTER_API, "it reads every object"),
        change(Capability.SECRETS_GIT, "keys of its targets"),
    )


def flows(plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """Metrics in; the API, the kubelets' files and every target out. Movers are pods of their own, so all pods may."""
    everything = Pods(NAMESPACE)
    serving = [Serves(Pods(NAMESPACE, {"name": "velero", **LABELS}), 8085, audience="metrics")]
    if settings.volumes:
        serving.append(Serves(Pods(NAMESPACE, {"name": "node-agent", **LABELS}), 8085, audience="metrics"))
    own = [Uses(everything, Capability.STORAGE_OBJECT)] if ceph_targets(plan) else []
    return (*serving, *own, Uses(everything, outside="api-server"), *reaching(plan, everything, *outside(plan)))


def secrets(plan: Plan, _settings: Settings) -> tuple[SecretRequest, ...]:
    """The password of the backups, and the keys of targets elsewhere."""
    return requests(plan)


def refuses(plan: Plan, settings: Settings) -> Iterator[Problem]:
    """Namespaces that nothing in this lab makes."""
    known = {space.name for choice in plan.choices for space in namespaces_of(plan, choice)} | SYSTEM
    for index, name in enumerate(settings.excluded_namespaces):
        if name not in known:
            yield unresolved(f"components.velero.excluded_namespaces.{index}", name, known, "a namespace of this lab")


VELERO = Component(
    name="velero",
    area=Area.INFRASTRUCTURE,
    group="storage",
    summary="Backups of every object and volume, on a schedule, to every target.",
    settings=Settings,
    parts=(Part("velero", NAMESPACE, CHART, values=values, resources=resources, stateful=True, folder="."),),
    namespaces=(Namespace(NAMESPACE, "privileged"),),
    provides=frozenset({Capability.BACKUP_CLUSTER}),
    needs=needs,
    flows=flows,
    alerts=alerts,
    secrets=secrets,
    refuses=refuses,
    homepage="https://velero.io",
    applies=lambda homelab: bool(homelab.backup.targets),
)
