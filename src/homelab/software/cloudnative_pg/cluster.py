"""What CloudNativePG's operator makes of a Cluster: bare pods, claims, Services that follow the primary, budgets.

Sources: cloudnative-pg 1.30 `pkg/specs/{pods,services,poddisruptionbudget,pvcs}.go`, `docs/src/failure_modes.md`; plugin-barman-cloud `internal/cnpgi/operator/lifecycle.go`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from homelab.findings import Subject
from homelab.kube.facts import Calls, Database, Expansion, Failover, Opens, Produces, Role, Singleton
from homelab.kube.resource import Manifest, dig
from homelab.software.cloudnative_pg.backup import Lookup, archiver, destination, place
from homelab.software.shapes import Draft, budget, container, kept, port, service, template, thing

IMAGE = "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie"
"""What the operator runs when a Cluster names no image; its minor moves with the operator."""
FAILOVER, SWITCHOVER, CRASH = 75.0, 10.0, 20.0
"""Seconds until another instance is primary: when its node is lost (noticed in 40 to 55 s, a lease held for up to 17 s,
promotion, and the label by which Services select), when a person or a drain asks for it (the lease is released at once),
and when its container ends (seen at once, the lease waited for): CloudNativePG, failover and its end-to-end budgets."""
CONTEXT = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Security context of every container of an instance."""


def _synchronous(spec: Mapping[str, Any]) -> bool:
    return bool(dig(spec, ["postgresql", "synchronous"]) or spec.get("minSyncReplicas"))


def cluster(body: Manifest, lookup: Lookup) -> Expansion:
    """A Cluster: one pod and one claim for each instance, three Services, one or two budgets, its Secrets."""
    draft = Draft()
    name, space, spec = place(body)
    count = int(spec.get("instances", 1))
    for number in range(1, count + 1):
        _instance(draft, body, lookup, number)
    _services(draft, name, space, spec)
    if spec.get("enablePDB", True):
        mine = {"cnpg.io/cluster": name}
        primary = budget(f"{name}-primary", space, {**mine, "cnpg.io/instanceRole": "primary"}, minAvailable=1)
        draft.add(primary, "spec.enablePDB")
        if count > 2:
            rest = budget(name, space, {**mine, "cnpg.io/instanceRole": "replica"}, minAvailable=count - 2)
            draft.add(rest, "spec.enablePDB")
    for kind in ("ServiceAccount", "Role", "RoleBinding"):
        draft.names(kind, (name,), space)
    draft.facts += _facts(body, lookup)
    return draft.expansion()


def _instance(draft: Draft, body: Manifest, lookup: Lookup, number: int) -> None:
    name, space, spec = place(body)
    own = f"{name}-{number}"
    role = "primary" if number == 1 else "replica"
    labels = {
        **(dig(spec, ["inheritedMetadata", "labels"], {})),
        "app.kubernetes.io/name": "postgresql",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": "database",
        "app.kubernetes.io/managed-by": "cloudnative-pg",
        "cnpg.io/cluster": name,
        "cnpg.io/instanceName": own,
        "cnpg.io/instanceRole": role,
        "cnpg.io/podRole": "instance",
        "role": role,
    }
    volumes = [{"name": "pgdata", "persistentVolumeClaim": {"claimName": own}}]
    _claim(draft, own, space, spec.get("storage") or {}, "spec.storage")
    if spec.get("walStorage"):
        volumes.append({"name": "pg-wal", "persistentVolumeClaim": {"claimName": f"{own}-wal"}})
        _claim(draft, f"{own}-wal", space, spec["walStorage"], "spec.walStorage")
    placing = spec.get("affinity") or {}
    pod = template(
        labels,
        [_postgres(spec)],
        initContainers=_first(spec, space, lookup),
        affinity=_affinity(name, placing) or None,
        topologySpreadConstraints=spec.get("topologySpreadConstraints"),
        nodeSelector=placing.get("nodeSelector"),
        tolerations=placing.get("tolerations"),
        priorityClassName=spec.get("priorityClassName"),
        serviceAccountName=name,
        terminationGracePeriodSeconds=int(spec.get("stopDelay", 1800)),
        securityContext={"runAsNonRoot": True, "runAsUser": 26, "fsGroup": 26, "seccompProfile": {"type": "RuntimeDefault"}},
        volumes=[*volumes, {"name": "scratch-data", "emptyDir": {}}, {"name": "shm", "emptyDir": {"medium": "Memory"}}],
    )  # fmt: skip
    made = thing("Pod", own, space, spec=pod["spec"])
    made["metadata"]["labels"] = labels
    draft.add(made, "spec")


def _postgres(spec: Mapping[str, Any]) -> dict[str, Any]:
    def check(path: str) -> dict[str, Any]:
        return {"httpGet": {"path": path, "port": 8000, "scheme": "HTTPS"}}

    return container(
        "postgres",
        str(spec.get("imageName") or IMAGE),
        ports={"postgresql": 5432, "metrics": 9187, "status": 8000},
        startupProbe=check("/startupz"),
        livenessProbe=check("/healthz"),
        readinessProbe=check("/readyz"),
        resources=spec.get("resources"),
        securityContext=CONTEXT,
    )


