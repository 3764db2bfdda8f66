"""The Ceph cluster of rook-ceph as chart values: which disks, how many copies, and across which failure domains."""

from __future__ import annotations

from typing import Any

from homelab.catalog.component import Values, because
from homelab.catalog.infrastructure.storage.rook_ceph.settings import Settings
from homelab.catalog.offers.lab import HOST_KEY, NODE_KEY, copies, host_of, schedulable, schedulable_hosts, sized
from homelab.catalog.offers.monitoring import monitored
from homelab.catalog.offers.storage import BLOCK_POOL, FILE_SYSTEM, OBJECT_PORT, OBJECT_STORE, ROOK_NAMESPACE
from homelab.catalog.plan import Plan, practice
from homelab.documents.quantity import format_bytes
from homelab.spec.hosts import Node

PLUGGED = "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi{}"
"""The disk at a port of a virtual machine; `tofu/talos` plugs raw disks into `scsi1` and those after it."""
CRITICAL = "system-cluster-critical"


def storage_nodes(plan: Plan) -> dict[str, Node]:
    """The nodes that give disks to Ceph."""
    return {name: node for name, node in plan.homelab.nodes.items() if node.ceph}


def pool_size(plan: Plan, settings: Settings) -> int:
    """Copies of everything: as set, else three, or as many as there are nodes with disks."""
    return settings.pool_size or max(1, min(3, len(storage_nodes(plan))))


def mons(plan: Plan, settings: Settings) -> int:
    """Monitors: as set, else three where three nodes can carry them."""
    return settings.mons or (3 if len(schedulable(plan)) >= 3 else 1)


def failure_domain(plan: Plan, settings: Settings) -> str:
    """Ceph's name of what no two copies share: `zone` is a machine, `host` a Kubernetes node, `osd` a disk."""
    if settings.failure_domain != "auto":
        return "zone" if settings.failure_domain == "zone" else "host"
    nodes = storage_nodes(plan)
    machines = {host_of(name, node) for name, node in nodes.items()}
    size = pool_size(plan, settings)
    if len(machines) >= max(2, size):
        return "zone"
    return "host" if len(nodes) >= size else "osd"


def devices(settings: Settings, name: str, node: Node) -> list[dict[str, str]]:
    """The raw disks of a node: as named in the settings, else those of a virtual machine by where they are plugged.

    Letters are given in the order in which disks are found, which may change with each start. "The full udev path can also be
    specified for devices" (rook.io, ceph-cluster-crd.md); udev calls a disk that Proxmox plugs into `scsi1` after its drive.
    """
    given = settings.devices.get(name)
    if given is not None:
        return [{"name": f"/dev/{device}" if "/" in device else device} for device in given]
    return [{"name": PLUGGED.format(index)} for index in range(1, len(node.ceph) + 1)]


def spread(plan: Plan, settings: Settings, app: str, count: int) -> list[dict[str, Any]]:
    """Spread of daemons: over machines, then over nodes.

    Over machines the rule is hard while a machine to spare can take over a lost one's daemons. For monitors it is hard
    already with a machine for each: two on one machine would make it the one that stops the cluster.
    """
    if not practice(plan, settings, "spread") or len(schedulable(plan)) < 2:
        return []
    labels = {"labelSelector": {"matchLabels": {"app": app}}}
    machines = len(schedulable_hosts(plan))
    enough = machines > count or (app == "rook-ceph-mon" and machines == count)
    rule = "DoNotSchedule" if enough else "ScheduleAnyway"
    over = [{"maxSkew": 1, "topologyKey": HOST_KEY, "whenUnsatisfiable": rule, **labels}] if machines > 1 else []
    return [*over, {"maxSkew": 1, "topologyKey": NODE_KEY, "whenUnsatisfiable": "ScheduleAnyway", **labels}]


def placement(plan: Plan, settings: Settings, app: str, count: int) -> dict[str, Any]:
    """`placement` with the spread of daemons; empty where the practice is off."""
    rules = spread(plan, settings, app, count)
    return {"placement": {"topologySpreadConstraints": rules}} if rules else {}


