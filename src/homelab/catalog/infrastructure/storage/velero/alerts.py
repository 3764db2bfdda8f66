"""Alerts on Velero: the age of the last good backup at each target, failures, and silence."""

from __future__ import annotations

from homelab.catalog.component import Alert, Pods
from homelab.catalog.infrastructure.storage.velero.settings import Settings
from homelab.catalog.offers.monitoring import absent
from homelab.catalog.plan import Plan, practice


def _late(rhythm: str, target: str, hours: int, severity: str) -> Alert:
    chosen = f'schedule="{rhythm}-{target}"'
    return Alert(
        f"VeleroBackupLate{rhythm.capitalize()}{target.title().replace('-', '')}",
        f"time() - max(velero_backup_last_successful_timestamp{{{chosen}}}) > {hours * 3600}",
        60,
        severity,
        f"No good {rhythm} backup to {target} for {hours} hours",
        f"`kubectl -n velero get backups -l velero.io/schedule-name={rhythm}-{target}` lists them; "
        "`velero backup describe NAME --details` names what failed. Most often the target is full, away, or rejects the keys: "
        "`kubectl -n velero get backupstoragelocations`.",
    )


def alerts(plan: Plan, settings: Settings) -> tuple[Alert, ...]:
    """The age of the last good backup at each target, failures, and silence."""
    late: list[Alert] = []
    if practice(plan, settings, "backup_schedules"):
        for target in plan.homelab.backup.targets:
            late += [_late("daily", target, 36, "critical"), _late("weekly", target, 9 * 24, "warning")]
    return (
        *late,
        Alert(
            "VeleroBackupFailed",
            'increase(velero_backup_failure_total{schedule!=""}[1h]) > 0',
            0,
            "warning",
            "A backup of schedule {{ $labels.schedule }} failed",
            "`velero backup logs` of the newest backup of this schedule says why. The next run tries again by itself.",
        ),
        Alert(
            "VeleroBackupPartial",
            'increase(velero_backup_partial_failure_total{schedule!=""}[1h]) > 0',
            0,
            "warning",
            "A backup of schedule {{ $labels.schedule }} is incomplete",
            "Some volume or object could not be read: `velero backup describe NAME --details`. Look at the agent on its node.",
        ),
        absent("VeleroMetricsAbsent", "Velero", Pods("velero", {"name": "velero"}), "velero"),
    )
