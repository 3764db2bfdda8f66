"""CloudNativePG: databases whose instances start one after the other, whose primary moves, and whose poolers pass on.

Phases and what they mean: cloudnative-pg 1.30 api/v1/cluster_types.go; an instance is a pod of its own with its claims, named
by number, and a pod that is gone is made again on the same claims.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.twin.standins import operated
from homelab.twin.standins.acts import Act, Change, Make, Remove, Say
from homelab.twin.standins.operated import owned
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World, b64, condition, has

GROUP = "postgresql.cnpg.io"
ROLE = "cnpg.io/instanceRole"
MADE_OF = "twin.homelab.dev/made-of"
"""The annotation of a pod by which it is seen that it would be made otherwise now."""
HEALTHY = "Cluster in healthy state"
SETTING_UP, JOINING, WAITING = (
    "Setting up primary",
    "Creating a new replica",
    "Waiting for the instances to become active",
)
FAILING_OVER = "Failing over"


def cluster(body: Object, world: World) -> Iterator[Act]:
    """A Cluster: its instances, one after the other, its Services and Secrets, and who is primary."""
    made = operated.expansion(body, world)
    yield from operated.acts(body, made, without=("Pod",))
    yield from _secrets(body, world)
    yield from operated.produced(body, made, world)
    pods = [_made(owned(operated.whole(each), body)) for each in operated.objects(made) if each["kind"] == "Pod"]
    found = {each["metadata"]["name"]: _pod(each, world) for each in pods}
    primary = _primary(body, found, world)
    for pod in pods:
        name = pod["metadata"]["name"]
        labels = {ROLE: "primary" if name == primary else "replica"}
        labels["role"] = labels[ROLE]
        if found[name] is None:
            pod["metadata"]["labels"] |= labels
            yield Make(pod)
            if not _was(body, name):
                break  # the next instance is copied from those that run
        else:
            yield Change(found[name] or {}, {"metadata": {"labels": labels}})
            if not has(found[name], "Ready") and not _was(body, name):
                break
    if stale := _stale(pods, found, primary):
        yield Remove(stale)
    yield Say(body, _status(body, world, found, primary))


def _made(pod: Object) -> Object:
    """A pod that says what it was made of, so that it is seen when it would be made otherwise."""
    meta = pod["metadata"]
    mark = hashlib.sha256(json.dumps(pod["spec"], sort_keys=True).encode()).hexdigest()[:16]
    return {**pod, "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), MADE_OF: mark}}}


def _stale(pods: list[Object], found: dict[str, Object | None], primary: str) -> Object | None:
    """The pod that is to be made anew: one that would be made otherwise now, while all are ready; the primary last."""
    if not all(has(pod, "Ready") and not _leaving(pod) for pod in found.values()):
        return None
    wanted = {pod["metadata"]["name"]: pod["metadata"]["annotations"][MADE_OF] for pod in pods}
    order = sorted(found, key=lambda name: (name == primary, name))
    return next((found[name] for name in order if _mark(found[name]) != wanted[name]), None)


def _mark(pod: Object | None) -> str:
    return str(dig(pod or {}, ["metadata", "annotations", MADE_OF], ""))


def _pod(pod: Object, world: World) -> Object | None:
    return world.get("", "Pod", pod["metadata"]["namespace"], pod["metadata"]["name"])


def _was(body: Object, name: str) -> bool:
    """Whether an instance has run before."""
    return name in dig(body, ["status", "instanceNames"], [])


def _primary(body: Object, found: dict[str, Object | None], world: World) -> str:
    """Who is primary: who was, while it is ready or nobody else is; then the first that is.

    From a node that is closed for pods it moves to a ready one on another, which is how a drain gets past the primary's budget
    (internal/controller/replicas.go, *Primary is running on an unschedulable node, will try switching over*).
    """
    ready = [name for name, pod in found.items() if has(pod, "Ready") and not _leaving(pod)]
    had = dig(body, ["status", "currentPrimary"], "")
    open_ = [name for name in ready if not _closed(found[name], world)]
    if had in ready and had not in open_ and open_:
        return open_[0]
    if had in ready or not ready:
        return str(had or next(iter(found), ""))
    return ready[0]


def _closed(pod: Object | None, world: World) -> bool:
    """Whether a pod's node takes no more pods."""
    node = world.get("", "Node", "", str(dig(pod or {}, ["spec", "nodeName"], "")))
    return bool(dig(node or {}, ["spec", "unschedulable"], default=False))


def _leaving(pod: Object | None) -> bool:
    return bool((pod or {}).get("metadata", {}).get("deletionTimestamp"))


