"""PostgreSQL as other components ask for it: a Cluster of their own, its archive, its monitor and its flows.

One Cluster for each application and environment, in the application's namespace: what fails or is restored together
belongs together. The log archive and the base backups go to one target, the one off-site where there is one: a base
backup is worth nothing without the log beside it, and a Cluster can archive its log to one place only.
Sources: cloudnative-pg 1.30 `docs/src/{backup,replication,scheduling,kubernetes_upgrade}.md`, plugin-barman-cloud
`web/docs/usage.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from homelab.capabilities import Capability
from homelab.catalog.component import Settings
from homelab.catalog.flows import Flow, Pods, Serves, Uses
from homelab.catalog.needs import Need, change
from homelab.catalog.offers.lab import HOST_KEY, NODE_KEY, schedulable, schedulable_hosts, sized
from homelab.catalog.offers.monitoring import endpoint, monitored, pod_monitor
from homelab.catalog.offers.outside import reaching
from homelab.catalog.offers.storage import AMAZON, bucket_claim, object_store, storage_class
from homelab.catalog.offers.turns import in_turn
from homelab.catalog.plan import Plan, practice, uncopied
from homelab.catalog.upkeep import Generated, SecretRequest, Uncopied
from homelab.kube.resource import Manifest
from homelab.spec.backup import Target

API_VERSION = "postgresql.cnpg.io/v1"
PLUGIN = "barman-cloud.cloudnative-pg.io"
IMAGE = "ghcr.io/cloudnative-pg/postgresql:18.4-standard-trixie"
"""PostgreSQL's own version, so that an upgrade of the operator never restarts databases by itself."""
BEFORE = "before"
"""The name under which a Cluster knows the generation that it is made from."""
PORT = 5432
CLUSTER = "cnpg.io/cluster"
"""Label of everything that belongs to a Cluster, with its name."""
METRICS_PORT = 9187
STATUS_PORT = 8000
ACCESS, SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
"""Keys of the Secrets that open a bucket; those of a bucket claim are called alike."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A database cluster that a component asks for. Quantities as Kubernetes writes them."""

    name: str
    namespace: str
    database: str
    instances: int
    storage: str = "10Gi"
    cpu: str = "250m"
    memory: str = "512Mi"

    @property
    def host(self) -> str:
        """The Service that follows the primary, as pods of its namespace call it."""
        return f"{self.name}-rw"

    @property
    def secret(self) -> str:
        """The Secret with the owner's `username`, `password`, `host`, `port`, `dbname`, `uri`: made by the operator."""
        return f"{self.name}-app"

    @property
    def pods(self) -> Pods:
        """The instances."""
        return Pods(self.namespace, {CLUSTER: self.name, "cnpg.io/podRole": "instance"})

    @property
    def callers(self) -> Pods:
        """The instances, and the jobs that make, join and restore them: those carry no role of a pod."""
        return Pods(self.namespace, {CLUSTER: self.name})


def archive_target(plan: Plan) -> tuple[str, Target] | None:
    """The backup target that databases archive to; None without any.

    The first off-site one, else the first that does not stand on the lab's own disks, else the first.
    """
    usable = [
        (name, target)
        for name, target in plan.homelab.backup.targets.items()
        if target.kind != "ceph" or plan.has(Capability.STORAGE_OBJECT)
    ]
    away = [
        (name, target)
        for name, target in usable
        if (target.kind == "s3" if target.off_site is None else target.off_site)
    ]
    outside = [(name, target) for name, target in usable if target.kind != "ceph"]
    return next(iter([*away, *outside, *usable]), None)


def archived(plan: Plan, settings: Settings) -> bool:
    """Whether a component's databases are archived: its practice and the operator's hold, and there is a target."""
    operator = plan.providers.get(Capability.DATABASE_POSTGRES)
    both = [settings, *([operator.settings] if operator else ())]
    return all(practice(plan, each, "database_backups") for each in both) and archive_target(plan) is not None


def postgres_cluster(plan: Plan, settings: Settings, wanted: Postgres) -> Iterator[Manifest]:
    """The Cluster with everything around it: archive, schedule and monitor, each where practices and the lab allow it."""
    yield _cluster(plan, settings, wanted)
    if archived(plan, settings) and (found := archive_target(plan)):
        name, target = found
        if target.kind == "ceph":
            yield bucket_claim(_store(wanted, name), wanted.namespace, f"{wanted.namespace}-{wanted.name}")
        yield _object_store(plan, settings, wanted, name, target)
        yield _schedule(plan, wanted)
    if monitored(plan, settings):
        yield pod_monitor(wanted.name, wanted.namespace, wanted.pods.labels, [endpoint("metrics")])


