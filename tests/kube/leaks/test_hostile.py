"""Texts that somebody wrote to be slow to read: each is answered, where trying every way would never end."""

from __future__ import annotations

import pytest

from homelab.assess.checks.gitops.sync_policy_unsafe import moves
from homelab.kube.leaks.files import in_text
from homelab.kube.leaks.values import form_of, harmless
from homelab.kube.projects import glob_match

MANY = 200_000
TEXTS = {
    "a path that is none at its end": "/" + "a" * 60 + "!",
    "a host that is none at its end": "a." * 5000 + "!",
    "an address that is none at its end": "a@" + "b." * 5000 + "!",
    "blanks behind a setting": "password=abcdefgh1" + " " * MANY + "x",
    "a scheme without an end": "://" + "a" * MANY,
    "a login without an end": "x://u:" + "p" * MANY,
    "a token without an end": "eyJ" + "aaaaaaaaaaa." * 20_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_costs_no_more_than_its_length(text):
    """It holds no secret that is known by its form; what else it is thought to be is all the same."""
    assert form_of(text) is None
    assert [leak.what for leak in in_text(text)] in ([], ["a value that looks like one"])
    assert harmless(text) in {True, False}


@pytest.mark.parametrize(("pattern", "expected"), [("*a" * 40 + "x", False), ("{a,b}" * 40, False), ("*a" * 40, True)])
def test_a_pattern_costs_no_more_than_its_length(pattern, expected):
    """Stars and choices of a project, as many as anybody likes."""
    assert glob_match(pattern, "a" * 300) is expected


def test_a_range_costs_no_more_than_its_length():
    """Blanks within a version."""
    assert moves("1" + " " * 5000 + "!") is False
