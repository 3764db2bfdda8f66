"""Rook: the daemons of a Ceph cluster, in the order in which its operator makes them, and what it says of pools and stores.

Phases: rook/rook 1.20 pkg/apis/ceph.rook.io/v1/types.go (`ConditionType`); a filesystem, a store and a pool wait for their
cluster.
"""

from __future__ import annotations

from collections.abc import Iterator

from homelab.cluster.api import Object
from homelab.kube.resource import dig
from homelab.twin.standins import operated
from homelab.twin.standins.acts import Act, Keep, Make, Say
from homelab.twin.standins.operated import owned
from homelab.twin.standins.standin import Program, StandIn
from homelab.twin.standins.world import World, b64, condition

GROUP = "ceph.rook.io"
UNPHASED = ("rook-ceph-mon-", "rook-ceph-mgr-")
"""What stands before disks become OSDs: monitors, then managers."""
USER = ("AccessKey", "SecretKey")


def cluster(body: Object, world: World) -> Iterator[Act]:
    """A CephCluster: monitors, then managers, then the rest; ready and HEALTH_OK once all of them run."""
    made = operated.expansion(body, world)
    everything = list(operated.acts(body, made))
    stages = {stage: [act for act in everything if _stage(act) == stage] for stage in range(3)}
    yield from operated.produced(body, made, world)
    whole = True
    for acts in stages.values():
        yield from acts
        whole = all(operated.ready(act.body, world) for act in acts if isinstance(act, Keep))
        if not whole:
            break
    mood = world.mood(body)
    yield Say(body, _cluster_status(body, world, whole=whole and mood != "progressing", broken=mood == "degraded"))


def _stage(act: Act) -> int:
    """In which step the operator makes an object."""
    name = act.body["metadata"]["name"]
    return next((number for number, begins in enumerate(UNPHASED) if name.startswith(begins)), 2)


def _cluster_status(body: Object, world: World, *, whole: bool, broken: bool) -> Object:
    phase = "Ready" if whole or broken else "Progressing"
    message = "Cluster created successfully" if phase == "Ready" else "Configuring Ceph Mons"
    said = ("ClusterCreated", message) if phase == "Ready" else ("ClusterProgressing", message)
    found = [condition(body, world, phase, True, *said)]
    for each in found:
        each.pop("observedGeneration")
        each["lastHeartbeatTime"] = each["lastTransitionTime"]
    health = "HEALTH_ERR" if broken else "HEALTH_OK" if whole else "HEALTH_WARN"
    checked = next((each for each in [dig(body, ["status", "ceph", "lastChecked"])] if each), world.now)
    return {
        "phase": phase,
        "state": "Created" if phase == "Ready" else "Creating",
        "message": message,
        "conditions": found,
        "observedGeneration": body["metadata"].get("generation", 1),
        "ceph": {"health": health, "lastChecked": checked},
    }


def part(body: Object, world: World) -> Iterator[Act]:
    """A pool, filesystem, group of volumes or store: made once its cluster is, ready once its own daemons run."""
    mood, above = world.mood(body), _above(body, world)
    if above is None or dig(above, ["status", "phase"]) != "Ready" or mood == "progressing":
        yield Say(body, {"phase": "Progressing"})
        return
    whole = True
    if body["kind"] in {"CephFilesystem", "CephObjectStore"}:
        made = operated.expansion(body, world)
        yield from operated.acts(body, made)
        whole = operated.running(body, made, world)
    phase = "Failure" if mood == "degraded" else "Ready" if whole else "Progressing"
    yield Say(body, {"phase": phase, "observedGeneration": body["metadata"].get("generation", 1), **_where(body)})


def _above(body: Object, world: World) -> Object | None:
    return next(iter(world.of(GROUP, "CephCluster", body["metadata"]["namespace"])), None)


