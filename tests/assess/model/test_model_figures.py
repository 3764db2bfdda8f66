"""Figures: minutes and outages a year of every service of the four examples, pinned in full.

`HOMELAB_REPIN=1 pytest tests/assess/model/test_model_figures.py` writes `figures/`; whoever changes the model reads the
difference and says in the commit why it is right.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homelab.assess.uptime import Computed
from homelab.lab.pipeline import Lab

ROOT = Path(__file__).parents[3]
PINNED = Path(__file__).parent / "figures"
EXAMPLES = ("starter", "two-boxes", "guide", "enterprise")


def table(name: str) -> str:
    """A line for each service: minutes and outages a year, to six digits."""
    computed = Computed.of(Lab.load(str(ROOT / "examples" / name / "homelab.yaml")).inventory)
    rows = [f"{'SERVICE':34}{'min/yr':>12}{'outages/yr':>12}"]
    for service in sorted(computed.model.system.services):
        found = computed.result[service]
        rows.append(f"{service:34}{found.downtime_minutes:12.6g}{found.outages_per_year:12.6g}")
    return "\n".join(rows) + "\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_figures_of_an_example_are_those_that_were_reviewed(name):
    """Every service of it, to six digits."""
    file, found = PINNED / f"{name}.txt", table(name)
    if os.environ.get("HOMELAB_REPIN"):
        PINNED.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")
