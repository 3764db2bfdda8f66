"""Argo CD: what its chart makes, and what is true of it: one controller, a cache that may vanish, nothing in its path.

Sources: chart argo-cd 10.1.1 (templates, values.yaml, README), argo-cd docs/operator-manual/{high_availability,
tested-kubernetes-versions}.md.
"""

from __future__ import annotations

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Failover, Produces, Quorum, Role, Singleton, Standby
from homelab.software.argo_cd.defaults import DEFAULTS, known
from homelab.software.argo_cd.frame import Frame
from homelab.software.argo_cd.parts import (
    add_application_set,
    add_configuration,
    add_controller,
    add_dex,
    add_notifications,
    add_repo_server,
    add_server,
)
from homelab.software.argo_cd.policies import add_policies
from homelab.software.argo_cd.redis import add_redis, add_secret_job
from homelab.software.argo_cd.redis_ha import add_redis_ha, full
from homelab.software.shapes import Draft
from homelab.software.software import ChartTruth, Release, Software, Support
from homelab.software.values import over, unmodelled, whole

CHART = "argo-cd 10.1.1"
TESTED = "argo-cd docs/operator-manual/tested-kubernetes-versions.md"
LEASE = 15.0
"""Seconds until a waiting controller may take an abandoned lease (controller-runtime's default)."""
SENTINEL = 12.0
"""Seconds until clients talk to the new master: 10 s until it counts as down (chart), then vote and HAProxy's check."""


def expand(release: Release) -> Expansion:
    """What the chart makes with these values."""
    draft = Draft(unknown=list(unmodelled(release.values, known())))
    frame = Frame(release, whole(over(DEFAULTS, release.values), DEFAULTS), draft)
    add_configuration(frame)
    add_controller(frame)
    add_server(frame)
    add_repo_server(frame)
    add_application_set(frame)
    add_notifications(frame)
    add_dex(frame)
    add_secret_job(frame)
    add_redis(frame)
    add_redis_ha(frame)
    add_policies(frame)
    _add_facts(frame)
    return draft.expansion()


def _add_facts(frame: Frame) -> None:
    where, draft = frame.namespace, frame.draft

    def deployed(name: str) -> Subject:
        return Subject("Deployment", frame.named(name), where)

    controller = Subject("StatefulSet", frame.named("application-controller"), where)
    draft.facts.append(
        Singleton(controller, "its replicas share out clusters; with one cluster a second one idles", CHART)
    )
    single = {"notifications-controller": "notifications", "dex-server": "dex"}
    for name, key in single.items():
        if frame.values[key]["enabled"]:
            draft.facts.append(Singleton(deployed(name), "the chart writes one replica", CHART))
            draft.facts.append(Role(deployed(name), "change", "messages and logins only"))
    if int(frame.values["applicationSet"]["replicas"] or 1) > 1:
        draft.facts.append(Standby(deployed("applicationset-controller"), LEASE, CHART))
    why = "what it deployed runs on without it"
    draft.facts.extend(Role(who, "change", why) for who in (controller, deployed("applicationset-controller")))
    draft.facts.append(
        Role(deployed("repo-server"), "change", "manifests are rendered only for a comparison or a sync")
    )
    draft.facts.append(Produces(deployed("server"), (Subject("Secret", "argocd-initial-admin-secret", where),)))
    if frame.values["redisSecretInit"]["enabled"]:
        job = Subject("Job", frame.named("redis-secret-init"), where)
        draft.facts.append(Produces(job, (Subject("Secret", "argocd-redis", where),)))
    _add_calls(frame, [deployed("server"), controller, deployed("repo-server")])
    _add_cache_facts(frame)


def _add_calls(frame: Frame, callers: list[Subject]) -> None:
    ha = frame.values["redis-ha"]["enabled"]
    cache = f"{full(frame)}-haproxy" if ha else frame.named("redis")
    for who in callers:
        phase = "run" if who.name.endswith("-server") and "repo" not in who.name else "change"
        frame.draft.facts.append(Calls(who, cache, 6379, phase, "the cache of application trees and manifests"))
    for who in callers[:2]:
        why = "manifests are rendered there"
        frame.draft.facts.append(Calls(who, frame.named("repo-server"), 8081, "change", why))


def _add_cache_facts(frame: Frame) -> None:
    where, facts = frame.namespace, frame.draft.facts
    values = frame.values["redis-ha"]
    if not values["enabled"]:
        if frame.values["redis"]["enabled"]:
            cache = Subject("Deployment", frame.named("redis"), where)
            facts.append(Singleton(cache, "the chart writes one replica; `redis-ha.enabled` makes three", CHART))
            facts.append(Role(cache, "change", "a cache that fills again"))
        return
    servers = Subject("StatefulSet", f"{full(frame)}-server", where)
    size = int(values["replicas"] or 1)
    facts.append(Quorum(servers, (servers,), 2, size, "Sentinels that elect a Redis master (quorum 2)"))
    facts.append(Failover(servers, SENTINEL, f"{CHART}: down-after-milliseconds 10000", api=False))
    facts.append(Role(servers, "change", "a cache that fills again"))
    facts.append(Role(Subject("Deployment", f"{full(frame)}-haproxy", where), "change", "the way to the cache"))


ARGO_CD = Software(
    name="argo-cd",
    charts=(
        ChartTruth(
            chart="argo-cd",
            repositories=("argoproj.github.io/argo-helm", "ghcr.io/argoproj/argo-helm"),
            stamped=frozenset({"10.1.1"}),
            expand=expand,
        ),
    ),
    support=(
        Support(
            line="3.4",
            runs=("1.31", "1.32", "1.33", "1.34", "1.35", "1.36"),
            supported=("1.32", "1.33", "1.34", "1.35"),
            source=TESTED,
            chart="10.1",
        ),
        Support(
            line="3.5",
            runs=("1.32", "1.33", "1.34", "1.35", "1.36"),
            supported=("1.33", "1.34", "1.35", "1.36"),
            source=TESTED,
            chart="10.2",
        ),
    ),
)
