"""Alerts on Velero: the age of the last good backup in each rhythm, copies that fail or never began, and silence.

A series is there only after what it counts has happened once, and goes with a restart: `x > n` alone never fires for a lab
that never had a backup. Names and births of the series: velero 1.18.1 pkg/metrics/metrics.go (InitSchedule begins the
counters of a schedule at zero, but not the time of its last success) and pkg/controller/backup_controller.go (that time is
computed anew, every minute, from the backups that are still there).
"""

from __future__ import annotations

from homelab.catalog.flows import Pods
from homelab.catalog.infrastructure.storage.velero.schedules import rhythms
from homelab.catalog.infrastructure.storage.velero.settings import Settings
from homelab.catalog.infrastructure.storage.velero.targets import NAMESPACE
from homelab.catalog.offers.monitoring import absent, monitored
from homelab.catalog.plan import Plan
from homelab.catalog.upkeep import Alert

SUCCESS = "velero_backup_last_successful_timestamp"
LOCATION = "velero_backup_location_status_gauge"
LATE = {"daily": (36, "critical"), "weekly": (9 * 24, "warning"), "monthly": (33 * 24, "warning")}
"""Rhythm to the hours after which a copy is missed, and how bad that is."""
FAILURES = (
    (
        "VeleroBackupFailed",
        "velero_backup_failure_total",
        "failed",
        "`velero backup logs` of the newest backup of this schedule says why. The next run tries again by itself.",
    ),
    (
        "VeleroBackupPartial",
        "velero_backup_partial_failure_total",
        "is incomplete",
        "Some volume or object could not be read: `velero backup describe NAME --details`. Look at the agent on its node.",
    ),
    (
        "VeleroBackupRefused",
        "velero_backup_validation_failure_total",
        "was refused before it began",
        "Its location is away or its policies cannot be read: `velero backup describe NAME` says which.",
    ),
)
"""Alert, its counter, what it says of a backup, and what to do."""
AGENTS = f'{{namespace="{NAMESPACE}",daemonset="node-agent"}}'


def _late(plan: Plan, rhythm: str) -> tuple[Alert, Alert]:
    """A rhythm whose last success is too old, and one that has none.

    The first remembers a success as long as it counts: once the last backup has expired and the server has restarted,
    nothing else does. The second waits as long as a first backup may take.
    """
    hours, severity = LATE[rhythm]
    known = f'max_over_time({SUCCESS}{{schedule=~"{rhythm}-.+"}}[{hours}h:1h])'
    never = " or ".join(f'absent({SUCCESS}{{schedule="{rhythm}-{target}"}})' for target in plan.homelab.backup.targets)
    look = "`kubectl -n velero get backups -l velero.io/schedule-name={{ $labels.schedule }}` lists them; "
    return (
        Alert(
            f"VeleroBackupLate{rhythm.capitalize()}",
            f"time() - max by (schedule) ({known}) > {hours * 3600}",
            60,
            severity,
            f"No good backup of schedule {{{{ $labels.schedule }}}} for {hours} hours",
            f"{look}`velero backup describe NAME --details` names what failed. Most often the target is full, away, or "
            "rejects the keys: `kubectl -n velero get backupstoragelocations`.",
        ),
        Alert(
            f"VeleroBackupNever{rhythm.capitalize()}",
            never,
            hours * 60,
            severity,
            f"No good backup of schedule {{{{ $labels.schedule }}}} is known, and {hours} hours have passed",
            f"{look}without any, look at `kubectl -n velero describe schedule` and at the server's log. "
            "`velero backup create --from-schedule {{ $labels.schedule }}` makes one at once.",
        ),
    )


def _failed(name: str, counter: str, what: str, runbook: str) -> Alert:
    expression = f'sum by (schedule) (increase({counter}{{schedule!=""}}[1h])) > 0'
    return Alert(name, expression, 0, "warning", f"A backup of schedule {{{{ $labels.schedule }}}} {what}", runbook)


def _locations(plan: Plan) -> Alert:
    gone = " or ".join(
        f'absent({LOCATION}{{backup_location_name="{target}"}})' for target in plan.homelab.backup.targets
    )
    return Alert(
        "VeleroLocationUnavailable",
        f"min by (backup_location_name) ({LOCATION}) == 0 or {gone}",
        30,
        "critical",
        "Backups cannot reach {{ $labels.backup_location_name }}",
        "`kubectl -n velero describe backupstoragelocation` says why: the endpoint, the keys, or folders in the bucket that "
        "Velero does not know. Until it is available every backup to it is refused, and none can be restored from it.",
    )


MAINTENANCE = Alert(
    "VeleroMaintenanceFailing",
    "sum by (repository_name) (increase(velero_repo_maintenance_failure_total[6h])) > 0 "
    "unless sum by (repository_name) (increase(velero_repo_maintenance_success_total[6h])) > 0",
    60,
    "warning",
    "The store {{ $labels.repository_name }} of copied volumes is not tidied",
    "What expired is not freed, and the target fills: `kubectl -n velero describe backuprepository` keeps the last messages. "
    "Where no job is made at all, look at the ConfigMap velero-repo-maintenance.",
)
"""Maintenance is due every hour, so several attempts fall into the window."""

UNREAD = Alert(
    "VeleroNodeAgentMissing",
    f"kube_daemonset_status_desired_number_scheduled{AGENTS} > kube_daemonset_status_number_ready{AGENTS} "
    f"or absent(kube_daemonset_status_number_ready{AGENTS})",
    30,
    "warning",
    "Volumes of a node are not copied: the agent does not run there",
    "`kubectl -n velero get pods -l name=node-agent -o wide` shows which node has none. Backups of pods on it end as "
    "partial failures.",
)


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """The age of the last good backup, failures, places and stores, and silence; of what nobody scrapes, only what others count."""
    counted = (UNREAD,) if settings.volumes else ()
    if not monitored(plan, settings):
        return counted
    return (
        *(alert for rhythm in rhythms(plan, settings) for alert in _late(plan, rhythm)),
        *(_failed(*failure) for failure in FAILURES),
        _locations(plan),
        *((MAINTENANCE,) if settings.volumes else ()),
        *counted,
        absent("VeleroMetricsAbsent", "Velero", Pods(NAMESPACE, {"name": "velero"}), "velero"),
    )
