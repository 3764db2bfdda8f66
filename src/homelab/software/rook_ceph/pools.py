"""What Rook's operator makes of pools, filesystems, object stores, users and bucket claims, and what classes stand on them.

Sources: rook/rook pkg/operator/ceph/{file,object,pool,disruption}. A pool serves while `min_size` copies are up: two of
three, one of two (Ceph's default is size - size/2), k+1 of k+m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Failover, Pool, Produces, Role, Singleton
from homelab.kube.resource import Manifest, dig
from homelab.software.rook_ceph.daemons import LETTERS, PLAIN, UNREACHABLE, labels, probes, storage_nodes
from homelab.software.shapes import Draft, budget, container, http_probe, kept, port, service, template, workload

Lookup = Callable[[str, str, str], Manifest | None]
DOMAINS = {
    "osd": "osd",
    "host": "host",
    "zone": "topology.kubernetes.io/zone",
    "region": "topology.kubernetes.io/region",
}
"""CRUSH level to what `Pool.domain` calls it; others are Rook's own node labels."""
VOLUMES = [{"name": "rook-ceph-log", "hostPath": {"path": "/var/lib/rook"}}, {"name": "data", "emptyDir": {}}]


def _sizes(pool: Mapping[str, Any]) -> tuple[int, int]:
    """Copies of a pool, and how many must be up."""
    coded = pool.get("erasureCoded") or {}
    if coded.get("dataChunks"):
        data, coding = int(coded["dataChunks"]), int(coded.get("codingChunks", 0))
        size, least = data + coding, data + 1
    else:
        size = int(dig(pool, ["replicated", "size"], 3))
        least = size - size // 2
    return size, int(dig(pool, ["parameters", "min_size"], least))


def _cluster(space: str, lookup: Lookup) -> tuple[Subject | None, tuple[str, ...]]:
    """The CephCluster of a namespace, which carries the namespace's name by default, and the nodes it names."""
    found = lookup("CephCluster", space, space)
    if found is None:
        return None, ()
    nodes = tuple(name for name, _ in storage_nodes(found.get("spec") or {}))
    return Subject("CephCluster", space, space), nodes


