"""What Rook's operator makes of a CephCluster: monitors, managers, OSDs, their Services, budgets and monitors.

Each daemon is a Deployment of its own with one replica; redundancy is the number of Deployments. Sources: rook/rook
pkg/operator/ceph/cluster/{mon,mgr,osd,nodedaemon} and pkg/operator/ceph/disruption; ports from the Ceph documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homelab.findings import Subject
from homelab.kube.facts import Expansion, Produces, Quorum, Role, Singleton
from homelab.kube.resource import Manifest, dig
from homelab.software.shapes import Draft, budget, container, kept, port, service, template, thing, workload

LETTERS = "abcdefghijklmnopqrstuvwxyz"
EXEC = {"exec": {"command": ["ceph-daemon-admin-socket"]}}
PLAIN = {"privileged": False, "capabilities": {"drop": ["NET_RAW"]}}
PRIVILEGED = {"privileged": True, "runAsUser": 0, "readOnlyRootFilesystem": False}
ONE_EACH = "Rook gives each daemon a Deployment of its own; redundancy is their number"
DATA = [{"name": "ceph-daemon-data", "hostPath": {"path": "/var/lib/rook"}}, {"name": "config", "emptyDir": {}}]
UNREACHABLE = {
    "key": "node.kubernetes.io/unreachable",
    "operator": "Exists",
    "effect": "NoExecute",
    "tolerationSeconds": 5,
}
SECRETS = (
    "rook-ceph-config", "rook-ceph-admin-keyring", "rook-ceph-mons-keyring", "rook-ceph-crash-collector-keyring",
    "rook-ceph-exporter-keyring", "rook-ceph-mon", "rook-ceph-dashboard-password", "rook-csi-rbd-provisioner", "rook-csi-rbd-node",
    "rook-csi-cephfs-provisioner", "rook-csi-cephfs-node",
)  # fmt: skip


def labels(app: str, space: str, kind: str, name: str) -> dict[str, str]:
    """The labels of a daemon's pods by which Services, budgets and people find them."""
    return {
        "app": f"rook-ceph-{app}",
        "rook_cluster": space,
        "ceph_daemon_type": kind,
        "ceph_daemon_id": name,
        kind: name,
    }


def placed(spec: Mapping[str, Any], *daemons: str) -> dict[str, Any]:
    """The pod fields that `placement` gives: what holds for all daemons, then what holds for this one."""
    found: dict[str, Any] = {}
    for daemon in ("all", *daemons):
        found |= dig(spec, ["placement", daemon], {})
    affinity = {name: found[name] for name in ("nodeAffinity", "podAffinity", "podAntiAffinity") if found.get(name)}
    return kept(
        affinity=affinity or None,
        tolerations=[*(found.get("tolerations") or ()), UNREACHABLE],
        topologySpreadConstraints=found.get("topologySpreadConstraints"),
    )


def apart(pods: Mapping[str, str]) -> dict[str, Any]:
    """Anti-affinity by which no two of these pods share a node."""
    term = {"labelSelector": {"matchLabels": dict(pods)}, "topologyKey": "kubernetes.io/hostname"}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def probes(health: Mapping[str, Any], daemon: str) -> dict[str, Any]:
    """Liveness and startup probes, each unless it is disabled for this daemon."""
    return {
        f"{which}Probe": EXEC
        for which in ("liveness", "startup")
        if not dig(health, [f"{which}Probe", daemon, "disabled"])
    }


def expand(body: Manifest, _lookup: Callable[[str, str, str], Manifest | None]) -> Expansion:
    """What the operator makes of a CephCluster."""
    draft = Draft()
    spec, space = body.get("spec") or {}, body["metadata"].get("namespace", "")
    if dig(spec, ["external", "enable"]):
        return Expansion(unknown=("an external Ceph cluster stands elsewhere",))
    subject = Subject("CephCluster", body["metadata"]["name"], space)
    _monitors(draft, spec, space, subject)
    _managers(draft, spec, space)
    nodes = _osds(draft, spec, space)
    _per_node(draft, spec, space, nodes)
    if dig(spec, ["disruptionManagement", "managePodBudgets"]):
        _budgets(draft, spec, space)
    made = [Subject("Secret", name, space) for name in SECRETS]
    made += [Subject("ConfigMap", name, space) for name in ("rook-ceph-mon-endpoints", "rook-config-override")]
    draft.facts.append(Produces(subject, tuple(made)))
    return draft.expansion()


