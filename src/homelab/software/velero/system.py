"""Velero: backups of Kubernetes objects and volumes. Its chart, its schedules, and where its copies go."""

from __future__ import annotations

from homelab.software.software import ChartSource, KindTruth, Software, Support
from homelab.software.velero.facts import location_facts, schedule_facts
from homelab.software.velero.programs import PROGRAMS

VELERO = Software(
    name="velero",
    programs=PROGRAMS,
    charts=(ChartSource("velero", ("vmware-tanzu.github.io/helm-charts",)),),
    kinds=(
        KindTruth("velero.io", "Schedule", schedule_facts),
        KindTruth("velero.io", "BackupStorageLocation", location_facts),
    ),
    support=(
        Support(
            line="1.18",
            runs=(),
            supported=("1.33", "1.34", "1.35"),
            source="vmware-tanzu/velero README.md: tested on 1.33.7, 1.34.1 and 1.35.0",
            chart="12",
        ),
    ),
)
