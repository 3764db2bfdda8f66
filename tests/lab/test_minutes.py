"""Copies of the rendered examples never begin together: no two of them in the same minute of any day."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest

from conftest import REPOSITORY
from homelab.kube.cron import FIELDS, values
from homelab.kube.facts import Backup
from homelab.lab.pipeline import Lab

EXAMPLES = ("two-boxes", "guide", "enterprise", "starter")
DIALECTS = {"Schedule": 5, "CronJob": 5, "ScheduledBackup": 6}
"""Kind to the fields of its schedule: six have seconds first (CloudNativePG)."""


def scheduled(inventory):
    """(object, its minutes of the day) of everything that has a schedule; the days are left out, as all days may meet."""
    for resource in inventory.resources:
        text = resource.body.get("spec", {}).get("schedule") if isinstance(resource.body.get("spec"), dict) else None
        if isinstance(text, str):
            fields = dict(zip((name for name, *_ in FIELDS[6 - DIALECTS[resource.kind] :]), text.split(), strict=True))
            minutes, hours = values(fields["minute"], 0, 59), values(fields["hour"], 0, 23)
            yield resource.subject, {60 * hour + minute for hour in hours for minute in minutes}


def together(inventory):
    """Every two objects that begin in the same minute."""
    return [(str(a), str(b)) for (a, one), (b, two) in combinations(scheduled(inventory), 2) if one & two]


@pytest.mark.parametrize("example", EXAMPLES)
def test_no_two_copies_begin_together(example):
    """Velero's schedules to every target and the base backups of every database: each has a minute of its own."""
    inventory = Lab.load(str(REPOSITORY / "examples" / example / "homelab.yaml")).inventory
    assert together(inventory) == []
    assert {subject.kind for subject, _ in scheduled(inventory)} <= DIALECTS.keys()


def test_databases_take_turns():
    """Three environments are three databases that go to one target: each begins twenty minutes after the one before."""
    found = dict(scheduled(Lab.load(str(REPOSITORY / "examples/enterprise/homelab.yaml")).inventory))
    databases = sorted(min(minutes) for subject, minutes in found.items() if subject.kind == "ScheduledBackup")
    assert databases == [240, 260, 280]


def test_what_has_a_schedule_is_walked():
    """The walk walks: enterprise copies in three rhythms to two places, and three databases, and a chart's own job is seen as well."""
    inventory = Lab.load(str(REPOSITORY / "examples/enterprise/homelab.yaml")).inventory
    kinds = Counter(subject.kind for subject, _ in scheduled(inventory))
    assert (kinds["Schedule"], kinds["ScheduledBackup"], kinds["CronJob"]) == (6, 3, 1)
    copies = {str(subject) for subject, _ in scheduled(inventory) if subject.kind != "CronJob"}
    assert {str(fact.subject) for fact in inventory.facts_of(Backup)} == copies
