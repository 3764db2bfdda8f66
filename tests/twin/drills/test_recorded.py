"""Drills that were played once on a real control plane, judged again: every row agrees, and each can be contradicted.

`records/` holds what `Record` was after a real run on the labs of `labs`; the expectation is computed anew each time.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from homelab.twin.drills.aspects import ASPECTS, predicted
from homelab.twin.drills.known import Known
from homelab.twin.drills.rows import By, Form, Row, Verdict, digest, plain
from homelab.twin.drills.run import judged
from homelab.twin.drills.scenario import scenarios
from homelab.twin.drills.scene import Scene, record_of
from twin.drills import labs

RECORDS = Path(__file__).parent / "records"
NAMES = sorted(file.stem for file in RECORDS.glob("*.json"))
PLAYS = {each.name: each for each in scenarios(ASPECTS)}


def stored(name):
    """The scenario, the rows as the model computes them, and the record."""
    data = json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))
    record = record_of(data["record"])
    inventory = labs.lab(*getattr(labs, data["lab"]))
    scenario = next(each for start, each in PLAYS.items() if name.startswith(start))
    drains = any(step.do == "drain" for step in scenario.steps)
    scene = Scene(inventory, inventory.ground, record.clock, record.target, record.looks["before"], drains)
    return scenario, predicted(scene, scenario), record


def judge(scenario, rows, record, *faults):
    """What comes of rows and a record."""
    return judged(scenario, tuple(rows), digest([plain(row) for row in rows]), record, faults)


def planted(row: Row) -> Row:
    """The same row with an expectation that is wrong."""
    value = row.value
    if row.form is Form.ABOUT:
        value = 1.0 if value is None else 4 * value
    elif row.form is Form.NAMES:
        value = "a reason that nobody gave"
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
    drilled = judge(*stored(name))
    assert [(each.row.id, each.verdict) for each in drilled.compared if not each.well] == []
    assert drilled.count(Verdict.AGREES) > 3


@pytest.mark.parametrize("name", NAMES)
def test_each_wrong_expectation_is_contradicted(name):
    """Of every row that a real program decides, one planted wrong value is found, and no other row suffers."""
    scenario, rows, record = stored(name)
    real = [row for row in rows if row.by is not By.STOOD_IN]
    for row in real:
        drilled = judge(scenario, [planted(row) if each is row else each for each in rows], record)
        assert [each.row.id for each in drilled.compared if each.verdict is Verdict.CONTRADICTS] == [row.id]
        assert not drilled.well


@pytest.mark.parametrize("name", NAMES)
def test_a_look_that_was_not_taken_agrees_with_nothing(name):
    """Rows of a missing look are not seen, which is not well."""
    scenario, rows, record = stored(name)
    for at in record.looks.keys() - {"before"}:
        short = replace(record, looks={key: look for key, look in record.looks.items() if key != at})
        drilled = judge(scenario, rows, short)
        missed = {each.row.id for each in drilled.compared if each.verdict is Verdict.UNSEEN}
        assert missed == {row.id for row in rows if f"@{at}" in row.id}


def test_a_known_contradiction_that_agrees_fails_the_drill():
    """A fault that is listed and mended in the model must be taken off the list."""
    scenario, rows, record = stored("host-dies")
    fault = Known("F2", "host-dies", "pods find a node@away/*", "because", "2026-11-26")
    drilled = judge(scenario, rows, record, fault)
    assert not drilled.well
    assert drilled.count(Verdict.OUTDATED) == sum(row.id.startswith("pods find a node@away/") for row in rows)


def test_the_report_says_what_was_expected_when_and_by_whom():
    """It is plain JSON with the hash of the rows, each row's verdict and who decided it, the clock and the timeline."""
    scenario, rows, record = stored("host-dies")
    said = json.loads(json.dumps(judge(scenario, rows, record).report()))
    assert said["expectation"]["sha256"] == digest(said["expectation"]["rows"])
    assert said["clock"]["fast"] == record.clock.fast
    assert len(said["rows"]) == len(rows)
    assert {row["by"] for row in said["rows"]} == {"scheduler", "controllers", "etcd", "stood in"}
    assert [each["name"] for each in said["timeline"] if each["what"] == "step"] == ["kill box-2", "bring back box-2"]
    assert "<svg" in judge(scenario, rows, record).picture()
