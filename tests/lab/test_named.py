"""Findings about a homelab.yaml name the option that mends them, and what is named mends."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from homelab.assess.names import checks
from homelab.catalog.trace import holds
from homelab.findings import Patch, SpecEdit
from homelab.lab.named import PRACTICE, named
from homelab.lab.pipeline import Lab
from homelab.report import Assessment
from homelab.spec.practices import Practices

FILE = Path(__file__).parents[2] / "examples" / "two-boxes" / "homelab.yaml"
TODAY = date(2026, 7, 1)


@cache
def lab() -> Lab:
    return Lab.load(str(FILE))


@cache
def both() -> tuple[Assessment, Assessment]:
    found = lab().assessment(TODAY)
    return found, named(lab(), found)


def test_every_practice_of_the_table_exists():
    """The table joins checks that there are with practices that there are."""
    assert PRACTICE.keys() <= {check.id for check in checks()}
    assert set(PRACTICE.values()) <= set(Practices.model_fields)


@pytest.mark.slow
def test_options_are_named_in_place_of_patches():
    """In a lab without good practice nearly every patch of an object becomes an edit of the file; nothing else changes."""
    before, after = both()
    assert [f.message for f in before.findings] == [f.message for f in after.findings]
    patched = [n for n, f in enumerate(before.findings) if isinstance(f.fix, Patch)]
    still = [after.findings[n] for n in patched if isinstance(after.findings[n].fix, Patch)]
    assert len(patched) > 60
    assert len(still) < len(patched) / 5, Counter(f.check for f in still)
    assert {f.fix.path for f in after.findings if isinstance(f.fix, SpecEdit)} >= {
        "practices.budgets",
        "practices.spread",
        "practices.probes",
        "practices.requests",
    }


def test_a_component_s_own_exception_is_the_one_named(tmp_path):
    """Where a component switches a practice off that the lab has on, its own option is named."""
    text = FILE.read_text().replace("  requests: off # roadmap 11\n", "")
    file = tmp_path / "homelab.yaml"
    file.write_text(text.replace("  argo-cd: {ha: true,", "  argo-cd: {practices: {requests: off}, ha: true,"))
    found = Lab.load(str(file))
    told = named(found, found.assessment(TODAY, ["cpu-request-missing"]))
    assert {str(f.fix) for f in told.findings} == {"components.argo-cd.practices.requests: True"}


@pytest.mark.slow
def test_what_is_named_mends():
    """Each edit alone, rendered anew, makes the object what the patch of the check wanted."""
    before, after = both()
    labs: dict[object, Lab] = {}
    for was, now in zip(before.findings, after.findings, strict=True):
        if not isinstance(was.fix, Patch) or was.fix == now.fix:
            continue
        edits = now.fix if isinstance(now.fix, tuple) else (now.fix,)
        made = labs.setdefault(str(edits), lab().edited(edits)).inventory.subject(was.fix.subject)
        assert made is not None
        assert holds(made.body, was.fix), (was.check, str(was.subject), str(edits))
