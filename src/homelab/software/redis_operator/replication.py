"""What the Redis operator makes of a RedisReplication or a RedisSentinel: StatefulSets, Services, budgets.

Sources: OT-CONTAINER-KIT/redis-operator 0.26 `internal/k8sutils/{redis-replication,redis-sentinel,statefulset,services,
poddisruption}.go`, `internal/controller/redisreplication/`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Calls, Expansion, Failover, Produces, Quorum, Role
from homelab.kube.resource import Manifest, dig
from homelab.software.shapes import Draft, budget, container, kept, port, service, template, workload
from homelab.software.software import KindTruth

Lookup = Callable[[str, str, str], Manifest | None]
PORT, SENTINEL_PORT, EXPORTER_PORT = 6379, 26379, 9121
PLACEMENT = ("affinity", "nodeSelector", "priorityClassName", "tolerations", "topologySpreadConstraints")
TAKEOVER = 25.0
"""Seconds until writes go on: Sentinel calls a master down after 5 s and promotes within 10 s (`failoverTimeout`); the
operator then moves the label by which the `-master` Service selects, every 10 s."""
UNWATCHED, RESTARTED = 14400.0, 90.0
"""Seconds until a master is back without Sentinel, for nobody is promoted: on a dead node its pod is stuck until a person
frees it, as that of any StatefulSet; from a node that is drained it starts elsewhere."""
OPERATOR = "redis-operator"
"""A part of the operator's image."""


def place(body: Manifest) -> tuple[str, str, Mapping[str, Any]]:
    """Name, namespace and spec of a custom resource."""
    meta = body["metadata"]
    return meta["name"], meta.get("namespace", ""), body.get("spec") or {}


def labels_of(body: Manifest, name: str, kind: str, role: str) -> dict[str, str]:
    """Labels of pods: the operator's own, and those of the custom resource."""
    own = {"app": name, "redis_setup_type": kind, "role": role}
    return {**own, **(body["metadata"].get("labels") or {})}


def _ping(*, given: Any = None) -> dict[str, Any]:
    return given if isinstance(given, dict) and given else {"exec": {"command": ["sh", "-c", "redis-cli ping"]}}