def _daemon(name: str, kind: str, spec: Mapping[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """The daemon's container and, where logs are rotated, the sidecar that does it."""
    image = str(dig(spec, ["cephVersion", "image"], ""))
    sized = spec.get("resources") or {}
    pods = [container(name, image, resources=sized.get(kind) or None, **fields)]
    if kind == "mgr":
        pods.append(container("watch-active", "docker.io/rook/ceph", resources=sized.get("mgr-sidecar") or None))
    if dig(spec, ["logCollector", "enabled"]):
        pods.append(
            container("log-collector", image, resources=sized.get("logcollector") or None, securityContext=PLAIN)
        )
    return pods


def _alone(draft: Draft, body: Manifest, phase: str, why: str, key: str) -> Subject:
    subject = Subject("Deployment", body["metadata"]["name"], body["metadata"]["namespace"])
    draft.add(body, key)
    draft.facts += [Singleton(subject, ONE_EACH, "rook operator"), Role(subject, phase, why)]
    return subject


def _monitors(draft: Draft, spec: Mapping[str, Any], space: str, cluster: Subject) -> None:
    count = int(dig(spec, ["mon", "count"], 3))
    members = []
    for letter in LETTERS[:count]:
        mine = {**labels("mon", space, "mon", letter), "mon_cluster": space}
        where = placed(spec, "mon")
        if not dig(spec, ["mon", "allowMultiplePerNode"]):
            where["affinity"] = {**where.get("affinity", {}), **apart({"app": "rook-ceph-mon"})}
        ports = {"tcp-msgr2": 3300, "tcp-msgr1": 6789}
        pods = _daemon(
            "mon", "mon", spec, ports=ports, securityContext=PLAIN, **probes(spec.get("healthCheck") or {}, "mon")
        )
        pod = template(
            mine, pods, serviceAccountName="rook-ceph-default", volumes=DATA,
            priorityClassName=dig(spec, ["priorityClassNames", "mon"]), **where,
        )  # fmt: skip
        name = f"rook-ceph-mon-{letter}"
        made = workload("Deployment", name, space, pod, mine, replicas=1, strategy={"type": "Recreate"})
        members.append(
            _alone(draft, made, "run", "a majority of monitors must agree before anything is served", "spec.mon")
        )
        ends = [port("tcp-msgr1", 6789, 6789), port("tcp-msgr2", 3300, 3300)]
        draft.add(
            service(name, space, {"app": "rook-ceph-mon", "mon": letter, "rook_cluster": space}, ends), "spec.mon"
        )
    draft.facts.append(Quorum(cluster, tuple(members), count // 2 + 1, count, "Ceph monitors"))


def _managers(draft: Draft, spec: Mapping[str, Any], space: str) -> None:
    count = int(dig(spec, ["mgr", "count"], 2))
    for letter in LETTERS[:count]:
        mine = labels("mgr", space, "mgr", letter)
        where = placed(spec, "mgr")
        if not dig(spec, ["mgr", "allowMultiplePerNode"]):
            where["affinity"] = {**where.get("affinity", {}), **apart({"app": "rook-ceph-mgr"})}
        ports = {"mgr": 6800, "http-metrics": 9283, "dashboard": 8443}
        pods = _daemon(
            "mgr", "mgr", spec, ports=ports, securityContext=PLAIN, **probes(spec.get("healthCheck") or {}, "mgr")
        )
        pod = template(
            mine, pods, serviceAccountName="rook-ceph-mgr", volumes=DATA,
            priorityClassName=dig(spec, ["priorityClassNames", "mgr"]), **where,
        )  # fmt: skip
        name = f"rook-ceph-mgr-{letter}"
        made = workload("Deployment", name, space, pod, mine, replicas=1, strategy={"type": "Recreate"})
        _alone(draft, made, "change", "metrics, dashboard and balancing; volumes are served without it", "spec.mgr")
    # Running pods also carry mgr_role=active, which a sidecar moves; no template has it, so no selector here asks for it.
    chosen = {"app": "rook-ceph-mgr", "rook_cluster": space}
    metrics = draft.add(service("rook-ceph-mgr", space, chosen, [port("http-metrics", 9283, 9283)]), "spec.mgr")
    metrics["metadata"]["labels"] = chosen
    if dig(spec, ["dashboard", "enabled"]):
        tls = dig(spec, ["dashboard", "ssl"], True)
        number = int(dig(spec, ["dashboard", "port"], 8443 if tls else 7000))
        end = port("https-dashboard" if tls else "http-dashboard", number, number)
        draft.add(service("rook-ceph-mgr-dashboard", space, chosen, [end]), "spec.dashboard")
    if dig(spec, ["monitoring", "enabled"]):
        _watched(draft, space, "rook-ceph-mgr", "http-metrics")
        _watched(draft, space, "rook-ceph-exporter", "ceph-exporter-http-metrics")


def _watched(draft: Draft, space: str, name: str, end: str) -> None:
    spec = {
        "namespaceSelector": {"matchNames": [space]},
        "selector": {"matchLabels": {"app": name, "rook_cluster": space}},
        "endpoints": [{"port": end, "path": "/metrics", "interval": "10s"}],
    }
    draft.add(thing("ServiceMonitor", name, space, spec=spec), "spec.monitoring")


def storage_nodes(spec: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Each storage node with the number of devices it names."""
    return [
        (str(node.get("name")), len(node.get("devices") or dig(spec, ["storage", "devices"], ())))
        for node in dig(spec, ["storage", "nodes"], ())
    ]


def _osds(draft: Draft, spec: Mapping[str, Any], space: str) -> list[str]:
    nodes = storage_nodes(spec)
    if dig(spec, ["storage", "useAllNodes"]) or any(not devices for _, devices in nodes):
        draft.unknown.append("which disks become OSDs is decided on the nodes: storage names no devices")
    number = 0
    for node, devices in nodes:
        for _ in range(devices):
            mine = {
                **labels("osd", space, "osd", str(number)),
                "ceph-osd-id": str(number),
                "topology-location-host": node,
            }
            pods = _daemon(
                "osd", "osd", spec, securityContext=PRIVILEGED, **probes(spec.get("healthCheck") or {}, "osd")
            )
            pod = template(
                mine, pods, serviceAccountName="rook-ceph-osd", volumes=DATA,
                nodeSelector={"kubernetes.io/hostname": node},
                priorityClassName=dig(spec, ["priorityClassNames", "osd"]), **placed(spec, "osd"),
            )  # fmt: skip
            made = workload(
                "Deployment", f"rook-ceph-osd-{number}", space, pod, mine, replicas=1, strategy={"type": "Recreate"}
            )
            _alone(draft, made, "run", "it serves the copies on its disk", "spec.storage")
            number += 1
    return [node for node, _ in nodes]


def _per_node(draft: Draft, spec: Mapping[str, Any], space: str, nodes: list[str]) -> None:
    """The exporter and the crash collector of each storage node; other nodes with daemons get them too."""
    image = str(dig(spec, ["cephVersion", "image"], ""))
    sized = spec.get("resources") or {}
    # Neither says its ports (nodedaemon/exporter.go); the exporter's is known by its Service alone.
    exporter, crash = ("exporter", "ceph-exporter"), ("crashcollector", "ceph-crash")
    wanted = [exporter] if dig(spec, ["crashCollector", "disable"]) else [exporter, crash]
    for app, name in wanted:
        for node in nodes:
            mine = {"app": f"rook-ceph-{app}", "rook_cluster": space, "node_name": node}
            only = container(name, image, resources=sized.get(app) or None, securityContext=PLAIN)
            pod = template(
                mine, [only], serviceAccountName="rook-ceph-default", volumes=DATA,
                nodeSelector={"kubernetes.io/hostname": node}, **placed(spec),
            )  # fmt: skip
            made = workload("Deployment", f"rook-ceph-{app}-{node}", space, pod, mine, replicas=1)
            _alone(draft, made, "change", "it watches the daemons of one node", "spec.monitoring")
    chosen = {"app": "rook-ceph-exporter", "rook_cluster": space}
    end = port("ceph-exporter-http-metrics", 9926, 9926)
    made = draft.add(service("rook-ceph-exporter", space, chosen, [end]), "spec.monitoring")
    made["metadata"]["labels"] = chosen


def _budgets(draft: Draft, spec: Mapping[str, Any], space: str) -> None:
    key = "spec.disruptionManagement"
    mons = int(dig(spec, ["mon", "count"], 3))
    if mons > 2:
        away = 2 if mons >= 5 else 1
        draft.add(budget("rook-ceph-mon-pdb", space, {"app": "rook-ceph-mon"}, maxUnavailable=away), key)
    if int(dig(spec, ["mgr", "count"], 2)) > 1:
        draft.add(budget("rook-ceph-mgr-pdb", space, {"app": "rook-ceph-mgr"}, maxUnavailable=1), key)
    # While a failure domain is drained the operator replaces this one by budgets that block every other domain.
    draft.add(budget("rook-ceph-osd", space, {"app": "rook-ceph-osd"}, maxUnavailable=1), key)
