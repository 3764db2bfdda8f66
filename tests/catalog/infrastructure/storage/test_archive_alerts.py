"""Alert rules of the databases' archive, evaluated by Prometheus' own tool, over series as the archive's plugin writes them."""

from __future__ import annotations

import pytest

from catalog.infrastructure.storage.rules import judged, lacking
from homelab.catalog.infrastructure.controllers.cloudnative_pg.alerts import LAST, archive
from homelab.catalog.offers.monitoring import prometheus_rule

RULES = prometheus_rule("cloudnative-pg", "cnpg-system", archive(("n8n-prod", "shop")))["spec"]


def last(values, *spaces):
    """The time of the last base backup, as each of two instances says it."""
    found = spaces or ("n8n-prod", "shop")
    return {f'{LAST}{{namespace="{space}",pod="db-{pod}"}}': values for space in found for pod in (1, 2)}


def archiver(failed, archived):
    """The times at which PostgreSQL archived last, and failed to; -1 where it never did."""
    name = 'cnpg_pg_stat_archiver_last_%s_time{namespace="shop",pod="db-1"}'
    return {name % "failed": failed, name % "archived": archived}


CASES = [
    ("CNPGLastFailedArchiveTime", "never there", {}, 3, 0),
    ("CNPGLastFailedArchiveTime", "there and good", archiver("-1x10", "0+3600x10"), 9, 0),
    ("CNPGLastFailedArchiveTime", "failed once, long ago", archiver("7200x10", "0+3600x10"), 9, 0),
    ("CNPGLastFailedArchiveTime", "broken from the start", archiver("0+3600x10", "-1x10"), 9, 1),
    ("CNPGLastFailedArchiveTime", "broken later", archiver("_x5 18000+3600x5", "0+3600x5 18000x5"), 9, 1),
    ("CNPGLastFailedArchiveTime", "gone again", archiver("-1x4", "0+3600x4"), 9, 0),
    ("CNPGArchiveUnseen", "never there", {}, 3, 2),
    ("CNPGArchiveUnseen", "there and good", last("0+3600x10"), 9, 0),
    ("CNPGArchiveUnseen", "broken in one of two", last("0+3600x10", "shop"), 9, 1),
    ("CNPGArchiveUnseen", "gone again", last("0+3600x4"), 9, 2),
    ("CNPGBackupTooOld", "never there", {}, 50, 0),
    ("CNPGBackupTooOld", "there and good", last("0+3600x50"), 50, 0),
    ("CNPGBackupTooOld", "broken: none was made yet", last("0x50"), 38, 2),
    ("CNPGBackupTooOld", "broken: none since", last("0+3600x10 36000x50", "shop"), 48, 1),
    ("CNPGBackupTooOld", "gone again", last("0x37"), 40, 0),
]  # fmt: skip


def test_each_alert_has_its_four_cases():
    """No rule over archives is rendered without the cases never there, there and good, broken, and gone again."""
    assert lacking(RULES, CASES) == set()


@pytest.mark.slow
def test_alerts_fire_when_they_should_and_only_then(oracle, tmp_path):
    """Over series as the plugin writes them, each alert fires as often as its case says: gone series are the unseen's case."""
    assert judged(oracle("promtool"), RULES, tmp_path, _30m=CASES) == ""
