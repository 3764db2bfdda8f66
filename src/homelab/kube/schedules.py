"""Schedules: which kinds run by the clock, in which field they say when, and how that is read.

All of them read `robfig/cron`, in the form that each line names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homelab.kube.cron import never, problem, zone_exists, zone_in
from homelab.kube.inventory import Inventory
from homelab.kube.resource import Resource, dig


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a kind writes its schedule: `paths` to the texts (`*` for each item), `fields` in each, the field of a time zone.

    `inside` says whether a time zone may stand in the schedule itself; `words` are short forms of its own; `off` is the
    field by which it is switched off.
    """

    paths: tuple[str, ...]
    fields: int = 5
    zone: str = ""
    inside: bool = True
    words: tuple[str, ...] = ()
    off: str = "spec.suspend"


RANDOM = tuple(f"@{often}-random" for often in ("hourly", "daily", "weekly", "monthly", "yearly", "annually"))
DIALECTS: Mapping[tuple[str, str], Dialect] = {
    # pkg/apis/batch/validation/validation.go, validateScheduleFormat and validateTimeZone
    ("batch", "CronJob"): Dialect(("spec.schedule",), zone="spec.timeZone", inside=False),
    # pkg/controller/schedule_controller.go, parseCronSchedule: cron.ParseStandard
    ("velero.io", "Schedule"): Dialect(("spec.schedule",), off="spec.paused"),
    # CloudNativePG documentation, backup: "a six-term specification, seconds first"
    ("postgresql.cnpg.io", "ScheduledBackup"): Dialect(("spec.schedule",), 6),
    # K8up documentation, schedule specification: five fields, and @…-random
    ("k8up.io", "Schedule"): Dialect(
        tuple(f"spec.{job}.schedule" for job in ("backup", "archive", "check", "prune", "restore")), words=RANDOM
    ),
    # VolSync documentation, triggers: a cronspec
    ("volsync.backube", "ReplicationSource"): Dialect(("spec.trigger.schedule",), off="spec.paused"),
    ("volsync.backube", "ReplicationDestination"): Dialect(("spec.trigger.schedule",), off="spec.paused"),
    # Longhorn documentation, recurring snapshots and backups: cron
    ("longhorn.io", "RecurringJob"): Dialect(("spec.cron",)),
    # Kyverno documentation, cleanup policies: schedule in cron format
    ("kyverno.io", "CleanupPolicy"): Dialect(("spec.schedule",)),
    ("kyverno.io", "ClusterCleanupPolicy"): Dialect(("spec.schedule",)),
    # Argo Workflows documentation, cron workflows: schedule until 3.6, then schedules; timezone
    ("argoproj.io", "CronWorkflow"): Dialect(("spec.schedule", "spec.schedules.*"), zone="spec.timezone"),
    # mariadb-operator API reference, Schedule.cron
    ("k8s.mariadb.com", "Backup"): Dialect(("spec.schedule.cron",), off="spec.schedule.suspend"),
}
"""(group, kind) to how it says when."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A schedule that cannot be read, or (`never`) that names a day which does not come; `field` is its place."""

    resource: Resource
    field: str
    schedule: str
    why: str
    never: bool = False
    fields: int = 5


def wrong(inventory: Inventory) -> Iterator[Wrong]:
    """Every schedule that does not mean what its owner meant."""
    for resource in inventory.of(*dict.fromkeys(kind for _, kind in DIALECTS)):
        dialect = DIALECTS.get((resource.group, resource.kind))
        if dialect is None:
            continue
        for path in dialect.paths:
            for field, schedule in _texts(resource, path):
                yield from _judged(resource, dialect, field, schedule)
        zone = resource.get(dialect.zone) if dialect.zone else None
        if isinstance(zone, str) and (zone in {"", "Local"} or not zone_exists(zone)):
            yield Wrong(resource, dialect.zone, zone, "is the name of no time zone")


def _texts(resource: Resource, path: str) -> Iterator[tuple[str, str]]:
    head, _, rest = path.partition(".*")
    found = resource.get(head)
    if path == head:
        if isinstance(found, str):
            yield path, found
    elif isinstance(found, list):
        for index, item in enumerate(found):
            text = dig(item, rest.split(".")[1:])
            if isinstance(text, str):
                yield f"{head}.{index}{rest}", text


def _judged(resource: Resource, dialect: Dialect, field: str, schedule: str) -> Iterator[Wrong]:
    if "{" in schedule or "$" in schedule or schedule in dialect.words:
        return
    why = problem(schedule, dialect.fields)
    if why is None and not dialect.inside and zone_in(schedule):
        why = f"names a time zone, which {resource.kind} takes from {dialect.zone.rpartition('.')[2]} only"
    if why is not None:
        yield Wrong(resource, field, schedule, why, fields=dialect.fields)
    elif never(schedule, dialect.fields) and resource.get(dialect.off) is not True:
        yield Wrong(resource, field, schedule, "names a day that never comes", never=True, fields=dialect.fields)
