"""CloudNativePG: an operator that nothing asks for queries, and the support table of its lines.

While it is away running databases serve on; nothing fails over and no scheduled backup begins.
Source of the table: `docs/src/supported_releases.md`.
"""

from __future__ import annotations

from homelab.software.cloudnative_pg.backup import scheduled_backup
from homelab.software.cloudnative_pg.cluster import cluster
from homelab.software.cloudnative_pg.pooler import pooler
from homelab.software.cloudnative_pg.programs import PROGRAMS
from homelab.software.software import ChartSource, KindTruth, Software, Support

_SOURCE = "https://github.com/cloudnative-pg/cloudnative-pg/blob/main/docs/src/supported_releases.md"

CLOUDNATIVE_PG = Software(
    name="cloudnative-pg",
    programs=PROGRAMS,
    charts=(
        ChartSource("cloudnative-pg", ("cloudnative-pg.github.io/charts",)),
        ChartSource("plugin-barman-cloud", ("cloudnative-pg.github.io/charts",)),
    ),
    kinds=(
        KindTruth("postgresql.cnpg.io", "Cluster", cluster),
        KindTruth("postgresql.cnpg.io", "ScheduledBackup", scheduled_backup),
        KindTruth("postgresql.cnpg.io", "Pooler", pooler),
    ),
    support=(
        Support("1.30", ("1.33", "1.34", "1.35", "1.36"), ("1.34", "1.35", "1.36"), source=_SOURCE, chart="0.29"),
        Support("1.29", ("1.33", "1.34", "1.35"), ("1.33", "1.34", "1.35"), "2026-09-29", _SOURCE, chart="0.28"),
    ),
    images={"cloudnative-pg/postgresql": "database"},
)
