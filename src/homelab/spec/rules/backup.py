"""Backups: targets that can be written to, schedules that can be read."""

from __future__ import annotations

from collections.abc import Iterator
from re import fullmatch
from typing import TYPE_CHECKING

from homelab.spec.source import Problem
from homelab.spec.words import near, show

if TYPE_CHECKING:
    from homelab.spec.backup import Target
    from homelab.spec.homelab import Homelab

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))


def targets(homelab: Homelab) -> Iterator[Problem]:
    """A target has an address where it needs one, and stands on a host that is declared."""
    for name, target in homelab.backup.targets.items():
        option = f"backup.targets.{name}"
        if target.kind != "ceph" and not target.endpoint:
            yield Problem(
                f"{option}.endpoint", f"is missing: {target.kind} needs the URL of its S3 service", at_key=True
            )
        elif target.kind == "ceph" and target.endpoint:
            yield Problem(f"{option}.endpoint", "is derived for kind ceph", "take it out, or choose kind s3 or nas")
        yield from _meaningless(option, target)
        if target.host is not None and target.host not in homelab.hosts:
            hint = near(target.host, homelab.hosts) or "leave it out when the box is none of hosts"
            yield Problem(f"{option}.host", f"{target.host} is not one of hosts", hint)


def _meaningless(option: str, target: Target) -> Iterator[Problem]:
    """What is said of a target of a kind that has no such thing."""
    hint = "take it out, or choose another kind"
    if target.host is not None and target.kind != "nas":
        yield Problem(f"{option}.host", f"means nothing for kind {target.kind}, only for nas", hint)
    if target.kind == "ceph" and target.off_site:
        yield Problem(f"{option}.off_site", "is true, but Ceph stands in the lab itself", hint)
    if target.kind == "ceph" and "region" in target.model_fields_set:
        yield Problem(f"{option}.region", "means nothing for kind ceph", hint)


def one_bucket(homelab: Homelab) -> Iterator[Problem]:
    """All targets on the lab's own Ceph share one bucket, each below a prefix of its own."""
    own = [
        (f"backup.targets.{name}.bucket", t.bucket) for name, t in homelab.backup.targets.items() if t.kind == "ceph"
    ]
    for option, bucket in own[1:]:
        if bucket != own[0][1]:
            yield Problem(option, f"is {bucket}, but all targets on Ceph share", "name the same bucket", also=own[0][0])


def schedules(homelab: Homelab) -> Iterator[Problem]:
    """Every cron expression can be read: a schedule that cannot never runs."""
    backup = homelab.backup
    written = [(f"backup.{key}.at", getattr(backup, key).at) for key in ("daily", "weekly", "monthly")]
    for option, text in [*written, ("backup.database_at", backup.database_at)]:
        for field, (what, low, high) in zip(text.split(), _FIELDS, strict=False):
            if not _readable(field, low, high):
                yield Problem(
                    option,
                    f"has {field if field.isdigit() else show(field)} as {what}, expected {low} to {high}, *, a list, a range or a step",
                )


def _readable(field: str, low: int, high: int) -> bool:
    for item in field.split(","):
        match = fullmatch(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?", item)
        if not match:
            return False
        first, last, step = (int(part) if part else None for part in match.groups())
        if step == 0 or not all(low <= part <= high for part in (first, last) if part is not None):
            return False
        if first is not None and last is not None and first > last:
            return False
    return True


def recover_from_something(homelab: Homelab) -> Iterator[Problem]:
    """What a lab is made from again: an earlier generation, kept at a place that outlives the lab."""
    backup = homelab.backup
    if not backup.recover:
        return
    if backup.generation < 2:
        message = "is true, but this is the first generation: there is none before it to recover from"
        yield Problem("backup.recover", message, "raise generation by one")
    if not any(target.kind != "ceph" for target in backup.targets.values()):
        message = "is true, but no target outlives the lab: its own object store is empty when it is built anew"
        yield Problem("backup.recover", message, "add a target of kind s3 or nas")
