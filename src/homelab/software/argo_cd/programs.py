"""Argo CD: one controller, a cache that may vanish, nothing in the path of requests.

Sources: argo-cd docs/operator-manual/{high_availability,tested-kubernetes-versions}.md.
"""

from __future__ import annotations

from collections.abc import Iterable

from homelab.findings import Subject
from homelab.kube.facts import Calls, Fact, Failover, Produces, Quorum, Role, Singleton, Standby
from homelab.kube.workload import Workload
from homelab.software.seen import LEASE, Around, both, role, runs, single
from homelab.software.software import ImageTruth

IMAGE = "argoproj/argocd"
HA = "argo-cd docs/operator-manual/high_availability.md"
SENTINEL = 12.0
"""Seconds until clients talk to the new master: 10 s until it counts as down, then vote and HAProxy's check."""


def _called(around: Around, phase: str) -> Iterable[Fact]:
    """The cache, and for all but the repo-server also the repo-server."""
    caches = [w for w in around.workloads if _cache(w) is not None]
    caches.sort(key=lambda w: not w.name.endswith("haproxy"))
    if caches and (host := around.service_of(caches[0])):
        yield Calls(around.subject, host, 6379, phase, "the cache of application trees and manifests")
    for renderer in around.running(IMAGE, "argocd-repo-server"):
        host = around.service_of(renderer)
        if renderer.subject != around.subject and host:
            yield Calls(around.subject, host, 8081, "change", "manifests are rendered there")


def _cache(workload: Workload) -> str | None:
    """`redis` or `haproxy`, for the cache of an Argo CD."""
    belongs = "argocd" in workload.name or "redis-ha" in workload.name
    images = [c.image for c in workload.containers] if belongs else []
    return next((name for name in ("haproxy", "redis") if any(runs(image, name) for image in images)), None)


def _server(around: Around) -> Iterable[Fact]:
    made = Subject("Secret", "argocd-initial-admin-secret", around.workload.namespace)
    yield Produces(around.subject, (made,))
    yield from _called(around, "run")


def _controller(around: Around) -> Iterable[Fact]:
    yield Singleton(around.subject, "its replicas share out clusters; with one cluster a second one idles", HA)
    yield Role(around.subject, "change", "what it deployed runs on without it")
    yield from _called(around, "change")


def _renderer(around: Around) -> Iterable[Fact]:
    yield Role(around.subject, "change", "manifests are rendered only for a comparison or a sync")
    yield from _called(around, "change")


def _sets(around: Around) -> Iterable[Fact]:
    yield Role(around.subject, "change", "what it deployed runs on without it")
    if (around.workload.replicas or 1) > 1:
        yield Standby(around.subject, LEASE, HA)


def _redis(around: Around) -> Iterable[Fact]:
    """The cache: alone, or three with Sentinels."""
    if _cache(around.workload) is None:
        return
    yield Role(around.subject, "change", "a cache that fills again")
    if any(c.name == "sentinel" for c in around.workload.containers):
        size = around.workload.replicas or 1
        yield Quorum(around.subject, (around.subject,), 2, size, "Sentinels that elect a Redis master (quorum 2)")
        yield Failover(
            around.subject, SENTINEL, "chart argo-cd: down-after-milliseconds 10000", api=False, knob="argocd.sentinel"
        )
    else:
        yield Singleton(around.subject, "two caches behind one Service answer at random; redis-ha makes three", HA)


def _proxy(around: Around) -> Iterable[Fact]:
    if _cache(around.workload) == "haproxy":
        yield Role(around.subject, "change", "the way to the cache")


def _password(around: Around) -> Iterable[Fact]:
    yield Produces(around.subject, (Subject("Secret", "argocd-redis", around.workload.namespace),))


ALONE = both(single("it elects no leader", HA), role("change", "messages and logins only"))

PROGRAMS: tuple[ImageTruth, ...] = (
    ImageTruth(IMAGE, _server, word="argocd-server"),
    ImageTruth(IMAGE, _controller, word="argocd-application-controller"),
    ImageTruth(IMAGE, _renderer, word="argocd-repo-server"),
    ImageTruth(IMAGE, _sets, word="argocd-applicationset-controller"),
    ImageTruth(IMAGE, ALONE, word="argocd-notifications"),
    ImageTruth(IMAGE, _password, word="redis-initial-password"),
    ImageTruth("dexidp/dex", ALONE),
    ImageTruth("redis", _redis),
    ImageTruth("haproxy", _proxy),
)
"""What is true of its programs, however they were installed."""