def _resources(plan: Plan, settings: Settings) -> dict[str, Any]:
    """What each kind of daemon asks for; the chart's own figures reserve a processor for every monitor and OSD."""
    if not practice(plan, settings, "requests"):
        return {}
    memory = format_bytes(settings.osd_memory)
    return {
        "resources": {
            "mon": sized(plan, settings, "200m", "512Mi", limit="2Gi"),
            "mgr": sized(plan, settings, "200m", "512Mi", limit="1536Mi"),
            "osd": because(
                {"requests": {"cpu": "300m", "memory": memory}, "limits": {"memory": memory}},
                "an OSD sizes its cache by its memory limit, so request and limit are equal",
            ),
            "prepareosd": sized(plan, settings, "100m", "128Mi", limit="1Gi"),
            "mgr-sidecar": sized(plan, settings, "20m", "64Mi"),
            "crashcollector": sized(plan, settings, "10m", "64Mi"),
            "logcollector": sized(plan, settings, "20m", "128Mi", limit="1Gi"),
            "exporter": sized(plan, settings, "20m", "64Mi"),
            "cleanup": sized(plan, settings, "100m", "128Mi", limit="1Gi"),
            "cmd-reporter": sized(plan, settings, "100m", "128Mi", limit="1Gi"),
        }
    }


def _cluster_spec(plan: Plan, settings: Settings) -> Values:
    count, managers = mons(plan, settings), settings.mgrs or copies(plan, 2)
    nodes = [{"name": name, "devices": devices(settings, name, node)} for name, node in storage_nodes(plan).items()]
    spreads = {
        "mon": spread(plan, settings, "rook-ceph-mon", count),
        "mgr": spread(plan, settings, "rook-ceph-mgr", managers),
    }
    placed = {daemon: {"topologySpreadConstraints": rules} for daemon, rules in spreads.items() if rules}
    return {
        "mon": {"count": because(count, "an odd number: a majority must be up, and machines carry at most a minority")},
        "mgr": {"count": managers},
        "storage": {
            "useAllNodes": because(False, "only the disks named below become OSDs; no other disk is ever wiped"),
            "useAllDevices": False,
            "nodes": nodes,
        },
        **({"placement": placed} if placed else {}),
        **_resources(plan, settings),
        "disruptionManagement": {"managePodBudgets": practice(plan, settings, "budgets")},
        "upgradeOSDRequiresHealthyPGs": because(True, "an upgrade waits until every copy is back"),
    }


def _replicated(plan: Plan, settings: Settings) -> dict[str, Any]:
    size = pool_size(plan, settings)
    safe = {"requireSafeReplicaSize": because(False, "one disk holds the only copy")} if size == 1 else {}
    return {"failureDomain": failure_domain(plan, settings), "replicated": {"size": size, **safe}}


def _file_system(plan: Plan, settings: Settings) -> Values:
    pool = _replicated(plan, settings)
    return {
        "name": FILE_SYSTEM,
        "spec": {
            "metadataPool": pool,
            "dataPools": [{"name": "data0", **pool}],
            "preserveFilesystemOnDelete": because(True, "data outlives its manifest"),
            "metadataServer": {
                "activeCount": 1,
                "activeStandby": because(len(schedulable(plan)) > 1, "a second one follows, warm, and takes over"),
                "priorityClassName": CRITICAL,
                **_sized_block(sized(plan, settings, "200m", "512Mi", limit="2Gi")),
                **placement(plan, settings, "rook-ceph-mds", 2),
            },
        },
        "storageClass": {"enabled": False},
    }


def _sized_block(resources: dict[str, Any]) -> dict[str, Any]:
    return {"resources": resources} if resources else {}


def _object_store(plan: Plan, settings: Settings) -> Values:
    pool, gateways = _replicated(plan, settings), settings.rgw_instances or copies(plan, 2)
    return {
        "name": OBJECT_STORE,
        "spec": {
            "metadataPool": pool,
            "dataPool": because(pool, "full copies: the chart's erasure code of 2+1 stops with the first failure"),
            "preservePoolsOnDelete": True,
            "gateway": {
                "port": OBJECT_PORT,
                "instances": gateways,
                "priorityClassName": CRITICAL,
                **_sized_block(sized(plan, settings, "200m", "512Mi", limit="2Gi")),
                **placement(plan, settings, "rook-ceph-rgw", gateways),
            },
        },
        "storageClass": {"enabled": False},
    }


def cluster_values(plan: Plan, settings: Settings) -> Values:
    """Values of the chart `rook-ceph-cluster`."""
    box = sized(plan, settings, "50m", "128Mi", limit="1Gi")
    return {
        "operatorNamespace": ROOK_NAMESPACE,
        "monitoring": {"enabled": monitored(plan, settings)},
        **({"toolbox": {"enabled": True, **_sized_block(box)}} if settings.toolbox else {}),
        "cephClusterSpec": _cluster_spec(plan, settings),
        "cephBlockPools": because(
            [{"name": BLOCK_POOL, "spec": _replicated(plan, settings), "storageClass": {"enabled": False}}],
            "classes stand in ../storageclass: a pool can carry more than one",
        ),
        "cephFileSystems": [_file_system(plan, settings)],
        "cephObjectStores": [_object_store(plan, settings)],
    }
