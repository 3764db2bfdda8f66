"""Drills that were played once on a real control plane, judged again: every row agrees, and each can be contradicted.

`records/` holds what `Record` was after a real run on the labs of `labs`; the expectation is computed anew each time.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from homelab.findings import Subject
from homelab.twin.drills.aspects import ASPECTS
from homelab.twin.drills.known import Known, known
from homelab.twin.drills.looks import PodSeen
from homelab.twin.drills.rows import By, Form, Row, Verdict, digest
from homelab.twin.drills.run import expectation, judged
from homelab.twin.drills.scenario import scenarios
from homelab.twin.drills.scene import Scene, record_of
from twin import committed
from twin.drills import labs

RECORDS = Path(__file__).parent / "records"
NAMES = sorted(file.stem for file in RECORDS.glob("*.json"))
PLAYS = {each.name: each for each in scenarios(ASPECTS)}


def stored(name, *faults):
    """The scenario, the expectation as the model computes it now, and the record."""
    data = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    record = record_of(data["record"])
    inventory = labs.LABS.get(data["lab"], committed.INVENTORY)
    scenario = next(each for start, each in PLAYS.items() if name.startswith(start))
    drains = any(step.do == "drain" for step in scenario.steps)
    change = committed.CHANGES.get(record.target.change)
    scene = Scene(inventory, inventory.ground, record.clock, record.target, record.looks["before"], drains, change)
    return scenario, expectation(scenario, scene, faults or known()), record


def planted(row: Row) -> Row:
    """The same row with an expectation that is wrong."""
    value = row.value
    if row.form is Form.ABOUT:
        value = 1.0 if value is None else 4 * value
    elif row.form is Form.NAMES:
        value = "a reason that nobody gave"
    elif isinstance(value, str):
        value = f"{value}.9"
    elif isinstance(value, bool):
        value = not value
    elif isinstance(value, list):
        value = [*value, "lab/Deployment/nobody"]
    else:
        value += -100 if row.form is Form.MOST else 100
    return replace(row, value=value)


def test_every_scenario_has_a_record():
    """No scenario that comes with homelab was never played."""
    assert {next(start for start in PLAYS if name.startswith(start)) for name in NAMES} == set(PLAYS)


@pytest.mark.parametrize("name", NAMES)
def test_the_model_predicts_what_was_recorded(name):
    """Every row of the expectation, computed today, agrees with what the real programs did then."""
    drilled = judged(*stored(name))
    assert [(each.row.id, each.verdict) for each in drilled.compared if not each.well] == []
    assert drilled.count(Verdict.AGREES) > 3


@pytest.mark.parametrize("name", NAMES)
def test_each_wrong_expectation_is_contradicted(name):
    """Of every row that a real program decides, one planted wrong value is found, and no other row suffers."""
    scenario, expected, record = stored(name)
    real = [row for row in expected.rows if row.by is not By.STOOD_IN and row.id not in expected.known]
    for row in real:
        wrong = tuple(planted(row) if each is row else each for each in expected.rows)
        drilled = judged(scenario, replace(expected, rows=wrong), record)
        assert [each.row.id for each in drilled.compared if each.verdict is Verdict.CONTRADICTS] == [row.id]
        assert not drilled.well


@pytest.mark.parametrize("name", NAMES)
def test_a_look_that_was_not_taken_agrees_with_nothing(name):
    """Rows of a missing look are not seen, which is not well."""
    scenario, expected, record = stored(name)
    for at in record.looks.keys() - {"before"}:
        short = replace(record, looks={key: look for key, look in record.looks.items() if key != at})
        drilled = judged(scenario, expected, short)
        missed = {each.row.id for each in drilled.compared if each.verdict is Verdict.UNSEEN}
        assert missed == {row.id for row in expected.rows if f"@{at}" in row.id}


def test_a_pod_that_only_an_operator_makes_accuses_nobody():
    """One that a stand-in made and that finds no node is not among the workloads that wait."""
    scenario, expected, record = stored("host-dies")
    away = record.looks["away"]
    bare = PodSeen("lab/db-1", "new", Subject("Pod", "db-1", "lab"))
    record.looks["away"] = replace(away, pods=(*away.pods, bare))
    assert judged(scenario, expected, record).well
    record.looks["away"] = replace(away, pods=(*away.pods, replace(bare, of=Subject("Deployment", "db", "lab"))))
    drilled = judged(scenario, expected, record)
    assert [each.row.id for each in drilled.compared if not each.well] == ["pods wait for a node@away/others"]


def test_a_known_contradiction_that_agrees_fails_the_drill():
    """A fault that is listed and mended in the model must be taken off the list."""
    fault = Known("F2", "host-dies", "pods find a node@away/*", "always", "because", "2026-11-26")
    scenario, expected, record = stored("host-dies", fault)
    drilled = judged(scenario, expected, record)
    assert not drilled.well
    assert drilled.count(Verdict.OUTDATED) == len(expected.known) > 0


def test_every_known_contradiction_was_seen():
    """Each entry of the list contradicts rows of a record, and none of them agrees."""
    seen = set()
    for name in NAMES:
        drilled = judged(*stored(name))
        assert drilled.count(Verdict.OUTDATED) == 0
        seen |= {each.known for each in drilled.compared if each.verdict is Verdict.KNOWN}
    assert seen == {each.fault for each in known()}


def test_the_report_says_what_was_expected_when_and_by_whom():
    """It is plain JSON with the hash of the rows, each row's verdict and who decided it, the clock and the timeline."""
    scenario, expected, record = stored("host-dies")
    said = json.loads(json.dumps(judged(scenario, expected, record).report()))
    assert said["expectation"]["sha256"] == digest(said["expectation"]["rows"])
    assert said["clock"]["fast"] == record.clock.fast
    assert len(said["rows"]) == len(expected.rows)
    assert {row["by"] for row in said["rows"]} == {"scheduler", "controllers", "etcd", "stood in"}
    assert [each["name"] for each in said["timeline"] if each["what"] == "step"] == ["kill box-2", "bring back box-2"]
    assert "<svg" in judged(scenario, expected, record).picture()
