"""Backups: where they go, how often, how long they are kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from homelab.spec.forms import Bucket, Channel, Region, Url
from homelab.spec.section import Section
from homelab.spec.units import YEAR, Label, Seconds

Cron = Annotated[str, Field(pattern=r"^(\S+\s+){4}\S+$")]
"""Five fields: minute, hour, day of month, month, day of week."""


class Target(Section):
    """A place for copies."""

    kind: Literal["ceph", "s3", "nas"]
    """`ceph`: a bucket of the lab's own object store; `s3`: any S3 service; `nas`: an S3 service on a box at home."""
    endpoint: Url | None = None
    """URL of the S3 service; derived for `ceph`."""
    bucket: Bucket = "homelab-backups"
    """Bucket, made beforehand on `s3` and `nas`."""
    region: Region = "us-east-1"
    """S3 region; most self-hosted services take any."""
    host: Label | None = None
    """For `nas`: the host it stands on, if it is one of `hosts`; it then fails with it."""
    off_site: bool | None = None
    """Whether it stands elsewhere; derived: `s3` yes, others no."""


class Rhythm(Section):
    """One schedule."""

    at: Cron
    """When, in UTC."""
    keep: Annotated[Seconds, Field(ge=3600, le=10 * YEAR)]
    """How long each backup is kept."""


class Backup(Section):
    """Copies of objects, volumes and databases."""

    targets: dict[Label, Target] = Field(default_factory=dict)
    """Places by name; the first is the default location."""
    daily: Rhythm = Field(default_factory=lambda: Rhythm(at="0 2 * * *", keep=7 * 86400))
    """Every day."""
    weekly: Rhythm = Field(default_factory=lambda: Rhythm(at="0 3 * * 0", keep=28 * 86400))
    """Every week."""
    monthly: Rhythm = Field(default_factory=lambda: Rhythm(at="0 5 1 * *", keep=365 * 86400))
    """Every month."""
    database_at: Cron = "0 4 * * *"
    """Base backup of every database, in UTC, one after the other within this hour; the log archive is continuous."""
    generation: int = Field(default=1, ge=1, le=999)
    """How often this lab was built, counted from 1: raise it by one before you build it anew.

    Each generation of a database archives into a folder of its own, and never into the one that it may be restored from."""
    recover: bool = False
    """Whether a database that is not there yet is made from the archive of the generation before, and applications wait to be
    synced by hand, so that their volumes can be restored first. What is there is never overwritten; off, databases begin empty."""


class Slack(Section):
    """A channel; its webhook is a secret that is asked for, never written here."""

    channel: Channel
    """As `#alerts`."""


class Alerts(Section):
    """Whom alerts reach."""

    slack: Slack | None = None
    """A Slack channel."""
    webhook: Url | None = None
    """A second way: any URL that takes Alertmanager's webhook."""
    heartbeat: Url | None = None
    """URL of an outside dead-man's switch: silence then raises the alarm."""