def _store(wanted: Postgres, target: str) -> str:
    return f"{wanted.name}-{target}"


def _cluster(plan: Plan, settings: Settings, wanted: Postgres) -> Manifest:
    spec: dict[str, Any] = {
        "instances": wanted.instances,
        "imageName": IMAGE,
        "bootstrap": {"initdb": {"database": wanted.database, "owner": wanted.database, "dataChecksums": True}},
        "storage": {"size": wanted.storage},
    }
    if name := storage_class(plan, durable=True):
        spec["storage"]["storageClass"] = name
    if wanted.instances > 1:
        # A write waits for one standby while there is one: losing the primary's machine loses no confirmed write, and
        # losing the standby stops none.
        spec["postgresql"] = {"synchronous": {"method": "any", "number": 1, "dataDurability": "preferred"}}
        spec["primaryUpdateMethod"] = "switchover"
    if wanted.instances < 2:
        # The operator's budget over a single instance would refuse every drain of its node.
        spec["enablePDB"] = False
    if wanted.instances > 1 and practice(plan, settings, "spread"):
        spec |= _apart(plan, wanted)
    if resources := sized(plan, settings, cpu=wanted.cpu, memory=wanted.memory):
        spec["resources"] = resources
    if archived(plan, settings):
        spec |= _archive(plan, wanted)
    metadata = {"name": wanted.name, "namespace": wanted.namespace}
    return {"apiVersion": API_VERSION, "kind": "Cluster", "metadata": metadata, "spec": spec}


def server_name(wanted: Postgres, generation: int) -> str:
    """The folder below the archive's prefix that a generation of the database writes."""
    return wanted.name if generation == 1 else f"{wanted.name}-{generation}"


def _archive(plan: Plan, wanted: Postgres) -> dict[str, Any]:
    """Where the log goes, and what a database that is not there yet is made from.

    A Cluster refuses to archive into a folder that holds another's log ("Expected empty archive"), so each generation has
    its own; `bootstrap` is read once, when the Cluster is made, so it never overwrites one that is there.
    Source: plugin-barman-cloud 0.13 `web/docs/usage.md`, cloudnative-pg#6470.
    """
    target = archive_target(plan)
    assert target is not None
    backup = plan.homelab.backup
    store = {"barmanObjectName": _store(wanted, target[0])}
    own = {"serverName": server_name(wanted, backup.generation)} if backup.generation > 1 else {}
    found: dict[str, Any] = {"plugins": [{"name": PLUGIN, "isWALArchiver": True, "parameters": {**store, **own}}]}
    if backup.recover:
        before = {**store, "serverName": server_name(wanted, backup.generation - 1)}
        names = {"database": wanted.database, "owner": wanted.database}
        found["bootstrap"] = {"recovery": {"source": BEFORE, **names}}
        found["externalClusters"] = [{"name": BEFORE, "plugin": {"name": PLUGIN, "parameters": before}}]
    return found


def _apart(plan: Plan, wanted: Postgres) -> dict[str, Any]:
    """Instances on different hosts where the lab has enough of them, else on different nodes with hosts preferred."""
    if len(schedulable_hosts(plan)) >= wanted.instances:
        return {"affinity": {"podAntiAffinityType": "required", "topologyKey": HOST_KEY}}
    kind = "required" if len(schedulable(plan)) >= wanted.instances else "preferred"
    return {
        "affinity": {"podAntiAffinityType": kind, "topologyKey": NODE_KEY},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": HOST_KEY,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(wanted.pods.labels)},
            }
        ],
    }


