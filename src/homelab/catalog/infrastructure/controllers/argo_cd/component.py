"""Argo CD: makes the cluster follow the repository, itself included.

It stands in no request's path: while it is away everything deployed runs on, and nothing changes. One application
controller (its replicas share out clusters, not work); server, repository server and ApplicationSet controller in two
copies; the cache as one Redis, or as three behind HAProxy where three nodes can carry them. The password of the cache is
made once by a Job in the cluster, so that no render differs from the last.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from homelab.capabilities import Capability
from homelab.catalog import component
from homelab.catalog.component import Area, Chart, Component, Namespace, Part, Values, because
from homelab.catalog.flows import Flow, Pods, Route, Serves, Uses
from homelab.catalog.infrastructure.controllers.argo_cd.alerts import alerts
from homelab.catalog.infrastructure.controllers.argo_cd.cache import (
    NAMESPACE,
    PROBED,
    RELEASE,
    budget,
    cache_flows,
    highly_available,
    labels,
    redis,
    redis_ha,
    watched,
)
from homelab.catalog.infrastructure.controllers.argo_cd.health import customized
from homelab.catalog.infrastructure.controllers.argo_cd.known_hosts import known_hosts
from homelab.catalog.needs import run
from homelab.catalog.offers.gateway import http_route
from homelab.catalog.offers.lab import (
    copies,
    hostname,
    sized,
    spread_over_hosts,
)
from homelab.catalog.offers.outside import reaching
from homelab.catalog.plan import Plan, parts_of, practice
from homelab.catalog.upkeep import Generated, SecretRequest
from homelab.catalog.values import filled
from homelab.kube.resource import Manifest

HOST = "argocd"
SERVICE = "argocd-server"


class Settings(component.Settings):
    """Copies of its parts."""

    ha: bool | None = None
    """Three Redis with Sentinels behind three HAProxy instead of one Redis; derived: from three schedulable nodes on. Off, a lost node empties the cache and pauses syncs for about a minute."""
    server_replicas: int | None = Field(default=None, ge=1, le=5)
    """Pods of API and user interface; derived: 2, on one node 1."""
    repo_server_replicas: int | None = Field(default=None, ge=1, le=5)
    """Pods that render manifests; derived: 2, on one node 1."""
    application_set_replicas: int | None = Field(default=None, ge=1, le=3)
    """Pods of the ApplicationSet controller, of which one leads; derived: 2, on one node 1."""
    notifications: bool = False
    """Argo CD's own messages. Off, it has nobody to tell: failed syncs reach you as alerts of the metrics stack."""


def replicas(plan: Plan, wanted: int | None) -> int:
    """Copies of a part: as set, else two where there are two nodes."""
    return copies(plan, 2) if wanted is None else wanted


def values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart."""
    ha = highly_available(plan, settings)
    found: Values = {
        "global": {
            "domain": hostname(plan, HOST),
            "networkPolicy": {"create": because(False, "the foundation declares who may talk to whom, in one place")},
        },
        "configs": filled(cm=customized(plan), params=_parameters(), ssh=known_hosts(plan)),
        "controller": _controller(plan, settings),
        "server": _copied(plan, settings, "server", replicas(plan, settings.server_replicas)),
        "repoServer": _copied(plan, settings, "repo-server", replicas(plan, settings.repo_server_replicas)),
        "applicationSet": _copied(
            plan, settings, "applicationset-controller", replicas(plan, settings.application_set_replicas)
        ),
        "notifications": _notifications(plan, settings),
        "dex": {"enabled": because(False, "no login broker: nobody logs in through it")},
        "redisSecretInit": filled(resources=sized(plan, settings, cpu="20m", memory="64Mi", limit="256Mi")),
        "redis": {} if ha else redis(plan, settings),
        "redis-ha": redis_ha(plan, settings) if ha else {},
    }
    return filled(**found)


def _parameters() -> Values:
    return {
        "server.insecure": because(True, "TLS ends at the Gateway"),
        "controller.diff.server.side": because(True, "what the API server fills in is no difference"),
        "reposerver.parallelism.limit": because(4, "large charts rendered all at once exceed the memory limit"),
    }


SIZES = {
    "application-controller": ("100m", "512Mi", "1Gi"),
    "server": ("50m", "128Mi", "256Mi"),
    "repo-server": ("50m", "256Mi", "1Gi"),
    "applicationset-controller": ("20m", "96Mi", "256Mi"),
    "notifications-controller": ("20m", "64Mi", "128Mi"),
}
"""Part to CPU and memory requested and the memory limit. The repository server's peaks are charts with many CRDs."""


def _sized(plan: Plan, settings: Settings, name: str) -> Values:
    cpu, memory, limit = SIZES[name]
    return sized(plan, settings, cpu=cpu, memory=memory, limit=limit)


def _controller(plan: Plan, settings: Settings) -> Values:
    probed = practice(plan, settings, "probes")
    return filled(
        startupProbe=dict(PROBED) if probed else None,
        resources=_sized(plan, settings, "application-controller"),
        metrics=watched(plan, settings),
    )


def _copied(plan: Plan, settings: Settings, name: str, count: int) -> Values:
    """Server, repository server and ApplicationSet controller: alike in all but their sizes."""
    bound = budget(plan, settings, count)
    probes: Values = {}
    if practice(plan, settings, "probes"):
        probes = {"startupProbe": dict(PROBED)}
        if name == "applicationset-controller":
            probes = {"livenessProbe": dict(PROBED), "readinessProbe": dict(PROBED), **probes}
    return filled(
        replicas=count,
        pdb={"enabled": True, **bound} if bound else None,
        topologySpreadConstraints=spread_over_hosts(plan, settings, labels(name)) if count > 1 else None,
        **probes,
        resources=_sized(plan, settings, name),
        metrics=watched(plan, settings),
    )