def _first(spec: Mapping[str, Any], space: str, lookup: Lookup) -> list[dict[str, Any]]:
    """Init containers: the operator's bootstrap, and the plugin's archiver, which stays as a sidecar."""
    found = [container("bootstrap-controller", "operator", resources=spec.get("resources"), securityContext=CONTEXT)]
    store = archiver(spec)
    if store is not None:
        sized = dig(lookup("ObjectStore", space, store) or {}, ["spec", "instanceSidecarConfiguration", "resources"])
        sidecar = container(
            "plugin-barman-cloud",
            "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar",
            restartPolicy="Always",
            startupProbe={"exec": {"command": ["/manager", "healthcheck", "unix"]}},
            livenessProbe={"exec": {"command": ["/manager", "healthcheck", "unix"]}},
            resources=sized,
            securityContext=CONTEXT,
        )
        found.append(sidecar)
    return found


def _claim(draft: Draft, name: str, space: str, storage: Mapping[str, Any], key: str) -> None:
    wanted = storage.get("pvcTemplate") or {}
    spec = kept(
        storageClassName=storage.get("storageClass") or wanted.get("storageClassName"),
        accessModes=wanted.get("accessModes") or ["ReadWriteOnce"],
        resources={"requests": {"storage": storage["size"]}} if storage.get("size") else wanted.get("resources"),
    )
    draft.add(thing("PersistentVolumeClaim", name, space, spec=spec), key)


def _affinity(name: str, placing: Mapping[str, Any]) -> dict[str, Any]:
    """The operator's own anti-affinity (preferred over nodes unless said otherwise), and the additional terms."""
    found: dict[str, Any] = {}
    if placing.get("enablePodAntiAffinity", True):
        wanted = {
            "matchExpressions": [
                {"key": "cnpg.io/cluster", "operator": "In", "values": [name]},
                {"key": "cnpg.io/podRole", "operator": "In", "values": ["instance"]},
            ]
        }
        term = {"labelSelector": wanted, "topologyKey": placing.get("topologyKey") or "kubernetes.io/hostname"}
        if placing.get("podAntiAffinityType") == "required":
            found["podAntiAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        else:
            soft = [{"weight": 100, "podAffinityTerm": term}]
            found["podAntiAffinity"] = {"preferredDuringSchedulingIgnoredDuringExecution": soft}
    for when, terms in (placing.get("additionalPodAntiAffinity") or {}).items():
        ours = found.setdefault("podAntiAffinity", {})
        ours[when] = [*ours.get(when, ()), *terms]
    more = {"podAffinity": placing.get("additionalPodAffinity"), "nodeAffinity": placing.get("nodeAffinity")}
    return {**found, **kept(**more)}


def _services(draft: Draft, name: str, space: str, spec: Mapping[str, Any]) -> None:
    off = dig(spec, ["managed", "services", "disabledDefaultServices"], [])
    mine = {"cnpg.io/cluster": name}
    for ending, role in (
        ("rw", {"cnpg.io/instanceRole": "primary"}),
        ("ro", {"cnpg.io/instanceRole": "replica"}),
        ("r", {"cnpg.io/podRole": "instance"}),
    ):
        if ending == "ro" and int(spec.get("instances", 1)) < 2:
            # It exists and selects nothing: said as produced, so that it is not accused of having lost its pods.
            made = (Subject("Service", f"{name}-ro", space),)
            draft.facts.append(Produces(Subject("Cluster", name, space), made))
        elif ending not in off:
            chosen = {**mine, **role}
            draft.add(service(f"{name}-{ending}", space, chosen, [port("postgres", 5432, 5432)], type="ClusterIP"))


def _credentials(spec: Mapping[str, Any]) -> str:
    """The Secret that its owner brings; empty where the operator makes one."""
    return str(dig(spec, ["bootstrap", "initdb", "secret", "name"], ""))


def _facts(body: Manifest, lookup: Lookup) -> list[Any]:
    name, space, spec = place(body)
    subject, count = Subject("Cluster", name, space), int(spec.get("instances", 1))
    secrets = [f"{name}-{end}" for end in ("ca", "server", "replication")]
    if not _credentials(spec):
        secrets.append(f"{name}-app")
    if spec.get("enableSuperuserAccess") and not spec.get("superuserSecret"):
        secrets.append(f"{name}-superuser")
    made = tuple(Subject("Secret", each, space) for each in secrets)
    made += (Subject("ConfigMap", "cnpg-default-monitoring", space),)
    store = archiver(spec)
    archives = bool(store or dig(spec, ["backup", "barmanObjectStore"]))
    classes = str(dig(spec, ["storage", "storageClass"], ""))
    found: list[Any] = [
        Produces(subject, made),
        Database(subject, count, _synchronous(spec), classes, archives),
        Role(subject, "run", "it answers queries"),
        Opens(subject, Subject("Secret", _credentials(spec) or f"{name}-app", space), f"{name}-rw"),
    ]
    if count > 1:
        found.append(
            Failover(
                subject,
                FAILOVER,
                "readiness of the primary, promotion, and the label of the -rw Service",
                knob="cnpg.failover",
                switchover=SWITCHOVER,
                planned="cnpg.switchover",
                crash=CRASH,
                crashed="cnpg.crash",
                operator="cloudnative-pg/cloudnative-pg",
            )
        )
    if store and (where := destination(space, store, lookup)):
        port_of = urlsplit(where.endpoint).port or (443 if where.endpoint.startswith("https") else 80)
        host = urlsplit(where.endpoint).hostname or ""
        if host:
            found.append(Calls(subject, host, port_of, "change", "the log is archived there; segments wait meanwhile"))
    return found + [
        Singleton(
            Subject("Pod", f"{name}-{number}", space), "one instance of a Cluster; `instances` makes more", "cnpg"
        )
        for number in range(1, count + 1)
    ]