def _object_store(plan: Plan, settings: Settings, wanted: Postgres, name: str, target: Target) -> Manifest:
    ceph = target.kind == "ceph"
    bucket = f"{wanted.namespace}-{wanted.name}" if ceph else target.bucket
    secret = _store(wanted, name) if ceph else _credentials(name)
    configuration: dict[str, Any] = {
        "destinationPath": f"s3://{bucket}/" if ceph else f"s3://{bucket}/postgres/{wanted.namespace}",
        "s3Credentials": {
            "accessKeyId": {"name": secret, "key": ACCESS},
            "secretAccessKey": {"name": secret, "key": SECRET},
        },
        "wal": {"compression": "gzip", "maxParallel": 2},
        "data": {"compression": "gzip"},
    }
    if url := object_store(plan) if ceph else target.endpoint:
        configuration["endpointURL"] = url
    # Services that speak S3 but are not Amazon's refuse the checksums that newer clients add.
    environment = {
        "AWS_DEFAULT_REGION": target.region,
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }
    sidecar: dict[str, Any] = {"env": [{"name": key, "value": value} for key, value in environment.items()]}
    if resources := sized(plan, settings, cpu="50m", memory="128Mi", limit="512Mi"):
        sidecar["resources"] = resources
    days = max(1, int(plan.homelab.backup.weekly.keep // 86400))
    return {
        "apiVersion": "barmancloud.cnpg.io/v1",
        "kind": "ObjectStore",
        "metadata": {"name": _store(wanted, name), "namespace": wanted.namespace},
        "spec": {
            "retentionPolicy": f"{days}d",
            "configuration": configuration,
            "instanceSidecarConfiguration": sidecar,
        },
    }


def _schedule(plan: Plan, wanted: Postgres) -> Manifest:
    return {
        "apiVersion": API_VERSION,
        "kind": "ScheduledBackup",
        "metadata": {"name": f"{wanted.name}-daily-backup", "namespace": wanted.namespace},
        "spec": {
            # Six fields, seconds first: with five the kind would mean "every hour at minute 4".
            "schedule": f"0 {_in_turn(plan, wanted)}",
            "immediate": True,
            "cluster": {"name": wanted.name},
            "method": "plugin",
            "pluginConfiguration": {"name": PLUGIN},
            "target": "prefer-standby",
            "backupOwnerReference": "cluster",
        },
    }


def _in_turn(plan: Plan, wanted: Postgres) -> str:
    """When a database is copied: all of them go to one target, one after the other."""
    every = [(item.namespace, item.labels[CLUSTER]) for item in uncopied(plan) if CLUSTER in item.labels]
    own = (wanted.namespace, wanted.name)
    return in_turn(plan.homelab.backup.database_at, every.index(own) if own in every else 0, len(every))


def _credentials(target: str) -> str:
    return f"backup-{target}"


def postgres_secrets(plan: Plan, settings: Settings, wanted: Postgres) -> tuple[SecretRequest, ...]:
    """The keys of the bucket, where no bucket claim makes them."""
    found = archive_target(plan)
    if found is None or not archived(plan, settings) or found[1].kind == "ceph":
        return ()
    name, target = found
    where = target.endpoint or "the S3 service"
    keys = {
        ACCESS: f"ask:access key of bucket {target.bucket} at {where}",
        SECRET: f"ask:secret key of bucket {target.bucket} at {where}",
    }
    purpose = f"archive of the database {wanted.name} on backup target {name}"
    return (SecretRequest(_credentials(name), wanted.namespace, purpose, keys),)


def postgres_flows(plan: Plan, settings: Settings, wanted: Postgres) -> tuple[Flow, ...]:
    """Its own namespace and its operator reach the instances; they reach each other, the API server and the archive."""
    found: list[Flow] = [
        Serves(wanted.pods, PORT, audience="namespace"),
        Serves(wanted.pods, STATUS_PORT, audience="namespace"),
        Serves(wanted.pods, STATUS_PORT, capability=Capability.DATABASE_POSTGRES),
        Serves(wanted.pods, METRICS_PORT, audience="metrics"),
        Uses(wanted.callers, outside="api-server"),
    ]
    target = archive_target(plan)
    if target and archived(plan, settings):
        found += _archive_flows(plan, wanted.callers, target[1])
    return tuple(found)


def _archive_flows(plan: Plan, pods: Pods, target: Target) -> tuple[Uses, ...]:
    if target.kind == "ceph":
        return (Uses(pods, capability=Capability.STORAGE_OBJECT),)
    return reaching(plan, pods, target.endpoint or AMAZON)


def postgres_generated(wanted: Postgres) -> tuple[Generated, ...]:
    """What the operator makes for a database, which is made anew with it."""
    what = f"the password of the database {wanted.name}: a database that is restored gets a new one"
    return (Generated(wanted.secret, wanted.namespace, what),)


def postgres_uncopied(plan: Plan, settings: Settings, wanted: Postgres) -> tuple[Uncopied, ...]:
    """The files of the instances, where the archive holds every row: files read while they are written are no copy."""
    if not archived(plan, settings):
        return ()
    labels = {CLUSTER: wanted.name}
    return (Uncopied(wanted.namespace, labels, f"the database {wanted.name} is archived, and restored from there"),)


def postgres_needs(plan: Plan, settings: Settings) -> tuple[Need, ...]:
    """What the archive needs of this lab, beside the database itself."""
    target = archive_target(plan)
    if target and archived(plan, settings) and target[1].kind == "ceph":
        return (change(Capability.STORAGE_OBJECT, "the database's log and base backups go there"),)
    return ()
