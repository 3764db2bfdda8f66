"""Alert rules of backups, evaluated by Prometheus' own tool, over series as Velero writes them.

Each rule is tried with series that were never there, that are there and good, that are there and bad, and that were good
and are gone again.
"""

from __future__ import annotations

import pytest

from catalog.infrastructure.storage.rules import judged, lacking
from catalog.infrastructure.storage.test_velero import LABS
from homelab.catalog.infrastructure.storage.velero.component import VELERO
from homelab.catalog.offers.monitoring import prometheus_rule

MADE = LABS["both"]
RULES = prometheus_rule("velero", "velero", VELERO.alerts(MADE, MADE.settings("velero")))["spec"]
PLACES = ("local", "offsite")
DAY = 24


def last(rhythm, hours, *, step=0):
    """The time of the last success of a rhythm at both places: at zero for so many hours, or moving on by `step` seconds."""
    series = f"0+{step}x{hours}"
    return {f'velero_backup_last_successful_timestamp{{schedule="{rhythm}-{place}"}}': series for place in PLACES}


def counter(name, label, values):
    return {f"{name}{{{label}}}": values}


def place(values):
    return {f'velero_backup_location_status_gauge{{backup_location_name="{name}"}}': values for name in PLACES}


def maintenance(kind, values):
    return counter(f"velero_repo_maintenance_{kind}_total", 'repository_name="n8n-prod-offsite-kopia-x"', values)


def agents(ready, wanted="2x10"):
    labels = 'namespace="velero",daemonset="node-agent"'
    return counter("kube_daemonset_status_number_ready", labels, ready) | counter(
        "kube_daemonset_status_desired_number_scheduled", labels, wanted
    )


def failure(kind, values):
    return counter(f"velero_backup_{kind}_total", 'schedule="daily-offsite"', values)


def aged(rhythm, hours):
    """The cases of the two rules over one rhythm: it is late, or it never was."""
    late, never = f"VeleroBackupLate{rhythm.capitalize()}", f"VeleroBackupNever{rhythm.capitalize()}"
    good = last(rhythm, hours + 30, step=3600)
    return [
        (late, "never there", {}, hours + 30, 0),
        (late, "there and good", good, hours + 30, 0),
        (late, "broken", last(rhythm, hours + 12), hours + 12, 2),
        (late, "gone again", last(rhythm, hours), hours + 12, 2),
        (never, "never there", {}, hours + 6, 2),
        (never, "never there, but new", {}, hours - 6, 0),
        (never, "there and good", good, hours + 30, 0),
        (never, "there but broken, which is the other's case", last(rhythm, hours + 30), hours + 30, 0),
        (never, "gone again", last(rhythm, 12), hours + 24, 2),
    ]


def counted(alert, kind):
    return [
        (alert, "never there", {}, 9, 0),
        (alert, "there and good", failure(kind, "0x10"), 9, 0),
        (alert, "broken", failure(kind, "0x7 1x3"), 8, 1),
        (alert, "broken long ago", failure(kind, "0x2 1x10"), 9, 0),
        (alert, "gone again", failure(kind, "0x3 1x2"), 9, 0),
    ]


SLOW = [*aged("daily", 36), *aged("weekly", 9 * DAY), *aged("monthly", 33 * DAY)]
"""As `QUICK`; hours and days pass, so the rules are looked at every six hours."""
QUICK = [
    *counted("VeleroBackupFailed", "failure"),
    *counted("VeleroBackupPartial", "partial_failure"),
    *counted("VeleroBackupRefused", "validation_failure"),
    ("VeleroLocationUnavailable", "never there", {}, 2, 2),
    ("VeleroLocationUnavailable", "there and good", place("1x10"), 9, 0),
    ("VeleroLocationUnavailable", "broken", place("1x5 0x5"), 9, 2),
    ("VeleroLocationUnavailable", "gone again", place("1x5"), 9, 2),
    ("VeleroMaintenanceFailing", "never there", {}, 20, 0),
    ("VeleroMaintenanceFailing", "there and good", maintenance("success", "1+1x20"), 20, 0),
    ("VeleroMaintenanceFailing", "broken from the first hour", maintenance("failure", "1+1x20"), 12, 1),
    ("VeleroMaintenanceFailing", "one failure among successes",
     maintenance("success", "1+1x20") | maintenance("failure", "1x20"), 20, 0),
    ("VeleroMaintenanceFailing", "good, then broken",
     maintenance("success", "1+1x10 11x20") | maintenance("failure", "0x10 1+1x20"), 25, 1),
    ("VeleroMaintenanceFailing", "gone again", maintenance("failure", "0x4"), 20, 0),
    ("VeleroNodeAgentMissing", "never there", {}, 2, 1),
    ("VeleroNodeAgentMissing", "there and good", agents("2x10"), 9, 0),
    ("VeleroNodeAgentMissing", "broken", agents("2x5 1x5"), 9, 1),
    ("VeleroNodeAgentMissing", "gone again", agents("2x5", "2x5"), 9, 1),
    ("VeleroMetricsAbsent", "never there", {}, 2, 1),
    ("VeleroMetricsAbsent", "there and good", {'up{namespace="velero",job="velero"}': "1x10"}, 9, 0),
    ("VeleroMetricsAbsent", "broken", {'up{namespace="velero",job="velero"}': "1x5 0x5"}, 9, 1),
    ("VeleroMetricsAbsent", "gone again", {'up{namespace="velero",job="velero"}': "1x5"}, 9, 1),
]  # fmt: skip
"""Alert, title, series with a value an hour, the hour that is looked at, and how many alerts fire."""


def test_each_alert_has_its_four_cases():
    """No rule over backups is rendered without the cases never there, there and good, broken, and gone again."""
    assert lacking(RULES, SLOW + QUICK) == set()


@pytest.mark.slow
def test_alerts_fire_when_they_should_and_only_then(oracle, tmp_path):
    """Over series as Velero writes them, each alert fires as often as its case says."""
    assert judged(oracle("promtool"), RULES, tmp_path, _6h=SLOW, _30m=QUICK) == ""
