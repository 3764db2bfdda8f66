"""Alert rules of CloudNativePG: the state of every database, of its archive, and of the operator.

The metrics are those of the operator's default queries (`cnpg_*`) and of the archive plugin's sidecar
(`barman_cloud_cloudnative_pg_io_*`), scraped from each instance. Source: cloudnative-pg `docs/src/monitoring.md`,
plugin-barman-cloud `internal/cnpgi/instance/metrics.go`.
"""

from __future__ import annotations

from homelab.catalog.flows import Pods
from homelab.catalog.offers.monitoring import absent
from homelab.catalog.upkeep import Alert

NAMESPACE = "cnpg-system"


def labels(name: str) -> dict[str, str]:
    """Labels by which a chart of this component selects its pods."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}


DATABASES = (
    Alert(
        "CNPGInstanceDown",
        "cnpg_collector_up == 0",
        5,
        "critical",
        "An instance of PostgreSQL does not answer its own exporter",
        "`kubectl get clusters -A` names the cluster and its primary. Look at the pod's log, then at its volume: a "
        "full disk stops PostgreSQL. The operator has promoted another instance if there was one.",
    ),
    Alert(
        "CNPGClusterNotHealthy",
        "max by (namespace, pod) (cnpg_pg_replication_in_recovery) "
        "!= max by (namespace, pod) (cnpg_pg_replication_is_wal_receiver_up)",
        10,
        "warning",
        "A standby does not receive the primary's log",
        "`kubectl cnpg status -n <namespace> <cluster>` shows which standby is behind. When its log is no longer on "
        "the primary, delete the standby's claim and pod: the operator clones it anew.",
    ),
    Alert(
        "CNPGReplicationLag",
        "max by (namespace, pod) (cnpg_pg_replication_lag) > 300",
        10,
        "warning",
        "A standby is more than five minutes behind its primary",
        "Promoting it now would lose that much. Look for a long transaction on the primary and for a slow disk or "
        "network under the standby.",
    ),
)
"""Rules over every database."""

LAST = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"


def archive(spaces: tuple[str, ...]) -> tuple[Alert, ...]:
    """Rules over databases that are archived; those that this lab declares live in these namespaces.

    The plugin says 0 where there was no backup yet, and nothing at all while it does not run beside the database
    (plugin-barman-cloud v0.13.0 internal/cnpgi/instance/metrics.go).
    """
    unseen = Alert(
        "CNPGArchiveUnseen",
        " or ".join(f'absent({LAST}{{namespace="{space}"}})' for space in spaces),
        30,
        "critical",
        "Nothing says whether the database in {{ $labels.namespace }} is archived",
        "The archive's sidecar does not answer: `kubectl get pods -n {{ $labels.namespace }}` shows whether the database "
        "runs, and the log of its container `plugin-barman-cloud` why the archive does not.",
    )
    return (
        *((unseen,) if spaces else ()),
        Alert(
            "CNPGLastFailedArchiveTime",
            "(cnpg_pg_stat_archiver_last_failed_time - cnpg_pg_stat_archiver_last_archived_time) > 1",
            5,
            "critical",
            "The last attempt to archive PostgreSQL's log failed",
            "The log stays on the database's volume until it is archived, and fills it. Look at the log of the container "
            "`plugin-barman-cloud` beside the primary: most often the bucket's keys, its quota, or the way to it.",
        ),
        Alert(
            "CNPGBackupTooOld",
            f"time() - max by (namespace) ({LAST}) > 129600",
            30,
            "warning",
            "The newest base backup of a database in {{ $labels.namespace }} is older than 36 hours, or there is none",
            "`kubectl get backups.postgresql.cnpg.io -n {{ $labels.namespace }}` shows the last attempts with their error. A "
            "restore then replays the log of days instead of hours.",
        ),
    )


OPERATOR = absent(
    "CNPGOperatorAbsent", "cloudnative-pg", Pods(NAMESPACE, labels("cloudnative-pg")), "cnpg-system/cloudnative-pg"
)
"""Without the operator nothing fails over."""