def _weakest(pools: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of the pools that one thing needs together, the one that stops first."""
    return min(pools, key=lambda pool: (_sizes(pool)[0] - _sizes(pool)[1], _sizes(pool)[0]))


def _pool(body: Manifest, lookup: Lookup, classes: tuple[str, ...] = ()) -> Pool:
    kind, name = body["kind"], body["metadata"]["name"]
    space, spec = body["metadata"].get("namespace", ""), body.get("spec") or {}
    if kind == "CephFilesystem":
        pools = [spec.get("metadataPool") or {}, *(spec.get("dataPools") or ())]
    elif kind == "CephObjectStore":
        pools = [spec.get("metadataPool") or {}, spec.get("dataPool") or {}]
    else:
        pools = [spec]
    weakest = _weakest(pools)
    size, least = _sizes(weakest)
    domain = str(weakest.get("failureDomain") or "host")
    cluster, nodes = _cluster(space, lookup)
    serves = {"CephFilesystem": "file", "CephObjectStore": "object"}.get(kind, "block")
    domain = DOMAINS.get(domain, f"topology.rook.io/{domain}")
    return Pool(Subject(kind, name, space), classes, size, least, domain, nodes, serves, cluster)


def block_pool(body: Manifest, lookup: Lookup) -> Expansion:
    """A CephBlockPool is a pool; the classes on it are told by the classes themselves."""
    return Expansion(facts=(_pool(body, lookup),))


def storage_class(body: Manifest, lookup: Lookup) -> Expansion:
    """A StorageClass of Ceph names its pool; other provisioners' classes say nothing here."""
    provisioner, parameters = str(body.get("provisioner", "")), body.get("parameters") or {}
    space = str(parameters.get("clusterID", ""))
    if provisioner.endswith("rbd.csi.ceph.com"):
        sought = ("CephBlockPool", space, str(parameters.get("pool", "")))
    elif provisioner.endswith("cephfs.csi.ceph.com"):
        sought = ("CephFilesystem", space, str(parameters.get("fsName", "")))
    elif provisioner.endswith("ceph.rook.io/bucket"):
        space = str(parameters.get("objectStoreNamespace", ""))
        sought = ("CephObjectStore", space, str(parameters.get("objectStoreName", "")))
    else:
        return Expansion()
    found = lookup(*sought)
    if found is None:
        return Expansion(unknown=(f"its {sought[0]} {sought[1]}/{sought[2]} is not declared",))
    return Expansion(facts=(_pool(found, lookup, (body["metadata"]["name"],)),))


def _pod_fields(placement: Mapping[str, Any] | None) -> dict[str, Any]:
    found = placement or {}
    affinity = {key: found[key] for key in ("nodeAffinity", "podAffinity", "podAntiAffinity") if found.get(key)}
    return kept(
        affinity=affinity or None,
        tolerations=[*(found.get("tolerations") or ()), UNREACHABLE],
        topologySpreadConstraints=found.get("topologySpreadConstraints"),
    )


def _image(space: str, lookup: Lookup) -> str:
    return str(dig(lookup("CephCluster", space, space) or {}, ["spec", "cephVersion", "image"], "quay.io/ceph/ceph"))


def _managed(space: str, lookup: Lookup) -> bool:
    return bool(dig(lookup("CephCluster", space, space) or {}, ["spec", "disruptionManagement", "managePodBudgets"]))


def _rotated(space: str, lookup: Lookup) -> list[dict[str, Any]]:
    """The sidecar that rotates logs, where the cluster asks for it."""
    spec = (lookup("CephCluster", space, space) or {}).get("spec") or {}
    if not dig(spec, ["logCollector", "enabled"]):
        return []
    sized = dig(spec, ["resources", "logcollector"])
    return [container("log-collector", _image(space, lookup), resources=sized, securityContext=PLAIN)]


def filesystem(body: Manifest, lookup: Lookup) -> Expansion:
    """A CephFilesystem: two metadata servers for each active one, each a Deployment, and a budget over them."""
    draft = Draft()
    name, space = body["metadata"]["name"], body["metadata"].get("namespace", "")
    server = dig(body, ["spec", "metadataServer"], {})
    active = int(server.get("activeCount", 1))
    for letter in LETTERS[: active * 2]:
        mine = {**labels("mds", space, "mds", f"{name}-{letter}"), "rook_file_system": name}
        health = {f"{which}Probe": {"mds": server.get(f"{which}Probe") or {}} for which in ("liveness", "startup")}
        daemon = container(
            "mds",
            _image(space, lookup),
            resources=server.get("resources"),
            securityContext=PLAIN,
            **probes(health, "mds"),
        )
        pod = template(
            mine, [daemon, *_rotated(space, lookup)], serviceAccountName="rook-ceph-default", volumes=VOLUMES,
            priorityClassName=server.get("priorityClassName"), **_pod_fields(server.get("placement")),
        )  # fmt: skip
        made = workload(
            "Deployment", f"rook-ceph-mds-{name}-{letter}", space, pod, mine, replicas=1, strategy={"type": "Recreate"}
        )
        draft.add(made, "spec.metadataServer")
        subject = Subject("Deployment", made["metadata"]["name"], space)
        draft.facts += [
            Singleton(subject, "Rook makes two metadata servers for each active one, each its own Deployment", "rook"),
            Role(subject, "run", "file operations stop until the standby has taken over"),
        ]
    least = active - 1 + (1 if server.get("activeStandby") else 0)
    if least > 0 and _managed(space, lookup):
        draft.add(
            budget(f"rook-ceph-mds-{name}", space, {"rook_file_system": name}, minAvailable=least),
            "spec.metadataServer",
        )
    subject = Subject("CephFilesystem", name, space)
    draft.facts += [
        _pool(body, lookup),
        Failover(subject, 20.0, "mds_beacon_grace is 15 s; a standby then replays", api=False, knob="ceph.mds"),
    ]
    return draft.expansion()


def object_store(body: Manifest, lookup: Lookup) -> Expansion:
    """A CephObjectStore: one Deployment of gateways with `instances` replicas, a Service and, from two on, a budget."""
    draft = Draft()
    name, space = body["metadata"]["name"], body["metadata"].get("namespace", "")
    gateway = dig(body, ["spec", "gateway"], {})
    count = int(gateway.get("instances", 1))
    chosen = {"app": "rook-ceph-rgw", "rook_cluster": space, "rook_object_store": name}
    mine = {**labels("rgw", space, "rgw", name), "rook_object_store": name, **(gateway.get("labels") or {})}
    inner = 8080 if int(gateway.get("port", 80)) < 1024 else int(gateway["port"])
    health = dig(body, ["spec", "healthCheck"], {})
    checks = {
        f"{which}Probe": http_probe("/swift/healthcheck", inner)
        for which in ("startup", "readiness")
        if not dig(health, [f"{which}Probe", "disabled"])
    }
    daemon = container(
        "rgw", _image(space, lookup), resources=gateway.get("resources"), securityContext=PLAIN, **checks
    )
    pod = template(
        mine, [daemon, *_rotated(space, lookup)], serviceAccountName="rook-ceph-rgw", volumes=VOLUMES,
        priorityClassName=gateway.get("priorityClassName"), **_pod_fields(gateway.get("placement")),
    )  # fmt: skip
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}
    draft.add(
        workload("Deployment", f"rook-ceph-rgw-{name}-a", space, pod, mine, replicas=count, strategy=strategy),
        "spec.gateway",
    )
    ends = [port("http", int(gateway["port"]), inner)] if gateway.get("port") else []
    ends += [port("https", int(gateway["securePort"]), int(gateway["securePort"]))] if gateway.get("securePort") else []
    draft.add(service(f"rook-ceph-rgw-{name}", space, chosen, ends), "spec.gateway")
    if count > 1 and _managed(space, lookup):
        draft.add(budget(f"rook-ceph-rgw-{name}", space, {"rgw": name}, minAvailable=count - 1), "spec.gateway")
    subject = Subject("Deployment", f"rook-ceph-rgw-{name}-a", space)
    draft.facts += [_pool(body, lookup), Role(subject, "run", "it answers S3")]
    return draft.expansion()


def object_user(body: Manifest, _lookup: Lookup) -> Expansion:
    """A CephObjectStoreUser's keys appear in a Secret named after store and user."""
    name, space = body["metadata"]["name"], body["metadata"].get("namespace", "")
    secret = f"rook-ceph-object-user-{dig(body, ['spec', 'store'], '')}-{name}"
    made = Produces(Subject("CephObjectStoreUser", name, space), (Subject("Secret", secret, space),))
    return Expansion(facts=(made,))


def bucket_claim(body: Manifest, _lookup: Lookup) -> Expansion:
    """An ObjectBucketClaim's keys and address appear in a Secret and a ConfigMap of its name."""
    name, space = body["metadata"]["name"], body["metadata"].get("namespace", "")
    made = tuple(Subject(kind, name, space) for kind in ("Secret", "ConfigMap"))
    return Expansion(facts=(Produces(Subject("ObjectBucketClaim", name, space), made),))
