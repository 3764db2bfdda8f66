"""Actions: each example's roadmap is computed, and what the lab derives by itself is no action."""

from __future__ import annotations

import pytest

from conftest import REPOSITORY
from homelab.lab.actions import CANDIDATES
from homelab.lab.pipeline import Lab


@pytest.mark.parametrize("name", ["two-boxes", "guide", "enterprise", "starter"])
def test_every_action_looks_at_every_example(name):
    """Whatever a lab leaves to be derived, each action answers with edits or with none."""
    plan = Lab.load(str(REPOSITORY / "examples" / name / "homelab.yaml")).plan
    assert all(isinstance(candidate.edits(plan), tuple) for candidate in CANDIDATES)


def test_counts_that_are_derived_need_no_action():
    """One mini PC derives one worker of n8n; nobody is told to run two of them on it."""
    plan = Lab.load(str(REPOSITORY / "examples" / "starter" / "homelab.yaml")).plan
    assert plan.settings("n8n").environments["production"].workers is None
    assert next(c for c in CANDIDATES if c.name == "n8n").edits(plan) == ()
