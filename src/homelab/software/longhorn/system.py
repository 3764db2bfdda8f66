"""Longhorn: replicated volumes on the nodes' own disks."""

from __future__ import annotations

from homelab.software.longhorn.jobs import recurring_job
from homelab.software.software import KindTruth, Software

LONGHORN = Software(
    name="longhorn",
    kinds=(KindTruth("longhorn.io", "RecurringJob", recurring_job),),
    quiet=("longhorn.io",),
)
