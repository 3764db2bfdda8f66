"""The model against a world that was made apart from it: every service of the examples, and of labs at random.

`homelab uptime --json` and the simulation read the same rendered lab and share nothing else. What is expected to
disagree stands in `disagreements/`, row by row with the reason: a row that begins to agree has to be taken off, and one
that begins to disagree is a bug of the one or the other. `HOMELAB_REPIN=1` writes the rows anew, for a reviewer.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from availability.world.compare import REASONS, disagreements, rows
from availability.world.estimate import simulate
from availability.world.lab import survey
from availability.world.labs import written
from availability.world.times import of_ground, table_of
from conftest import REPOSITORY
from homelab.cli.console import Console
from homelab.cli.main import run
from homelab.lab.pipeline import Lab

EXPECTED = Path(__file__).parent / "disagreements"
EXAMPLES = ("enterprise", "guide", "two-boxes")
LABS = 30


@pytest.fixture
def said(capsys):
    """What a command prints."""

    def call(*words):
        capsys.readouterr()
        assert run([str(word) for word in words], Console(now=datetime(2026, 1, 2, tzinfo=UTC))) == 0
        return capsys.readouterr().out

    return call


@pytest.fixture
def held(said):
    """A lab held against its own simulation: the rows that disagree, each with its reason, and those expected to."""

    def hold(name, file):
        inventory = Lab.load(str(file)).inventory
        lab = survey(inventory)
        owner = {rate: (own.mttf, own.mttr) for rate, own in lab.ground.rates.items()}
        figures = simulate(lab, of_ground(table_of(said("uptime", "--rates")), owner))
        assert all(figure.half <= 0.03 * max(20.0, figure.minutes) for figure in figures.values())
        answer = json.loads(said("uptime", file, "--json", "--offline"))
        assert set(rows(answer)) == set(figures)
        found = disagreements(lab, answer, figures)
        pinned = EXPECTED / f"{name}.json"
        if os.environ.get("HOMELAB_REPIN") == "1":
            EXPECTED.mkdir(exist_ok=True)
            pinned.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return found, json.loads(pinned.read_text(encoding="utf-8"))

    return hold


def test_the_smallest_lab_is_as_its_simulation_says(held):
    """One machine: the quick form of the regression."""
    found, expected = held("starter", REPOSITORY / "examples" / "starter" / "homelab.yaml")
    assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_are_as_their_simulation_says(held, example):
    """Every service of an example, within the interval or a tenth, in minutes and in each cause."""
    found, expected = held(example, REPOSITORY / "examples" / example / "homelab.yaml")
    assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(LABS))
def test_labs_at_random_are_as_their_simulation_says(held, seed, tmp_path):
    """Labs that nobody thought of while the model was written."""
    found, expected = held(f"lab-{seed}", written(seed, tmp_path))
    assert found == expected


def test_each_disagreement_has_its_reason():
    """What is expected to disagree says where most of the difference lies, in words that have a source; each lab has its page."""
    pages = {page.stem: json.loads(page.read_text(encoding="utf-8")) for page in EXPECTED.glob("*.json")}
    assert set(pages) == {"starter", *EXAMPLES, *(f"lab-{seed}" for seed in range(LABS))}
    assert {reason for page in pages.values() for reason in page.values()} <= set(REASONS)
