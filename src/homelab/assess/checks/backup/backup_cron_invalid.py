"""A schedule that means something else: see the page beside this file."""

from __future__ import annotations

from collections.abc import Iterator

from homelab.assess.check import Accusation, check
from homelab.findings import Patch, Severity
from homelab.kube.cron import problem
from homelab.kube.inventory import Inventory

KINDS = {("batch", "CronJob"): 5, ("velero.io", "Schedule"): 5, ("postgresql.cnpg.io", "ScheduledBackup"): 6}
"""Kind to the number of fields that it reads."""


@check(severity=Severity.HIGH)
def backup_cron_invalid(inventory: Inventory) -> Iterator[Accusation]:
    """A schedule with the wrong number of fields, or an impossible one: it runs at another time, or never."""
    for resource in inventory.of("CronJob", "Schedule", "ScheduledBackup"):
        fields = KINDS.get((resource.group, resource.kind))
        schedule = str(resource.get("spec.schedule", ""))
        wrong = problem(schedule, fields) if fields else None
        if fields is None or wrong is None:
            continue
        five = fields == 6 and problem(schedule, 5) is None
        parts = schedule.split()
        meant = f": it runs at minute {parts[1]} of hour {parts[2]}, second {parts[0]}" if five else ""
        yield Accusation(
            resource,
            f'schedule "{schedule}" {wrong}{meant}',
            field="spec.schedule",
            hint=f'seconds come first: "0 {schedule}"' if five else "minute, hour, day of month, month, day of week",
            fix=Patch(resource.subject, "spec.schedule", f"0 {schedule}") if five else None,
        )