def _status(body: Object, world: World, found: dict[str, Object | None], primary: str) -> Object:
    name, mood = body["metadata"]["name"], world.mood(body)
    ready = [each for each, pod in found.items() if has(pod, "Ready")]
    there = [each for each, pod in found.items() if pod is not None]
    phase, why = _phase(body, found, ready, mood)
    whole = phase == HEALTHY
    reason = ("ClusterIsReady", "Cluster Is Ready") if whole else ("ClusterIsNotReady", "Cluster Is Not Ready")
    conditions = [condition(body, world, "Ready", whole, *reason)]
    if whole and (dig(body, ["spec", "plugins"]) or dig(body, ["spec", "backup"])):
        said = ("ContinuousArchivingSuccess", "Continuous archiving is working")
        conditions.append(condition(body, world, "ContinuousArchiving", True, *said))
    for each in conditions:
        each.pop("observedGeneration")
    return {
        "phase": phase,
        "phaseReason": why,
        "conditions": conditions,
        "instances": len(there),
        "readyInstances": len(ready),
        "instanceNames": sorted({*dig(body, ["status", "instanceNames"], []), *ready}),
        "instancesStatus": {key: names for key, names in {"healthy": ready}.items() if names},
        "currentPrimary": primary if ready else None,
        "targetPrimary": primary,
        "latestGeneratedNode": len(there),
        "writeService": f"{name}-rw",
        "readService": f"{name}-r",
        "selector": f"cnpg.io/cluster={name},cnpg.io/podRole=instance",
    }


def _phase(body: Object, found: dict[str, Object | None], ready: list[str], mood: str) -> tuple[str, str]:
    had = dig(body, ["status", "currentPrimary"], "")
    if mood == "degraded":
        return FAILING_OVER, f"Initiating a failover from {had or next(iter(found), '')}"
    if len(ready) == len(found) and mood != "progressing":
        return HEALTHY, ""
    if not ready and not had:
        return SETTING_UP, f"Creating primary instance {next(iter(found), '')}"
    if had and had not in ready and ready:
        return FAILING_OVER, f"Initiating a failover from {had}"
    if any(pod is None for pod in found.values()):
        return JOINING, f"Creating replica {next((name for name, pod in found.items() if pod is None), '')}"
    return WAITING, "Some instances are not yet active. Please wait."


def _secrets(body: Object, world: World) -> Iterator[Act]:
    """The Secret of the application's user, with the keys that clients read (pkg/specs/secrets.go)."""
    meta, begin = body["metadata"], dig(body, ["spec", "bootstrap", "initdb"], {})
    name = meta["name"]
    if not dig(begin, ["secret", "name"]):
        database = str(begin.get("database") or "app")
        yield Make(owned(_login(f"{name}-app", str(begin.get("owner") or database), database, body, world), body))
    if dig(body, ["spec", "enableSuperuserAccess"]) and not dig(body, ["spec", "superuserSecret"]):
        yield Make(owned(_login(f"{name}-superuser", "postgres", "*", body, world), body))


def _secret(name: str, space: str) -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": space}}


def _login(secret: str, user: str, database: str, body: Object, world: World) -> Object:
    space, word = body["metadata"]["namespace"], world.random(secret, body["metadata"]["uid"])
    host = f"{body['metadata']['name']}-rw"
    at = f"{host}.{space}:5432/{database}"
    said = {
        "username": user,
        "user": user,
        "password": word,
        "dbname": database,
        "host": host,
        "port": "5432",
        "uri": f"postgresql://{user}:{word}@{at}",
        "jdbc-uri": f"jdbc:postgresql://{at}?password={word}&user={user}",
        "pgpass": f"{host}:5432:{database}:{user}:{word}\n",
    }
    data = {key: b64(value) for key, value in said.items()}
    return {**_secret(secret, space), "type": "kubernetes.io/basic-auth", "data": data}


def pooler(body: Object, world: World) -> Iterator[Act]:
    """A Pooler: its Deployment and Service, active once they run."""
    made = operated.expansion(body, world)
    yield from operated.acts(body, made)
    name, space = body["metadata"]["name"], body["metadata"]["namespace"]
    found = world.get("apps", "Deployment", space, name)
    count = int(dig(found or {}, ["status", "readyReplicas"], 0))
    phase = "failed" if world.mood(body) == "degraded" else "active" if count else "inactive"
    yield Say(body, {"instances": count, "phase": phase})


def scheduled_backup(body: Object, world: World) -> Iterator[Act]:
    """A ScheduledBackup: looked at; no copy is made, for there is no data."""
    yield Say(body, {"lastCheckTime": dig(body, ["status", "lastCheckTime"], world.now)})


def backup(body: Object, world: World) -> Iterator[Act]:
    """A Backup that somebody asks for by hand: done at once, if its database runs."""
    target = world.get(GROUP, "Cluster", body["metadata"]["namespace"], dig(body, ["spec", "cluster", "name"], ""))
    if world.mood(body) == "degraded":
        yield Say(body, {"phase": "failed", "error": "held back by a drill"})
    elif has(target, "Ready") and not world.mood(body):
        since = dig(body, ["status", "startedAt"], world.now)
        done = dig(body, ["status", "stoppedAt"], world.now)
        yield Say(body, {"phase": "completed", "startedAt": since, "stoppedAt": done})
    else:
        yield Say(body, {"phase": "pending"})


CLOUDNATIVE_PG = StandIn(
    "CloudNativePG's operator",
    {
        (GROUP, "Cluster"): cluster,
        (GROUP, "Pooler"): pooler,
        (GROUP, "ScheduledBackup"): scheduled_backup,
        (GROUP, "Backup"): backup,
    },
    sees=(*operated.SEES, ("barmancloud.cnpg.io", "ObjectStore"), ("", "Node")),
    unsaid={("barmancloud.cnpg.io", "ObjectStore"): "its status says when data can be recovered, and there is none"},
    operator=Program("cloudnative-pg"),
)