def _where(body: Object) -> Object:
    """Where a store is reached."""
    if body["kind"] != "CephObjectStore":
        return {}
    name, space = body["metadata"]["name"], body["metadata"]["namespace"]
    gateway = dig(body, ["spec", "gateway"], {})
    host = f"rook-ceph-rgw-{name}.{space}.svc"
    plain = [f"http://{host}:{gateway['port']}"] if gateway.get("port") else []
    secure = [f"https://{host}:{gateway['securePort']}"] if gateway.get("securePort") else []
    info = {"endpoint": plain[0]} if plain else {}
    info |= {"secureEndpoint": secure[0]} if secure else {}
    return {"info": info, "endpoints": {key: each for key, each in (("insecure", plain), ("secure", secure)) if each}}


def user(body: Object, world: World) -> Iterator[Act]:
    """A CephObjectStoreUser: its keys in a Secret, once its store is ready."""
    meta, store = body["metadata"], str(dig(body, ["spec", "store"], ""))
    behind = world.get(GROUP, "CephObjectStore", meta["namespace"], store)
    if dig(behind or {}, ["status", "phase"]) != "Ready" or world.mood(body):
        yield Say(body, {"phase": "ReconcileFailed"})
        return
    name = f"rook-ceph-object-user-{store}-{meta['name']}"
    data = {key: b64(world.random(key, meta["uid"])[:40]) for key in USER}
    data["Endpoint"] = b64(str(dig(behind or {}, ["status", "info", "endpoint"], "")))
    home = {"name": name, "namespace": meta["namespace"]}
    kind = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/rook"}
    yield Make(owned({**kind, "metadata": home, "data": data}, body))
    yield Say(body, {"phase": "Ready", "info": {"secretName": name}})


def bucket(body: Object, world: World) -> Iterator[Act]:
    """An ObjectBucketClaim: its ConfigMap and Secret, as lib-bucket-provisioner makes them (pkg/provisioner/resourcehandlers.go)."""
    meta, spec = body["metadata"], body["spec"]
    wanted = world.get("storage.k8s.io", "StorageClass", "", str(spec.get("storageClassName", "")))
    given = (wanted or {}).get("parameters") or {}
    store, space = given.get("objectStoreName", ""), given.get("objectStoreNamespace", "")
    behind = world.get("ceph.rook.io", "CephObjectStore", space, store)
    if behind is None or dig(behind, ["status", "phase"]) != "Ready" or world.mood(body):
        yield Say(body, {"phase": "Failed" if world.mood(body) == "degraded" else "Pending"})
        return
    name = dig(body, ["spec", "bucketName"], "") or f"{spec.get('generateBucketName', meta['name'])}-{meta['uid']}"
    where = {
        "BUCKET_HOST": f"rook-ceph-rgw-{store}.{space}.svc",
        "BUCKET_PORT": str(dig(behind, ["spec", "gateway", "port"], 80)),
        "BUCKET_NAME": name,
        "BUCKET_REGION": given.get("region", ""),
        "BUCKET_SUBREGION": "",
    }
    keys = {
        "AWS_ACCESS_KEY_ID": world.random("key", meta["uid"])[:20].upper(),
        "AWS_SECRET_ACCESS_KEY": world.random("secret", meta["uid"])[:40],
    }
    home = {"name": meta["name"], "namespace": meta["namespace"]}
    yield Make(owned({"apiVersion": "v1", "kind": "ConfigMap", "metadata": home, "data": where}, body))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": home, "type": "Opaque"}
    yield Make(owned({**secret, "data": {key: b64(value) for key, value in keys.items()}}, body))
    yield Say(body, {"phase": "Bound"})


PARTS = ("CephBlockPool", "CephFilesystem", "CephFilesystemSubVolumeGroup", "CephObjectStore")
ROOK_CEPH = StandIn(
    "Rook's operator",
    {
        (GROUP, "CephCluster"): cluster,
        **{(GROUP, kind): part for kind in PARTS},
        (GROUP, "CephObjectStoreUser"): user,
        ("objectbucket.io", "ObjectBucketClaim"): bucket,
    },
    sees=(*operated.SEES, ("storage.k8s.io", "StorageClass")),
    operator=Program("rook/ceph", "rook-ceph-operator"),
)