def containers(name: str, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Redis, and its exporter where it is on. The operator names Redis's container after the StatefulSet."""
    settings, exporter = spec.get("kubernetesConfig") or {}, spec.get("redisExporter") or {}
    found = [
        container(
            name,
            str(settings.get("image", "")),
            readinessProbe=_ping(given=spec.get("readinessProbe")),
            livenessProbe=_ping(given=spec.get("livenessProbe")),
            resources=settings.get("resources"),
            securityContext=spec.get("securityContext"),
        )
    ]
    if exporter.get("enabled"):
        found.append(
            container(
                "redis-exporter",
                str(exporter.get("image", "")),
                ports={"redis-exporter": int(exporter.get("port", EXPORTER_PORT))},
                resources=exporter.get("resources"),
                securityContext=exporter.get("securityContext"),
            )
        )
    return found + [dict(each) for each in spec.get("sidecars") or ()]


def pod_of(labels: Mapping[str, str], containers: list[dict[str, Any]], spec: Mapping[str, Any]) -> dict[str, Any]:
    """The pod template, placed and run as the resource says."""
    return template(
        labels,
        containers,
        securityContext=spec.get("podSecurityContext"),
        serviceAccountName=spec.get("serviceAccountName"),
        **{key: spec.get(key) or None for key in PLACEMENT},
    )


def guard(draft: Draft, name: str, space: str, selector: Mapping[str, str], spec: Mapping[str, Any]) -> None:
    """Add the budget, where the resource enables it; without a bound the operator asks for a majority."""
    wanted = spec.get("pdb") or {}
    if not wanted.get("enabled"):
        return
    bound = kept(minAvailable=wanted.get("minAvailable"), maxUnavailable=wanted.get("maxUnavailable"))
    bound = bound or {"minAvailable": int(spec.get("clusterSize", 1)) // 2 + 1}
    draft.add(budget(name, space, selector, **bound), "spec.pdb")


def replication(body: Manifest, _lookup: Lookup) -> Expansion:
    """A RedisReplication: one StatefulSet of a master and its replicas, Services by role, and Sentinels where asked for."""
    draft = Draft()
    name, space, spec = place(body)
    count = int(spec.get("clusterSize", 1))
    labels = labels_of(body, name, "replication", "replication")
    stable = {"app": name, "redis_setup_type": "replication", "role": "replication"}
    # At run time one pod carries `master` and the others `slave`. The template says `master`, so that the Service that
    # follows the master finds the pods any of which may be it; its sibling for replicas is only said to appear.
    pod = pod_of({**labels, "redis-role": "master"}, containers(name, spec), spec)
    claims = claims_of(name, spec)
    given = spec.get("kubernetesConfig") or {}
    made = workload(
        "StatefulSet", name, space, pod, stable, replicas=count, serviceName=f"{name}-headless",
        updateStrategy=given.get("updateStrategy"), volumeClaimTemplates=claims or None,
    )  # fmt: skip
    draft.add(made, "spec")
    _services(draft, name, space, labels, spec)
    guard(draft, f"{name}-replication", space, {"app": name, "role": "replication"}, spec)
    subject, watched = Subject("RedisReplication", name, space), bool(dig(spec, ["sentinel", "size"]))
    replicas = tuple(Subject("Service", f"{name}-{each}", space) for each in ("replica", "additional"))
    draft.facts += [Produces(subject, replicas), Role(subject, "run", "it answers its clients")]
    if count > 1:
        draft.facts.append(
            _promoted(subject, Subject("StatefulSet", f"{name}-s", space)) if watched else _stuck(subject)
        )
    if watched:
        _watchers(draft, body)
    return draft.expansion()


def _promoted(subject: Subject, sentinels: Subject) -> Failover:
    """A majority of Sentinels promotes, and the operator moves the label."""
    why = "Sentinel promotes, the operator moves the label"
    return Failover(subject, TAKEOVER, why, knob="redis.sentinel", by=(sentinels,), operator=OPERATOR)


def _stuck(subject: Subject) -> Failover:
    why = "the master's pod starts again"
    return Failover(
        subject, UNWATCHED, why, knob="person.frees", switchover=RESTARTED, planned="kubernetes.drain",
        crash=UNWATCHED, crashed="person.frees",
    )  # fmt: skip


def claims_of(name: str, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claim of each pod, called like the StatefulSet; none without storage."""
    storage = spec.get("storage")
    if not storage:
        return []
    wanted = dig(storage, ["volumeClaimTemplate", "spec"], {})
    modes = wanted.get("accessModes") or ["ReadWriteOnce"]
    return [{"metadata": {"name": name}, "spec": {**wanted, "accessModes": modes}}]


def _services(draft: Draft, name: str, space: str, labels: Mapping[str, str], spec: Mapping[str, Any]) -> None:
    client, exporter = port("redis-client", PORT, PORT), spec.get("redisExporter") or {}
    ends = [client]
    if exporter.get("enabled"):
        number = int(exporter.get("port", EXPORTER_PORT))
        ends.append(port("redis-exporter", number, number))
    for made in (
        service(name, space, labels, ends, type="ClusterIP"),
        service(f"{name}-headless", space, labels, [client], type="ClusterIP", clusterIP="None"),
        service(f"{name}-master", space, {**labels, "redis-role": "master"}, [client], type="ClusterIP"),
    ):
        # The operator labels a Service with what it selects: monitors find it by that.
        made["metadata"]["labels"] = dict(made["spec"]["selector"])
        draft.add(made, "spec")


def _watchers(draft: Draft, body: Manifest) -> None:
    """The Sentinels inside a RedisReplication: a StatefulSet and a headless Service, and no budget of the operator's."""
    name, space, spec = place(body)
    own, sentinel = f"{name}-s", spec["sentinel"]
    labels = labels_of(body, own, "sentinel", "sentinel")
    watcher = container(
        "sentinel",
        str(sentinel.get("image", "")),
        ports={"sentinel": SENTINEL_PORT},
        resources=sentinel.get("resources"),
        securityContext=sentinel.get("securityContext"),
    )
    pod = pod_of(labels, [watcher], sentinel)
    size = int(sentinel["size"])
    made = workload("StatefulSet", own, space, pod, labels, replicas=size, serviceName=f"{name}-s-hl")
    draft.add(made, "spec.sentinel")
    ends = [port("sentinel", SENTINEL_PORT, SENTINEL_PORT)]
    draft.add(service(f"{name}-s-hl", space, labels, ends, clusterIP="None"), "spec.sentinel")
    _majority(draft, Subject("StatefulSet", own, space), size)


def _majority(draft: Draft, subject: Subject, size: int) -> None:
    why = "it is asked only when a master fails; a running master serves without it"
    draft.facts += [
        Role(subject, "change", why),
        Quorum(subject, (subject,), size // 2 + 1, size, "Sentinels that elect who promotes"),
    ]


def sentinel(body: Manifest, _lookup: Lookup) -> Expansion:
    """A RedisSentinel: a StatefulSet `-sentinel` that watches a RedisReplication, two Services, and its budget."""
    draft = Draft()
    name, space, spec = place(body)
    own, size = f"{name}-sentinel", int(spec.get("clusterSize", 1))
    labels = labels_of(body, own, "sentinel", "sentinel")
    stable = {"app": own, "redis_setup_type": "sentinel", "role": "sentinel"}
    pod = pod_of(labels, containers(own, spec), spec)
    made = workload("StatefulSet", own, space, pod, stable, replicas=size, serviceName=f"{own}-headless")
    draft.add(made, "spec")
    ends = [port("sentinel-client", SENTINEL_PORT, SENTINEL_PORT)]
    draft.add(service(own, space, labels, ends, type="ClusterIP"), "spec")
    draft.add(service(f"{own}-headless", space, labels, ends, type="ClusterIP", clusterIP="None"), "spec")
    guard(draft, own, space, {"app": own, "role": "sentinel"}, spec)
    subject = Subject("StatefulSet", own, space)
    _majority(draft, subject, size)
    target = str(dig(spec, ["redisSentinelConfig", "redisReplicationName"], ""))
    if target:
        draft.facts.append(Calls(subject, f"{target}-headless", PORT, "change", "it watches these pods"))
        draft.facts.append(_promoted(Subject("RedisReplication", target, space), subject))
    return draft.expansion()


GROUP = "redis.redis.opstreelabs.in"
REPLICATION = KindTruth(GROUP, "RedisReplication", replication)
SENTINEL = KindTruth(GROUP, "RedisSentinel", sentinel)