def _notifications(plan: Plan, settings: Settings) -> Values:
    if not settings.notifications:
        return {"enabled": because(False, "failed syncs reach you as alerts of the metrics stack")}
    probes = {}
    if practice(plan, settings, "probes"):
        probes = {kind: dict(PROBED) for kind in ("livenessProbe", "readinessProbe", "startupProbe")}
    resources = _sized(plan, settings, "notifications-controller")
    return filled(**probes, resources=resources, metrics=watched(plan, settings))


def resources(plan: Plan, _settings: Settings) -> Iterable[Manifest]:
    """The route to its user interface."""
    if plan.has(Capability.GATEWAY_HTTP):
        yield http_route(plan, name=SERVICE, namespace=NAMESPACE, host=HOST, service=SERVICE, port=80)


def routes(plan: Plan, _settings: Settings) -> tuple[Route, ...]:
    """The user interface; it brings a login."""
    return (Route(HOST, NAMESPACE, services=(SERVICE,)),) if plan.has(Capability.GATEWAY_HTTP) else ()


def secrets(plan: Plan, _settings: Settings) -> tuple[SecretRequest, ...]:
    """Credentials of a private repository, in the form in which Argo CD looks for them."""
    git = plan.homelab.git
    if not (git.private and git.repository):
        return ()
    if git.repository.startswith("https://"):
        how = {
            "username": "ask:the account that may read the repository",
            "password": "ask:a token that may only read this repository",
        }
    else:
        how = {"sshPrivateKey": "ask-pem:the private half of the key that the forge knows for reading, ~/.ssh/argocd"}
    keys = {"type": "fixed:git", "url": f"fixed:{git.repository}", **how}
    kind = {"argocd.argoproj.io/secret-type": "repository"}
    return (SecretRequest("repository", NAMESPACE, "lets Argo CD read the private repository", keys, labels=kind),)


def _read(plan: Plan) -> tuple[str, ...]:
    """Every address from which the repository server reads: the lab's repository, and those of the charts."""
    charts = (part.chart for choice in plan.choices for part in parts_of(plan, choice))
    found = dict.fromkeys(chart.repository for chart in charts if chart)
    return (*([plan.homelab.git.repository] if plan.homelab.git.repository else ()), *found)


def generated(_plan: Plan, _settings: Settings) -> tuple[Generated, ...]:
    """What Argo CD makes at its first start. Source: chart argo-cd 10.1.1 `templates/argocd-configs/argocd-secret.yaml`."""
    return (
        Generated(
            "argocd-initial-admin-secret", NAMESPACE, "the first password of `admin`: change it, then delete this"
        ),
        Generated(
            "argocd-secret",
            NAMESPACE,
            "the password of `admin` as a hash, and the key of sessions: anew, all log in again",
        ),
        Generated("argocd-redis", NAMESPACE, "the password of its cache: nothing is lost with it"),
    )


def flows(plan: Plan, settings: Settings) -> tuple[Flow, ...]:
    """Parts talk to each other inside the namespace; only the repository server reaches Git and the charts."""

    def pods(name: str) -> Pods:
        return Pods(NAMESPACE, labels(name))

    found: list[Flow] = [
        Serves(pods("server"), 8080, audience="gateway"),
        Serves(pods("repo-server"), 8081, audience="namespace"),
        Uses(pods("application-controller"), outside="api-server"),
        Uses(pods("server"), outside="api-server"),
        Uses(pods("applicationset-controller"), outside="api-server"),
        Uses(pods("redis-secret-init"), outside="api-server"),
        *reaching(plan, pods("repo-server"), *_read(plan)),
    ]
    scraped = {"application-controller": 8082, "server": 8083, "repo-server": 8084, "applicationset-controller": 8080}
    if settings.notifications:
        scraped["notifications-controller"] = 9001
        found.append(Uses(pods("notifications-controller"), outside="api-server"))
        found.append(Uses(pods("notifications-controller"), outside="world", ports=(443,)))
    found.extend(Serves(pods(name), port, audience="metrics") for name, port in scraped.items())
    return (*found, *cache_flows(plan, settings))


ARGO_CD = Component(
    name="argo-cd",
    area=Area.INFRASTRUCTURE,
    group="controllers",
    summary="The cluster follows the repository.",
    settings=Settings,
    parts=(
        Part(
            "argocd",
            NAMESPACE,
            chart=Chart("https://argoproj.github.io/argo-helm", "argo-cd", "10.1.1"),
            release=RELEASE,
            values=values,
            resources=resources,
            folder=".",
        ),
    ),
    namespaces=(Namespace(NAMESPACE),),
    provides=frozenset({Capability.GITOPS_SYNC}),
    needs=(
        run(Capability.CLUSTER_API, "it compares with the API server and writes there"),
        run(Capability.CLUSTER_DNS, "its parts, Git and chart repositories are found by name"),
        run(Capability.NETWORK_POD, "its parts talk to each other"),
    ),
    flows=flows,
    alerts=alerts,
    routes=routes,
    secrets=secrets,
    generated=generated,
    homepage="https://argo-cd.readthedocs.io/",
    applies=lambda _homelab: True,
)
